/** The name of the gateway's own subgraph, which it answers itself. */
export const gatewaySubgraph = 'gateway';
/** Its address in the supergraph: no server has it. */
export const gatewaySubgraphUrl = 'local:gateway';

/** The gateway's own part of the graph. */
export const gatewaySdl = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@requiresScopes"]
)

type Query {
  """
  The gateway that answers: the schema it serves, the services behind it, and the limits of clients. Needs \`gateway:read\`; errors:
  UNAUTHENTICATED (401), FORBIDDEN (403).
  """
  gateway: Gateway @requiresScopes(scopes: [["gateway:read"]])
}

"""One instance of the gateway."""
type Gateway {
  """Version of Plinth it was built from (https://semver.org)."""
  version: String!
  """The zone it runs in, whose instances it calls first; null when it does not say."""
  zone: String
  """The supergraph that it serves now."""
  schema: GatewaySchema!
  """The services behind it, ordered by name."""
  services: [GatewayService!]!
  """The rate limits of each client; empty when they are off."""
  rateLimits: [GatewayRateLimit!]!
}

"""A supergraph that the gateway serves."""
type GatewaySchema {
  """SHA-256 of the supergraph, as 64 hexadecimal digits."""
  hash: String!
  """Since when it is served (RFC 3339)."""
  servedSince: String!
  """Schemas of instances that were not taken, the newest of each subgraph. They are tried again when another schema changes."""
  refused: [RefusedSchema!]!
}

"""A schema that does not compose with those of the other subgraphs."""
type RefusedSchema {
  subgraph: String!
  """SHA-256 of its SDL, as 64 hexadecimal digits."""
  hash: String!
  """The composition errors."""
  errors: [String!]!
}

"""A service as the gateway calls it."""
type GatewayService {
  """The name of its subgraph."""
  name: String!
  """
  The types with a key that it answers or refers to, in alphabetical order. Services with a common one are joined by the gateway.
  """
  entities: [String!]!
  """SHA-256 of the SDL that is part of the served supergraph; null when its SDL is not known."""
  schemaHash: String
  """Calls that wait for an answer."""
  inFlight: Int!
  """Calls that may run at once; one more is refused."""
  maxConcurrent: Int!
  """Milliseconds that the gateway waits for one answer."""
  timeoutMs: Int!
  """The instances that get calls."""
  instances: [GatewayInstance!]!
}

"""A running instance of a service."""
type GatewayInstance {
  """Its id in the registry; \`static\` for the configured URL."""
  id: String!
  """The URL of its GraphQL."""
  url: String!
  """Its version; null for a configured URL."""
  version: String
  """The zone it runs in; null when it does not say."""
  zone: String
  """SHA-256 of its SDL; null for a configured URL."""
  schemaHash: String
  """Whether its last readiness check succeeded. Instances that are not ready get calls only when no other can."""
  isReady: Boolean!
  """Calls of this gateway that wait for its answer."""
  outstanding: Int!
  breaker: BreakerState!
}

"""The circuit breaker of an instance."""
enum BreakerState {
  """Calls pass."""
  CLOSED
  """No call passes."""
  OPEN
  """The next call tries whether the instance has recovered."""
  HALF_OPEN
}

"""A limit of each client in a window of time."""
type GatewayRateLimit {
  """\`requests\` or \`credentials\`."""
  name: String!
  """Points of one client in a window."""
  points: Int!
  windowSeconds: Int!
}
`;

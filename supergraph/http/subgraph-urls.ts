export interface SubgraphAddresses {
  /** Subgraph → base URL that was configured. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Subgraph → its port by default, and its configured port. */
  readonly subgraphPorts: Readonly<Record<string, SubgraphPort>>;
}

export interface SubgraphPort {
  readonly usual: number;
  readonly actual: number;
}

/**
 * The URL of a subgraph's GraphQL: the configured URL, otherwise that of the supergraph file, with the service's configured port instead
 * of its default one.
 */
export function graphqlUrlOf(name: string, routingUrl: string, config: SubgraphAddresses): string {
  const configured = Object.hasOwn(config.subgraphUrls, name) ? config.subgraphUrls[name] : undefined;
  if (configured !== undefined) return `${configured.replace(/\/+$/, '')}/graphql`;
  const ports = Object.hasOwn(config.subgraphPorts, name) ? config.subgraphPorts[name] : undefined;
  if (ports === undefined || ports.actual === ports.usual) return routingUrl;
  const url = new URL(routingUrl);
  if (url.hostname !== '127.0.0.1' || url.port !== String(ports.usual)) return routingUrl;
  url.port = String(ports.actual);
  return url.href;
}

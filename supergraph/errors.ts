import { defineErrors } from '../platform/errors';

/** The errors of the gateway, beside those that every server has. */
export const gatewayErrors = defineErrors({
  INTROSPECTION_DISABLED: {
    status: 400,
    meaning: 'The operation asks for the schema, and introspection is off.',
    action: 'Read the schema from `schema/api.graphql`.',
  },
  MULTIPART_INVALID: {
    status: 400,
    meaning: 'A multipart operation is broken, or not as the GraphQL multipart request specification says.',
    action: 'Send the parts `operations`, `map` and then the files.',
  },
  OPERATION_LIMIT_EXCEEDED: {
    status: 400,
    meaning:
      'The operation exceeds a limit: depth, aliases, tokens, page size, cost or sign-in attempts. `details` names it, with its maximum.',
    action: 'Ask for less, in smaller pages or in several operations.',
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    status: 400,
    meaning: 'The hash is not the one of the text that came with it.',
    action: 'Send the SHA-256 of the text as it is sent.',
  },
  PERSISTED_QUERY_NOT_IN_LIST: {
    status: 403,
    meaning: 'Only the operations of the list are answered here, and this is none of them.',
    action: 'Use an operation of `schema/persisted-operations.json`.',
  },
  HTTPS_REQUIRED: {
    status: 403,
    meaning: 'The request came over plain HTTP, and this server answers over HTTPS only (`PLAIN_HTTP`).',
    action:
      'Send it to the `https` address. A credential that was sent in plain text may be known to others: replace it.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'The `Accept` header allows no media type that the gateway answers with.',
    action: 'Accept `application/graphql-response+json` or `application/json`.',
  },
  OPERATION_NOT_SUPPORTED: {
    status: 422,
    meaning: 'The operation is valid, and the gateway cannot plan it.',
    action: 'Write the operation in another way, such as in two parts, and report it.',
  },
  DOWNSTREAM_SERVICE_ERROR: {
    status: 500,
    meaning: 'A service failed and gave no code of its own.',
    action: 'Report the trace id. A query may be sent again.',
  },
  INVALID_SUBGRAPH_RESPONSE: {
    status: 502,
    meaning: 'The answer of a service does not fit the schema.',
    action: 'Report the trace id: the service is at fault.',
  },
});

/** @param service as the supergraph names it */
export function unavailableMessage(service: string): string {
  return `The ${service} service is not available right now`;
}

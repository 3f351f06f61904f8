import type { GatewayConfig } from '../config';

/**
 * Where a subgraph's GraphQL is reached: at the URL that is set for it, otherwise where the supergraph file says, with
 * the port moved along when the service was told to listen on another than the usual one.
 */
export function graphqlUrlOf(
  name: string,
  routingUrl: string,
  config: Pick<GatewayConfig, 'subgraphUrls' | 'subgraphPorts'>,
): string {
  const told = Object.hasOwn(config.subgraphUrls, name) ? config.subgraphUrls[name] : undefined;
  if (told !== undefined) return `${told.replace(/\/+$/, '')}/graphql`;
  const ports = Object.hasOwn(config.subgraphPorts, name) ? config.subgraphPorts[name] : undefined;
  if (ports === undefined || ports.actual === ports.usual) return routingUrl;
  const url = new URL(routingUrl);
  if (url.hostname !== '127.0.0.1' || url.port !== String(ports.usual)) return routingUrl;
  url.port = String(ports.actual);
  return url.href;
}

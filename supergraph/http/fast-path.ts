import type { Socket } from 'node:net';
import type { ConnectionHandler, HttpServer } from '../../platform/http/server';
import { FastPathConnection, receiveTimeoutMs } from './fast-path-connection';

/**
 * Answers plain POSTs to a few paths without node:http. This buys more than half of the gateway's speed: q1 of
 * `npm run bench:gateway` takes 35 CPU-µs with it and 84 without. The plain way is node:http for everything: leave
 * `connections` out of the gateway's HttpServer.
 *
 * node:http builds a stream for each request and each response. Here a request that arrives in one piece is read, answered
 * and written as text. Pipelined requests (RFC 9112 §9.3.2) run at the same time and are answered in order, with all responses
 * that are ready in one write.
 *
 * The first request that is in any way unusual hands the whole connection over to node:http, for good.
 *
 * What stays different from node:http:
 * - Requests are read more strictly. All that two readers might read differently is left to node:http (`fast-path-request.ts`).
 * - The pipelined requests of a connection run at the same time, at most 64, and not one after the other: each of them is
 *   work that a client could also ask for on connections of its own.
 * - A response has the names of its headers in lower case and has no `transfer-encoding`: its body is collected first, as GraphQL
 *   responses are in memory anyway.
 * - The timeouts for a slow request begin when node:http gets the connection, which is up to two seconds after the first byte.
 * - A client that ends its side of the connection is taken to be gone, as in node:http, but its response is not written at all:
 *   node:http writes one that is ready by then.
 */
export function fastPath(paths: ReadonlySet<string>): (server: HttpServer) => ConnectionHandler {
  return server => new FastPath(server, paths);
}

class FastPath implements ConnectionHandler {
  private readonly connections = new Set<FastPathConnection>();
  private timer: NodeJS.Timeout | undefined;
  /** Connections that have responses to write. */
  private readonly writable = new Set<FastPathConnection>();

  constructor(
    private readonly server: HttpServer,
    private readonly paths: ReadonlySet<string>,
  ) {}

  accept(socket: Socket): void {
    const connection = new FastPathConnection(socket, this.server, this.paths, {
      onWritable: () => this.scheduleWrite(connection),
      onClosed: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
    // One timer for all connections: one each would cost more than the requests.
    this.timer ??= setInterval(this.checkTimeouts, receiveTimeoutMs).unref();
  }

  closeIdle(): void {
    for (const connection of this.connections) if (connection.isIdle) connection.destroy();
  }

  closeAll(): void {
    this.writeAll();
    for (const connection of this.connections) connection.destroy();
  }

  /**
   * Writes at the end of this turn of the event loop. Responses written one after the other find the reading process awake; waking it
   * for each costs as much as making the response.
   */
  private scheduleWrite(connection: FastPathConnection): void {
    if (this.writable.size === 0) setImmediate(this.writeAll);
    this.writable.add(connection);
  }

  private readonly writeAll = (): void => {
    const connections = [...this.writable];
    this.writable.clear();
    for (const connection of connections) connection.write();
  };

  private readonly checkTimeouts = (): void => {
    const now = performance.now();
    for (const connection of this.connections) connection.checkTimeout(now);
    if (this.connections.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  };
}

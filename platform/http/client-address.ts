import { type BlockList, isIP } from 'node:net';
import type { HttpRequest } from './request';

/** The origin of a request, as sessions and security events record it. */
export interface Client {
  address: string;
  /** At most 300 characters of the `user-agent` header. */
  userAgent: string;
}

/**
 * The client of a request. Only the part of `x-forwarded-for` that trusted proxies wrote counts: read from the right, the first
 * address that is not trusted is the client. Anybody can write the addresses before it.
 */
export function clientOf(request: HttpRequest, trusted: BlockList): Client {
  let address = plainAddress(request.remoteAddress);
  const userAgent = (request.header('user-agent') ?? '').slice(0, 300);
  const forwarded = request.header('x-forwarded-for');
  if (forwarded === undefined) return { address, userAgent };
  const hops = forwarded.split(',').map(hop => plainAddress(hop.trim()));
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const next = hops.pop()!;
    if (isIP(next) === 0) break;
    address = next;
  }
  return { address, userAgent };
}

/** Whether the headers of this peer are believed. */
export function isTrusted(address: string, trusted: BlockList): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && trusted.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address on an IPv6 socket (RFC 4291 §2.5.5.2) is written as IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

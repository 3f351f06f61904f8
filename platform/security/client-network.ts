import { isIP } from 'node:net';

/**
 * The network that limits count by: an IPv4 address, or the /64 of an IPv6 address. One IPv6 client usually has the 2^64
 * addresses of its network (RFC 4291 §2.5.4) and could use a new one for each attempt.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [text] = address.split('%') as [string];
  // A URL writes each address in one way (URL Standard §3.5), with at most one `::`.
  const [head = '', tail = ''] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail].map(part => part.split(':').filter(group => group !== '')) as [
    string[],
    string[],
  ];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

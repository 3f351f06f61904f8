/** The host of a listener in URLs of this machine: the loopback address for a listener on all addresses. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

import { X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config';
import type { Logger } from '../observability/logger';

/** PEM files of one side of TLS. */
export interface CertificateFiles {
  /** The own certificate, and those between it and its authority. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The authorities that the certificate of the other side is checked against. */
  readonly caFile?: string | undefined;
}

export interface Certificates {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer;
}

/** How often the files are looked at. */
const pollMs = 5_000;

/** @throws ConfigError for a file that cannot be read, and for a key that is not the one of the certificate */
export function readCertificates({ certFile, keyFile, caFile }: CertificateFiles): Certificates {
  const found: Certificates = {
    ...(certFile === undefined ? {} : { cert: read(certFile) }),
    ...(keyFile === undefined ? {} : { key: read(keyFile) }),
    ...(caFile === undefined ? {} : { ca: read(caFile) }),
  };
  try {
    createSecureContext(found);
  } catch (error) {
    const names = [certFile, keyFile, caFile].filter(name => name !== undefined).join(', ');
    throw new ConfigError([`${names} cannot be used for TLS: ${(error as Error).message}`]);
  }
  return found;
}

/** When the own certificate expires; milliseconds since the Unix epoch. NaN without one. */
export function expiryOf({ cert }: Certificates): number {
  return cert === undefined ? Number.NaN : Date.parse(new X509Certificate(cert).validTo);
}

/**
 * Reads the files again when one of them has changed, also by a symbolic link that leads elsewhere, as Kubernetes changes secrets. Files
 * that cannot be used are logged, and nothing changes.
 *
 * @returns ends it
 */
export function watchCertificates(
  files: CertificateFiles,
  logger: Logger,
  onChange: (certificates: Certificates) => void,
  intervalMs = pollMs,
): () => void {
  const names = [files.certFile, files.keyFile, files.caFile].filter(name => name !== undefined);
  const reload = (): void => {
    try {
      onChange(readCertificates(files));
      logger.info({ files: names }, 'certificates are renewed');
    } catch (error) {
      // While one of two files is replaced, they do not fit; the change of the second brings it here again.
      logger.warn({ error }, 'changed certificates cannot be used: those of before stay');
    }
  };
  for (const name of names) watchFile(name, { interval: intervalMs, persistent: false }, reload);
  return () => {
    for (const name of names) unwatchFile(name, reload);
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError([`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
}

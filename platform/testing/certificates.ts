import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;

/** The files of a certificate. */
export interface CertificateFile {
  certFile: string;
  keyFile: string;
}

/** A throw-away certificate authority, whose certificates are for 127.0.0.1 and localhost, as servers and as clients. */
export class TestAuthority {
  private serial = 1;

  private constructor(
    private readonly folder: string,
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly root: x509.X509Certificate,
    /** Its own certificate. */
    readonly caFile: string,
  ) {}

  static async create(folder: string, name = 'Test CA'): Promise<TestAuthority> {
    x509.cryptoProvider.set(webcrypto as never);
    const keys = await newKeys();
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: `CN=${name}`,
      ...validity(),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
    });
    const caFile = join(folder, `${name.replace(/\W/g, '-')}.pem`);
    await writeFile(caFile, root.toString('pem'));
    return new TestAuthority(folder, keys, root, caFile);
  }

  /** Writes a certificate; one of the same name again replaces the files. @param hours until it expires */
  async issue(name: string, hours = 24): Promise<CertificateFile> {
    const keys = await newKeys();
    this.serial += 1;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: this.serial.toString(16).padStart(2, '0'),
      subject: `CN=${name}`,
      issuer: this.root.subject,
      ...validity(hours),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    });
    const certFile = join(this.folder, `${name}.pem`);
    const keyFile = join(this.folder, `${name}.key`);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    await writeFile(keyFile, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
    await writeFile(certFile, certificate.toString('pem'));
    return { certFile, keyFile };
  }
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

function validity(hours = 24): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hours * hour) };
}

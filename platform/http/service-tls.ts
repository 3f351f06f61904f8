import { type ConnectionOptions, rootCertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import type { Logger } from '../observability/logger';
import {
  type CertificateFiles,
  type Certificates,
  readCertificates,
  watchCertificates,
} from './certificates';

/** How this process connects to services over TLS: the authorities it trusts, and the certificate it shows to a service that asks for one. */
export class ServiceTls {
  private certificates: Certificates;
  private connector: buildConnector.connector;
  private readonly unwatch: () => void;
  private before: Dispatcher | undefined;

  /** @throws ConfigError for files that cannot be used */
  constructor(files: CertificateFiles, logger: Logger, intervalMs?: number) {
    this.certificates = readCertificates(files);
    this.connector = buildConnector(this.options);
    this.unwatch = watchCertificates(
      files,
      logger,
      certificates => {
        this.certificates = certificates;
        this.connector = buildConnector(this.options);
      },
      intervalMs,
    );
  }

  /** For `tls.connect`. Other authorities stay trusted: the same client calls servers elsewhere. */
  get options(): ConnectionOptions & { timeout: number } {
    const { ca, ...own } = this.certificates;
    return {
      ...own,
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca.toString()] }),
      timeout: 5_000,
    };
  }

  /** For undici: new connections use the files as they are now. */
  readonly connect: buildConnector.connector = (options, callback) => this.connector(options, callback);

  /** Makes undici's `request` use it in the whole process, until it is closed. */
  useEverywhere(): void {
    this.before = getGlobalDispatcher();
    setGlobalDispatcher(new Agent({ connect: this.connect }));
  }

  async close(): Promise<void> {
    this.unwatch();
    if (this.before === undefined) return;
    const agent = getGlobalDispatcher();
    setGlobalDispatcher(this.before);
    this.before = undefined;
    await agent.close();
  }
}

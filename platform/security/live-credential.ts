import type { IncomingHttpHeaders } from 'node:http';
import { AppError, platformErrors } from '../errors';
import type { Authenticator } from './authenticator';
import type { Caller } from './caller';

/** `authorization` or `x-api-key`, or neither. */
export type CredentialHeaders = IncomingHttpHeaders;

const checkIntervalMs = 400;

/**
 * The credential of a connection or a subscription that stays open. It is verified again while it is open, and it can be
 * replaced by a fresh one of the same caller.
 */
export class LiveCredential {
  private readonly renewed = new Set<() => void>();

  private constructor(
    private readonly authenticator: Pick<Authenticator, 'authenticate'>,
    private current: CredentialHeaders,
    private known: Caller,
  ) {}

  /** @throws AppError 401 for an invalid credential, 503 when it cannot be verified now */
  static async open(
    authenticator: Pick<Authenticator, 'authenticate'>,
    headers: IncomingHttpHeaders,
  ): Promise<LiveCredential> {
    const credential = credentialOf(headers);
    return new LiveCredential(authenticator, credential, await authenticator.authenticate(credential));
  }

  get headers(): CredentialHeaders {
    return this.current;
  }

  /** The caller as of the last verification. */
  get caller(): Caller {
    return this.known;
  }

  /** Without a promise when no other server must be asked. @throws AppError 401 after a logout, a revocation or the expiry */
  verify(): Caller | Promise<Caller> {
    const caller = this.authenticator.authenticate(this.current);
    if (!(caller instanceof Promise)) {
      this.known = caller;
      return caller;
    }
    return caller.then(each => {
      this.known = each;
      return each;
    });
  }

  /** @throws AppError 401 for an invalid credential, 403 for one of another caller */
  async renew(headers: IncomingHttpHeaders): Promise<void> {
    const next = credentialOf(headers);
    const caller = await this.authenticator.authenticate(next);
    if (caller.kind !== this.known.kind || caller.id !== this.known.id) {
      throw new AppError(platformErrors.CREDENTIAL_OF_ANOTHER_CALLER, 'The credential is of another caller');
    }
    this.current = next;
    this.known = caller;
    for (const listener of this.renewed) listener();
  }

  /** @param listener called when a fresh credential was accepted; the returned function removes it */
  onRenewed(listener: () => void): () => void {
    this.renewed.add(listener);
    return () => this.renewed.delete(listener);
  }
}

function credentialOf(headers: IncomingHttpHeaders): CredentialHeaders {
  const { authorization } = headers;
  const key = headers['x-api-key'];
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(key === undefined ? {} : { 'x-api-key': key }),
  };
}

/** Verifies live credentials more than twice a second, so that access ends within a second, with one timer for all. */
export class CredentialWatch {
  private readonly watched = new Map<LiveCredential, Watched>();
  private timer: NodeJS.Timeout | undefined;

  /** @returns ends the watch */
  watch(credential: LiveCredential, watcher: CredentialWatcher): () => void {
    const watched = this.watched.get(credential) ?? { watchers: new Set(), isChecking: false };
    this.watched.set(credential, watched);
    watched.watchers.add(watcher);
    this.timer ??= setInterval(() => this.checkAll(), checkIntervalMs).unref();
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0 && this.watched.get(credential) === watched) this.forget(credential);
    };
  }

  private forget(credential: LiveCredential): void {
    this.watched.delete(credential);
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private checkAll(): void {
    for (const [credential, watched] of this.watched) {
      if (!watched.isChecking) void this.check(credential, watched);
    }
  }

  private async check(credential: LiveCredential, watched: Watched): Promise<void> {
    const before = credential.caller;
    watched.isChecking = true;
    try {
      const verified = credential.verify();
      const caller = verified instanceof Promise ? await verified : verified;
      if (caller === before || !hasOtherRights(caller, before)) return;
      for (const watcher of watched.watchers) watcher.changed?.();
    } catch (error) {
      // A service that cannot verify a credential now has not refused it.
      if (!(error instanceof AppError) || error.status !== 401) return;
      this.forget(credential);
      for (const watcher of watched.watchers) watcher.ended(error);
    } finally {
      watched.isChecking = false;
    }
  }
}

interface CredentialWatcher {
  /** Called once, with an error of status 401. */
  ended(error: AppError): void;
  /** Called when the permissions or roles of the caller have changed. */
  changed?(): void;
}

interface Watched {
  readonly watchers: Set<CredentialWatcher>;
  isChecking: boolean;
}

function hasOtherRights(one: Caller, other: Caller): boolean {
  return (
    one.permissions.join(' ') !== other.permissions.join(' ') || one.roles.join(' ') !== other.roles.join(' ')
  );
}

import type { Clock } from '../clock';
import type { DomainEvent, EventBus, Follower } from '../events/event-bus';
import {
  type AccessChanged,
  type ApiKeyRevoked,
  accessChanged,
  apiKeyRevoked,
  type SessionsRevoked,
  sessionsRevoked,
  type UserDeletionRequested,
  userDeletionRequested,
} from './access-events';
import type { ApiKeyFacts } from './credentials';
import { type AccessClaims, longestAccessToken } from './credentials';

/** The access of a user since the moment `at` (milliseconds since the epoch). */
export interface Access {
  readonly at: number;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The lag of the feed, in ms, up to which permissions are accepted. */
const toleratedLag = 10_000;

/**
 * The changes of access after tokens were signed: ended sessions, changed permissions, revoked API keys and deleted users.
 * Every server follows these events from the last hour on, and drops each when the tokens that it affects have expired.
 */
export class Revocations {
  private readonly sessions = new Map<string, number>();
  private readonly access = new Map<string, Access>();
  private readonly keys = new Map<string, number>();
  private readonly deleted = new Map<string, number>();
  private follower: Follower | undefined;
  private sweptAt = 0;

  constructor(private readonly clock: Clock) {}

  async follow(bus: EventBus): Promise<void> {
    const since = this.clock.now() - longestAccessToken * 1000;
    const types = [sessionsRevoked, accessChanged, apiKeyRevoked, userDeletionRequested];
    this.follower = await bus.follow(types, since, event => this.apply(event));
  }

  /** For the server that ends the sessions: it refuses their tokens before it receives its own event. */
  sessionsEnded(revoked: SessionsRevoked): void {
    this.end(revoked, this.clock.now());
  }

  isRevoked(claims: Pick<AccessClaims, 'sid' | 'sub'>): boolean {
    return this.sessions.has(claims.sid) || this.deleted.has(claims.sub);
  }

  isKeyRevoked(key: Pick<ApiKeyFacts, 'id' | 'createdBy'>): boolean {
    return this.keys.has(key.id) || this.deleted.has(key.createdBy);
  }

  /** The roles and permissions of a user since the last change; undefined when they did not change within the last hour. */
  accessOf(userId: string): Access | undefined {
    return this.access.get(userId);
  }

  /** The roles and permissions, if they changed after the token was signed. */
  changedAccess(claims: Pick<AccessClaims, 'sub' | 'iat'>): Access | undefined {
    const changed = this.access.get(claims.sub);
    return changed !== undefined && claims.iat <= Math.floor(changed.at / 1000) ? changed : undefined;
  }

  /**
   * Whether the events up to ten seconds ago are known. A write is stricter: it is refused as soon as the connection to the
   * bus is lost.
   */
  isCurrent(purpose: 'read' | 'write' = 'read'): boolean {
    if (this.follower === undefined || this.follower.lag() > toleratedLag) return false;
    return purpose === 'read' || this.follower.isConnected();
  }

  async close(): Promise<void> {
    await this.follower?.close();
  }

  private apply(event: DomainEvent): void {
    if (event.type === sessionsRevoked) {
      this.end(event.data as SessionsRevoked, event.occurredAt);
    } else if (event.type === apiKeyRevoked) {
      this.keys.set((event.data as ApiKeyRevoked).keyId, event.occurredAt);
    } else if (event.type === userDeletionRequested) {
      this.deleted.set((event.data as UserDeletionRequested).userId, event.occurredAt);
    } else {
      const { userId, roles, permissions } = event.data as AccessChanged;
      const known = this.access.get(userId);
      if (known === undefined || known.at <= event.occurredAt) {
        this.access.set(userId, { at: event.occurredAt, roles, permissions });
      }
    }
    this.sweep();
  }

  private end({ sessionIds }: SessionsRevoked, at: number): void {
    for (const id of sessionIds) this.sessions.set(id, at);
  }

  private sweep(): void {
    const now = this.clock.now();
    if (now - this.sweptAt < 60_000) return;
    this.sweptAt = now;
    const before = now - longestAccessToken * 1000;
    for (const [id, at] of this.sessions) if (at < before) this.sessions.delete(id);
    for (const [id, at] of this.keys) if (at < before) this.keys.delete(id);
    for (const [id, at] of this.deleted) if (at < before) this.deleted.delete(id);
    for (const [id, change] of this.access) if (change.at < before) this.access.delete(id);
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { In, IsNull, LessThan, Not } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, type FieldError, invalid, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import type { UserRegistered } from '../events';
import { mistakesInProfile, type ProfilePatch, validProfile } from '../profiles/profile-input';
import type { Profiles } from '../profiles/profiles';
import type { Registrations } from '../profiles/registrations';
import { refuseToGrantMore } from '../roles/authority';
import { mistakesInRoleNames, unknownRole } from '../roles/role-input';
import { CreationRow, RoleRow } from '../tables';
import type { AuthCommands } from './auth-commands';

export interface NewUser {
  username: string;
  email: string;
  /** Absent: the user gets an invitation by mail and chooses one. */
  password?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  phone?: string | null | undefined;
  locale?: string | null | undefined;
  timeZone?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  /** Names of roles; `user` by default. */
  roles?: string[] | null | undefined;
}

/** The part of the input that is stored, encrypted, until the profile exists: all but account and password. */
interface StoredInput {
  profile: ProfilePatch;
  assignedBy: string;
}

const firstRole = 'user';
/** Longer than a command and its answer take: an older unfinished creation was abandoned. */
const abandonedAfterMs = 60_000;
const keptMs = 24 * 60 * 60_000;
const batch = 20;

interface Dependencies {
  db: Database;
  keyring: Keyring;
  accounts: Pick<AuthCommands, 'checkAccount' | 'createAccount' | 'cancelAccount'>;
  registrations: Registrations;
  profiles: Pick<Profiles, 'sealPhone' | 'emitContact'>;
}

/**
 * Creates users for another caller: the account in auth and the profile here, or neither.
 *
 * A creation row is stored first. Then one command creates the account in auth in one transaction. The profile is created
 * from the answer or from the event of that transaction, whichever comes first. A crash before the command leaves a row
 * and no user; a crash after it leaves a user that the event completes. `resume` cancels abandoned rows at auth, which
 * then refuses a late command. Only the command has the password.
 */
export class Creations {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Creates a user, who can be read when it returns. For 24 hours the same key with the same input returns the same user.
   *
   * @throws AppError 401, 403 without `users:create`, or with roles without `users:assign-roles` or a permission that they
   * grant; 409 USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED; 422 with every wrong field; 503 when auth does not
   * answer, and the user may then exist later or never
   */
  async create(
    caller: Caller,
    input: NewUser,
    key: string | null | undefined,
    client: Client,
  ): Promise<string> {
    caller.require('users:create');
    if (input.roles != null) caller.require('users:assign-roles');
    const { username, email, password, roles, ...patch } = input;
    const account = { username, email, ...(password == null ? {} : { password }) };
    const names = [...new Set(roles ?? [firstRole])];
    const granted = await this.rolesNamed(names);
    const mistakes = [
      ...mistakesInKey(key),
      ...mistakesInProfile(patch),
      ...mistakesInRoleNames(names),
      ...names.filter(isMissingIn(granted)).map(name => unknownRole('roles', name)),
    ];
    if (mistakes.length > 0)
      throw invalid(eachOnce([...(await this.deps.accounts.checkAccount(account)), ...mistakes]));
    refuseToGrantMore(
      caller,
      granted.flatMap(role => role.permissions),
    );
    const kept: StoredInput = { profile: validProfile(patch), assignedBy: caller.id };
    const locale = kept.profile.locale ?? undefined;
    const command = { ...account, roles: names, actorId: caller.id, client, locale };
    for (let attempt = 1; ; attempt++) {
      const { id } = await this.store(
        caller,
        key ?? randomUUID(),
        [username, email, names, kept.profile],
        kept,
      );
      try {
        const registered = await this.deps.accounts.createAccount({ creationId: id, ...command });
        await this.deps.db.transaction(tx => this.finish(registered, tx));
        return registered.userId;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Auth created nothing, so the key may be used again.
        await this.forget(id);
        if (error.code !== 'CREATION_CANCELLED' || attempt > 1) throw error;
      }
    }
  }

  /** Creates the profile of an account, with the input of its creation if there is one. A repeated call changes nothing. */
  async finish(registered: UserRegistered, tx: Transaction): Promise<void> {
    const { creationId, userId } = registered;
    const creation = creationId === undefined ? null : await this.locked(tx, creationId);
    if (creation === null) return this.deps.registrations.register(registered, tx);
    if (creation.finishedAt !== null) return;
    const { profile, assignedBy } = this.open(creation);
    const { firstName = null, lastName = null, locale = null, timeZone = null, metadata } = profile;
    const phone = profile.phone == null ? null : this.deps.profiles.sealPhone(userId, profile.phone);
    await this.deps.registrations.register(registered, tx, {
      firstName,
      lastName,
      phone,
      locale,
      timeZone,
      metadata: metadata ?? {},
      assignedBy,
    });
    if (phone !== null || locale !== null || timeZone !== null)
      await this.deps.profiles.emitContact(tx, { userId, phone, locale, timeZone, version: 1 });
    const finishedAt = this.deps.db.clock.now();
    await tx.manager.update(CreationRow, { id: creation.id }, { userId, input: null, finishedAt });
  }

  /** Finishes or cancels abandoned creations. @throws AppError 503 when auth does not answer */
  async resume(): Promise<void> {
    const stale = await this.deps.db.read.find(CreationRow, {
      where: { finishedAt: IsNull(), createdAt: LessThan(this.deps.db.clock.now() - abandonedAfterMs) },
      order: { createdAt: 'ASC' },
      take: batch,
    });
    for (const { id } of stale) {
      const created = await this.deps.accounts.cancelAccount(id);
      if (created === null) await this.forget(id);
      else await this.deps.db.transaction(tx => this.finish(created, tx));
    }
  }

  /** Deletes keys that are older than a day. */
  async prune(): Promise<void> {
    const old = await this.deps.db.read.find(CreationRow, {
      where: { finishedAt: Not(IsNull()), createdAt: LessThan(this.deps.db.clock.now() - keptMs) },
      order: { createdAt: 'ASC' },
      take: 500,
    });
    if (old.length === 0) return;
    await this.deps.db.transaction(tx => tx.manager.delete(CreationRow, { id: In(old.map(({ id }) => id)) }));
  }

  /** The creation of this key, new or noted before. @throws AppError 409 IDEMPOTENCY_KEY_REUSED */
  private async store(
    caller: Caller,
    key: string,
    request: unknown,
    kept: StoredInput,
  ): Promise<{ id: string }> {
    const callerId = `${caller.kind}:${caller.id}`;
    const keyHash = createHash('sha256').update(key).digest('base64url');
    const text = JSON.stringify(request);
    const now = this.deps.db.clock.now();
    const id = uuidv7(now);
    const row: CreationRow = {
      id,
      callerId,
      keyHash,
      fingerprint: this.deps.keyring.sign(text, 'creation'),
      input: this.deps.keyring.encrypt(JSON.stringify(kept), contextOf(id)),
      userId: null,
      createdAt: now,
      finishedAt: null,
    };
    try {
      await this.deps.db.transaction(tx => tx.manager.insert(CreationRow, row));
      return row;
    } catch (error) {
      if (!uniqueViolation(error)?.includes('key_hash')) throw error;
    }
    const known = await this.deps.db.read.findOneBy(CreationRow, { callerId, keyHash });
    if (known === null) return this.store(caller, key, request, kept);
    if (!this.deps.keyring.isSigned(text, known.fingerprint, 'creation')) {
      throw new AppError(
        platformErrors.IDEMPOTENCY_KEY_REUSED,
        'This idempotency key was used for something else: send another one',
      );
    }
    return known;
  }

  private async forget(id: string): Promise<void> {
    await this.deps.db.transaction(tx => tx.manager.delete(CreationRow, { id, finishedAt: IsNull() }));
  }

  private locked(tx: Transaction, id: string): Promise<CreationRow | null> {
    const query = tx.manager.createQueryBuilder(CreationRow, 'creation').where('creation.id = :id', { id });
    if (this.deps.db.kind === 'postgres') query.setLock('pessimistic_write');
    return query.getOne();
  }

  private open({ id, input }: CreationRow): StoredInput {
    return JSON.parse(this.deps.keyring.decrypt(input ?? '', contextOf(id))) as StoredInput;
  }

  private async rolesNamed(names: readonly string[]): Promise<RoleRow[]> {
    if (mistakesInRoleNames(names).length > 0) return [];
    return this.deps.db.read.findBy(RoleRow, { name: In([...names]) });
  }
}

function contextOf(id: string): string {
  return `creations.input:${id}`;
}

/** Whether auth refused the command. A reused key keeps the row of its first use. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.status < 500 && error.code !== 'IDEMPOTENCY_KEY_REUSED';
}

function isMissingIn(roles: readonly RoleRow[]): (name: string) => boolean {
  const known = new Set(roles.map(role => role.name));
  return name => !known.has(name);
}

function mistakesInKey(key: string | null | undefined): FieldError[] {
  return key == null || /^[\x21-\x7e]{1,255}$/.test(key)
    ? []
    : [{ field: 'idempotencyKey', message: 'must be 1 to 255 printable ASCII characters without spaces' }];
}

function eachOnce(mistakes: readonly FieldError[]): FieldError[] {
  return [...new Map(mistakes.map(each => [`${each.field} ${each.message}`, each])).values()];
}

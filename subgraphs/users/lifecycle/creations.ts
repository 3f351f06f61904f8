import { createHash, randomUUID } from 'node:crypto';
import { In, IsNull, LessThan, Not } from 'typeorm';
import { type Database, type Transaction, uniqueViolation } from '../../../platform/database/database';
import { AppError, type FieldError, invalid, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import type { UserRegistered } from '../events';
import { mistakesInProfile, type ProfilePatch, validProfile } from '../profiles/profile-input';
import type { Profiles } from '../profiles/profiles';
import type { Registrations } from '../profiles/registrations';
import { mistakesInRoleNames, unknownRole } from '../roles/role-input';
import { refuseToGrantMore } from '../roles/roles';
import { CreationRow, RoleRow } from '../tables';
import type { AuthCommands } from './auth-commands';

export interface NewUser {
  username: string;
  email: string;
  /** Without one the user is mailed an invitation to choose it. */
  password?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  phone?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  /** Names of roles; `user` unless told. */
  roles?: string[] | null | undefined;
}

/** What a creation keeps, encrypted, until the profile is made: all but account and password. */
interface KeptInput {
  profile: ProfilePatch;
  assignedBy: string;
}

const firstRole = 'user';
/** Longer than a command and its answer take: after that nobody is on it any more. */
const patienceMs = 60_000;
const keptMs = 24 * 60 * 60_000;
const batch = 20;

/**
 * Users that somebody else creates: the account in auth, the profile here, both or none.
 *
 * The creation is noted first. Then one command makes the account and all that comes with it in auth, in one transaction,
 * and the profile is made here from its answer, or from the event that auth emits in that transaction, whichever comes
 * first. So a crash before the command leaves a note and no user, and one after it a user whom the event completes. A
 * note that nothing comes of is called off at auth, which then makes nothing for it, however late the command arrives.
 * The password is in the command only.
 */
export class Creations {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly accounts: Pick<AuthCommands, 'checkAccount' | 'createAccount' | 'cancelAccount'>,
    private readonly registrations: Registrations,
    private readonly profiles: Pick<Profiles, 'sealPhone'>,
  ) {}

  /**
   * Creates a user, who can be read when it answers. The same key with the same input finds the same user for 24 hours,
   * also after an answer that was lost.
   *
   * @throws AppError 401 and 403 without users:create, or users:assign-roles where roles are given, or what a role grants;
   * 422 naming every wrong field; 409 USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED; 503 when auth does not answer,
   * and then the user is there later or never
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
      throw invalid(eachOnce([...(await this.accounts.checkAccount(account)), ...mistakes]));
    refuseToGrantMore(
      caller,
      granted.flatMap(role => role.permissions),
    );
    const kept: KeptInput = { profile: validProfile(patch), assignedBy: caller.id };
    const command = { ...account, roles: names, actorId: caller.id, client };
    for (let attempt = 1; ; attempt++) {
      const { id } = await this.note(
        caller,
        key ?? randomUUID(),
        [username, email, names, kept.profile],
        kept,
      );
      try {
        const registered = await this.accounts.createAccount({ creationId: id, ...command });
        await this.db.transaction(tx => this.finish(registered, tx));
        return registered.userId;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Nothing was made, so the key is free for a better try.
        await this.forget(id);
        if (error.code !== 'CREATION_CANCELLED' || attempt > 1) throw error;
      }
    }
  }

  /** Makes the profile of an account that is there; of one that was created with what its creation says. Once. */
  async finish(registered: UserRegistered, tx: Transaction): Promise<void> {
    const { creationId, userId } = registered;
    const creation = creationId === undefined ? null : await this.locked(tx, creationId);
    if (creation === null) return this.registrations.register(registered, tx);
    if (creation.finishedAt !== null) return;
    const { profile, assignedBy } = this.open(creation);
    const { firstName = null, lastName = null, phone, metadata } = profile;
    await this.registrations.register(registered, tx, {
      firstName,
      lastName,
      phone: phone == null ? null : this.profiles.sealPhone(userId, phone),
      metadata: metadata ?? {},
      assignedBy,
    });
    const finishedAt = this.db.clock.now();
    await tx.manager.update(CreationRow, { id: creation.id }, { userId, input: null, finishedAt });
  }

  /** Decides what became of creations that nobody is on any more. @throws AppError 503 while auth does not answer */
  async resume(): Promise<void> {
    const stale = await this.db.read.find(CreationRow, {
      where: { finishedAt: IsNull(), createdAt: LessThan(this.db.clock.now() - patienceMs) },
      order: { createdAt: 'ASC' },
      take: batch,
    });
    for (const { id } of stale) {
      const made = await this.accounts.cancelAccount(id);
      if (made === null) await this.forget(id);
      else await this.db.transaction(tx => this.finish(made, tx));
    }
  }

  /** Forgets keys that are a day old. */
  async prune(): Promise<void> {
    const old = await this.db.read.find(CreationRow, {
      where: { finishedAt: Not(IsNull()), createdAt: LessThan(this.db.clock.now() - keptMs) },
      order: { createdAt: 'ASC' },
      take: 500,
    });
    if (old.length === 0) return;
    await this.db.transaction(tx => tx.manager.delete(CreationRow, { id: In(old.map(({ id }) => id)) }));
  }

  /** The creation of this key, new or noted before. @throws AppError 409 IDEMPOTENCY_KEY_REUSED */
  private async note(
    caller: Caller,
    key: string,
    request: unknown,
    kept: KeptInput,
  ): Promise<{ id: string }> {
    const callerId = `${caller.kind}:${caller.id}`;
    const keyHash = createHash('sha256').update(key).digest('base64url');
    const text = JSON.stringify(request);
    const now = this.db.clock.now();
    const id = uuidv7(now);
    const row: CreationRow = {
      id,
      callerId,
      keyHash,
      fingerprint: this.keyring.sign(text, 'creation'),
      input: this.keyring.encrypt(JSON.stringify(kept), contextOf(id)),
      userId: null,
      createdAt: now,
      finishedAt: null,
    };
    try {
      await this.db.transaction(tx => tx.manager.insert(CreationRow, row));
      return row;
    } catch (error) {
      if (!uniqueViolation(error)?.includes('key_hash')) throw error;
    }
    const known = await this.db.read.findOneBy(CreationRow, { callerId, keyHash });
    if (known === null) return this.note(caller, key, request, kept);
    if (!this.keyring.isSigned(text, known.fingerprint, 'creation')) {
      throw new AppError(
        platformErrors.IDEMPOTENCY_KEY_REUSED,
        'This idempotency key was used for something else: send another one',
      );
    }
    return known;
  }

  private async forget(id: string): Promise<void> {
    await this.db.transaction(tx => tx.manager.delete(CreationRow, { id, finishedAt: IsNull() }));
  }

  private locked(tx: Transaction, id: string): Promise<CreationRow | null> {
    const query = tx.manager.createQueryBuilder(CreationRow, 'creation').where('creation.id = :id', { id });
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    return query.getOne();
  }

  private open({ id, input }: CreationRow): KeptInput {
    return JSON.parse(this.keyring.decrypt(input ?? '', contextOf(id))) as KeptInput;
  }

  private async rolesNamed(names: readonly string[]): Promise<RoleRow[]> {
    if (mistakesInRoleNames(names).length > 0) return [];
    return this.db.read.findBy(RoleRow, { name: In([...names]) });
  }
}

function contextOf(id: string): string {
  return `creations.input:${id}`;
}

/** An answer, and not the lack of one; a key that was used for something else keeps its note. */
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

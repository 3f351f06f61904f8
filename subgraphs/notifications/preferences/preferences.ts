import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type FieldError, invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { isTimeZone } from '../../../platform/time-zones';
import { defaultTimeZone, nextTimeOfDay, timeOfDay } from '../local-time';
import { type Channel, isCategory, securityCategory } from '../message';
import { type PreferenceSwitch, PreferencesRow, type QuietHours, type RecipientRow } from '../tables';

export interface PreferencesInput {
  switches?: PreferenceSwitch[] | null | undefined;
  /** Null removes them; undefined leaves them as they are. */
  quietHours?: QuietHours | null | undefined;
}

const mostSwitches = 100;
/** Channels that a user gets messages over. */
const personal: readonly string[] = ['email', 'sms', 'push', 'in_app'];

/** What users chose to get: a switch for each category and channel, and quiet hours. */
export class Preferences {
  constructor(private readonly db: Database) {}

  /** The caller's own. @throws AppError 401; 403 for API keys */
  async read(caller: Caller): Promise<Pick<PreferencesRow, 'switches' | 'quietHours'>> {
    return (await this.db.read.findOneBy(PreferencesRow, { userId: caller.requireUser() })) ?? none;
  }

  /**
   * Changes the caller's own. A given switch replaces the one of its category and channel; the others stay.
   *
   * @throws AppError 401; 403 for API keys; 422 naming every wrong field, also for switching `security` off
   */
  async update(
    caller: Caller,
    input: PreferencesInput,
  ): Promise<Pick<PreferencesRow, 'switches' | 'quietHours'>> {
    const userId = caller.requireUser();
    const mistakes = mistakesIn(input);
    if (mistakes.length > 0) throw invalid(mistakes);
    return this.db.transaction(tx => this.change(userId, input, tx));
  }

  /** Switches one category of a channel off, for a user who followed the link of a message. */
  async unsubscribe(userId: string, category: string, channel: Channel): Promise<void> {
    const switches = [{ category, channel, isEnabled: false }];
    await this.db.transaction(tx => this.change(userId, { switches }, tx));
  }

  async ofUsers(userIds: readonly string[]): Promise<Map<string, PreferencesRow>> {
    if (userIds.length === 0) return new Map();
    const rows = await this.db.rows(PreferencesRow, 'WHERE user_id IN (??)', [[...userIds]]);
    return new Map(rows.map(row => [row.userId, row]));
  }

  private async change(userId: string, input: PreferencesInput, tx: Transaction): Promise<PreferencesRow> {
    const empty: PreferencesRow = { userId, ...none, updatedAt: 0 };
    await tx.manager.createQueryBuilder().insert().into(PreferencesRow).values(empty).orIgnore().execute();
    const lock = this.db.kind === 'postgres' ? { lock: { mode: 'pessimistic_write' as const } } : {};
    const known = await tx.manager.findOneOrFail(PreferencesRow, { where: { userId }, ...lock });
    const given = input.switches ?? [];
    const kept = known.switches.filter(each => !given.some(one => isSame(one, each)));
    const switches = [...kept, ...given];
    if (switches.length > mostSwitches)
      throw invalid([{ field: 'switches', message: `must be at most ${mostSwitches} in all` }]);
    const row: PreferencesRow = {
      userId,
      switches,
      quietHours: input.quietHours === undefined ? known.quietHours : input.quietHours,
      updatedAt: this.db.clock.now(),
    };
    await tx.manager.save(PreferencesRow, row);
    return row;
  }
}

const none = { switches: [], quietHours: null };

/** Whether the user gets this category over this channel. The most specific switch decides. */
export function isWanted(
  { switches }: Pick<PreferencesRow, 'switches'>,
  category: string,
  channel: string,
): boolean {
  if (category === securityCategory) return true;
  const find = (one: Omit<PreferenceSwitch, 'isEnabled'>) => switches.find(each => isSame(one, each));
  const decides =
    find({ category, channel }) ??
    find({ category, channel: null }) ??
    find({ category: null, channel }) ??
    find({ category: null, channel: null });
  return decides?.isEnabled ?? true;
}

/** The zone of the preferences, then that of the profile. */
export function timeZoneOf(
  preferences: Pick<PreferencesRow, 'quietHours'> | undefined,
  user: Pick<RecipientRow, 'timeZone'> | undefined,
): string {
  return preferences?.quietHours?.timeZone ?? user?.timeZone ?? defaultTimeZone;
}

/** The end of the quiet hours that `now` is in; undefined outside of them. */
export function quietUntil({ from, to }: QuietHours, timeZone: string, now: number): number | undefined {
  const time = timeOfDay(now, timeZone);
  const isQuiet = from < to ? time >= from && time < to : time >= from || time < to;
  return isQuiet ? nextTimeOfDay(to, timeZone, now) : undefined;
}

function isSame(
  one: Omit<PreferenceSwitch, 'isEnabled'>,
  other: Omit<PreferenceSwitch, 'isEnabled'>,
): boolean {
  return one.category === other.category && one.channel === other.channel;
}

function mistakesIn({ switches, quietHours }: PreferencesInput): FieldError[] {
  const mistakes: FieldError[] = [];
  for (const [at, { category, channel, isEnabled }] of (switches ?? []).entries()) {
    if (category !== null && !isCategory(category))
      mistakes.push({ field: `switches.${at}.category`, message: categoryForm });
    if (category === securityCategory && !isEnabled)
      mistakes.push({
        field: `switches.${at}.isEnabled`,
        message: 'must be true: notifications about the security of the account cannot be switched off',
      });
    if (channel !== null && !personal.includes(channel))
      mistakes.push({ field: `switches.${at}.channel`, message: 'must be email, sms, push or in_app' });
    if (switches!.slice(0, at).some(each => isSame(each, { category, channel })))
      mistakes.push({ field: `switches.${at}`, message: 'repeats an earlier category and channel' });
  }
  if (quietHours != null) mistakes.push(...mistakesInQuietHours(quietHours));
  return mistakes.slice(0, 20);
}

export const categoryForm = 'must be 1 to 40 of a-z, 0-9 and -, beginning with a letter';

function mistakesInQuietHours({ from, to, timeZone }: QuietHours): FieldError[] {
  const mistakes: FieldError[] = [];
  for (const [field, time] of Object.entries({ from, to }))
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time))
      mistakes.push({ field: `quietHours.${field}`, message: 'must be a time of the day such as 22:00' });
  if (from === to)
    mistakes.push({ field: 'quietHours.to', message: 'must be another time of the day than from' });
  if (timeZone !== null && !isTimeZone(timeZone))
    mistakes.push({
      field: 'quietHours.timeZone',
      message: 'must be an IANA time zone such as Europe/Berlin',
    });
  return mistakes;
}

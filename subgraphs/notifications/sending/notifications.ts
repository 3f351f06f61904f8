import { In } from 'typeorm';
import { columnName } from '../../../platform/database/data-source';
import type { Database } from '../../../platform/database/database';
import { type Condition, KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import type { Transaction } from '../../../platform/database/transaction';
import type { Delegations } from '../../../platform/delegations';
import { AppError, invalid, notFound } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { currentTrace } from '../../../platform/observability/tracing';
import { type Caller, holds, isSelf } from '../../../platform/security/caller';
import { type Attachment, type Attachments, type Credentials, linkSeconds } from '../attachments/attachments';
import type { DeliveryUpdates } from '../delivery/delivery-updates';
import { notificationsErrors } from '../errors';
import { momentOf } from '../local-time';
import {
  type Channel,
  generalCategory,
  type Message,
  type MessageSeal,
  mistakesInMessage,
  type NotificationStatus,
  priorities,
  securityCategory,
} from '../message';
import type { RecipientAddress, RecipientAddresses } from '../recipients/recipient-addresses';
import { AttemptRow, NotificationRow } from '../tables';
import type { TemplateAtVersion, Templates } from '../templates/templates';
import { type Moment, mistakesInRequest, permissionsToSend, type SendInput, targetsOf } from './send-input';
import type { SendRequests } from './send-requests';

export interface HistoryFilter {
  channel?: Channel | null | undefined;
  status?: NotificationStatus | null | undefined;
  recipient?: string | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

const history = new KeysetList(NotificationRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);

/** Rows of one INSERT, below SQLite's limit on parameters. */
const batch = 200;
const mostRetried = 1_000;
const farthestMs = 366 * 24 * 60 * 60_000;

/** Accepts notifications and shows what became of them. The delivery worker sends them. */
export class Notifications {
  constructor(
    private readonly db: Database,
    private readonly parts: {
      seal: MessageSeal;
      addresses: RecipientAddresses;
      templates: Templates;
      requests: SendRequests;
      attachments: Attachments;
      updates: DeliveryUpdates;
      delegations: Pick<Delegations, 'remember'>;
      /** Called when there is something to deliver. */
      wake: () => void;
    },
  ) {}

  /**
   * Stores one notification for each recipient and answers; they are delivered afterwards.
   *
   * @param credentials of the caller, with which the files service is asked for attachments
   * @throws AppError 401, 403 without notifications:send; 409 IDEMPOTENCY_KEY_REUSED; 422 naming every wrong field; 503 without
   * the files service, for attachments
   */
  async send(caller: Caller, input: SendInput, credentials: Credentials = {}): Promise<NotificationRow[]> {
    this.requireValid(caller, input);
    const { requests } = this.parts;
    const known = await requests.find(caller, input);
    if (known !== undefined) return this.ofRequest(known);

    const attachments = await this.parts.attachments.find(credentials, input.attachments ?? []);
    const rows = await this.prepare(callerId(caller), input, attachments);
    if (input.idempotencyKey == null && rows.length === 1) {
      await this.storeOne(rows[0]!);
      return rows;
    }
    const requestId = rows[0]!.requestId;
    const first = await this.db.transaction(async tx => {
      const earlier = await requests.record(caller, input, requestId, tx);
      if (earlier !== undefined) return earlier;
      await this.store(rows, tx);
      return requestId;
    });
    return first === requestId ? rows : this.ofRequest(first);
  }

  /** Most requests are of this kind: one statement, which shares the sync of the disk with others of the same moment. */
  private async storeOne(row: NotificationRow): Promise<void> {
    const entries = Object.entries(row) as [string, StatementValue][];
    const columns = entries.map(([property]) => columnName(property)).join(', ');
    const values = entries.map(() => '?').join(', ');
    await this.db.write(
      `INSERT INTO notifications (${columns}) VALUES (${values}) RETURNING id`,
      entries.map(([, value]) => value),
    );
    this.parts.wake();
  }

  /** The same later. @throws AppError as `send`; 422 without a moment, too */
  async schedule(
    caller: Caller,
    input: SendInput,
    credentials: Credentials = {},
  ): Promise<NotificationRow[]> {
    caller.require('notifications:send');
    if (input.scheduledAt == null && input.localTime == null)
      throw invalid([{ field: 'scheduledAt', message: 'scheduledAt or localTime is needed' }]);
    await this.parts.delegations.remember(caller);
    return this.send(caller, input, credentials);
  }

  /** Whether this could be sent now. @throws AppError as `send` */
  async check(caller: Caller, input: SendInput): Promise<void> {
    this.requireValid(caller, input);
    await this.prepare(callerId(caller), input);
  }

  /** The rows of one occurrence of a schedule, without the recipients that cannot be reached now. */
  async prepareAgain(sender: string, input: SendInput): Promise<NotificationRow[]> {
    const found = await this.parts.addresses.find(input.channel, targetsOf(input));
    return this.rowsOf(sender, input, [...found.values()].flat());
  }

  async store(rows: readonly NotificationRow[], tx: Transaction): Promise<void> {
    await insert(rows, tx);
    tx.afterCommit(this.parts.wake);
  }

  /** One notification; null for those that the caller may not see. @throws AppError 401 */
  async find(caller: Caller, id: string): Promise<NotificationRow | null> {
    if (caller.kind === 'anonymous') caller.requireUser();
    if (!isUuid(id)) return null;
    const row = await this.db.read.findOneBy(NotificationRow, { id });
    return row !== null && this.isVisible(caller, row) ? row : null;
  }

  /**
   * The newest first: all with notifications:read, without it those that were sent to the caller by user id.
   *
   * @throws AppError 401; 403 for an API key without notifications:read; 422 for a page that is not valid
   */
  async list(caller: Caller, filter: HistoryFilter, request: PageRequest): Promise<Page<NotificationRow>> {
    const within = conditionsOf(filter);
    if (!holds(caller, 'notifications:read'))
      within.push({ sql: 'user_id = ?', values: [caller.requireUser()] });
    return history.page(this.db, within, request);
  }

  /** What one request caused, as far as the caller may see it, the newest first. @throws AppError 401; 422 for a page that is not valid */
  async ofTrace(caller: Caller, traceId: string, request: PageRequest): Promise<Page<NotificationRow>> {
    if (caller.kind === 'anonymous') caller.requireUser();
    const within: Condition[] = [{ sql: 'trace_id = ?', values: [traceId.replaceAll('\0', '')] }];
    if (!holds(caller, 'notifications:read')) {
      const userId = caller.kind === 'user' ? caller.id : '';
      within.push({ sql: '(user_id = ? OR caller_id = ?)', values: [userId, callerId(caller)] });
    }
    return history.page(this.db, within, request);
  }

  /** Of each notification, in order. */
  async attemptsOf(ids: readonly string[]): Promise<Map<string, AttemptRow[]>> {
    const found = new Map<string, AttemptRow[]>(ids.map(id => [id, []]));
    const rows = await this.db.read.find(AttemptRow, {
      where: { notificationId: In([...ids]) },
      order: { id: 'ASC' },
    });
    for (const row of rows) found.get(row.notificationId)?.push(row);
    return found;
  }

  /** What was or will be delivered; null for a message with a token, and after its removal. */
  messageOf(row: NotificationRow): Message | null {
    return row.isSecret || row.message === null ? null : this.parts.seal.open(row.id, row.message);
  }

  /**
   * Sends a notification that failed again, with all its attempts.
   *
   * @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_FAILED
   */
  async retry(caller: Caller, id: string): Promise<NotificationRow> {
    caller.require('notifications:send');
    const changed = await this.change(
      caller,
      id,
      `UPDATE notifications SET status = 'pending', attempts = 0, lease = NULL, due_at = ?
       WHERE id = ? AND status = 'failed' AND message IS NOT NULL RETURNING id`,
      [this.db.clock.now(), id],
    );
    if (!changed)
      throw new AppError(
        notificationsErrors.NOTIFICATION_NOT_FAILED,
        'Only a notification that failed, and whose content is still there, can be sent again',
      );
    this.parts.wake();
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /** @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_PENDING */
  async cancel(caller: Caller, id: string): Promise<NotificationRow> {
    caller.require('notifications:send');
    await this.changePending(
      caller,
      id,
      `UPDATE notifications SET status = 'cancelled', due_at = NULL
       WHERE id = ? AND status = 'pending' AND lease IS NULL RETURNING id`,
      [id],
    );
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /** @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_PENDING; 422 for a moment that is not valid */
  async reschedule(caller: Caller, id: string, scheduledAt: Date): Promise<NotificationRow> {
    caller.require('notifications:send');
    const at = this.momentOf({ scheduledAt }) ?? 0;
    await this.parts.delegations.remember(caller);
    await this.changePending(
      caller,
      id,
      `UPDATE notifications SET scheduled_at = ?, due_at = ?
       WHERE id = ? AND status = 'pending' AND lease IS NULL RETURNING id`,
      [at, at, id],
    );
    this.parts.wake();
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /**
   * Sends the oldest of those that failed again: with notifications:read those of every sender, without it the caller's own.
   *
   * @returns how many
   * @throws AppError 401, 403 without notifications:send; 422 for `first` outside of 1 to 1,000
   */
  async retryFailed(caller: Caller, filter: HistoryFilter, first: number): Promise<number> {
    caller.require('notifications:send');
    if (!Number.isInteger(first) || first < 1 || first > mostRetried)
      throw invalid([{ field: 'first', message: `must be from 1 to ${mostRetried}` }]);
    const within = conditionsOf(filter);
    within.push({ sql: "status = 'failed' AND message IS NOT NULL", values: [] });
    if (!holds(caller, 'notifications:read'))
      within.push({ sql: 'caller_id = ?', values: [callerId(caller)] });
    const found = `SELECT id FROM notifications WHERE ${within.map(each => each.sql).join(' AND ')} ORDER BY id LIMIT ?`;
    const changed = await this.db.write(
      `UPDATE notifications SET status = 'pending', attempts = 0, lease = NULL, due_at = ? WHERE status = 'failed' AND id IN (${found}) RETURNING id`,
      [this.db.clock.now(), ...within.flatMap(each => each.values), first],
    );
    for (const [changedId] of changed) this.parts.updates.changed(String(changedId));
    this.parts.wake();
    return changed.length;
  }

  /** Stores a mail about an account, or to operators, in the transaction of the event that asks for it. */
  async accept(
    mail: {
      userId: string | null;
      recipient: string;
      message: Message;
      isSecret: boolean;
      expiresAt: number | null;
      isTransient?: boolean;
    },
    tx: Transaction,
  ): Promise<void> {
    const { message, ...facts } = mail;
    const id = uuidv7(this.db.clock.now());
    const system = {
      callerId: 'system',
      channel: 'email',
      category: securityCategory,
      priority: priorities.account,
    };
    const row = this.row({ id, requestId: id, ...system }, message);
    await insert([{ ...row, ...facts }], tx);
    tx.afterCommit(this.parts.wake);
  }

  private async changePending(
    caller: Caller,
    id: string,
    statement: string,
    values: StatementValue[],
  ): Promise<void> {
    if (await this.change(caller, id, statement, values)) return;
    throw new AppError(
      notificationsErrors.NOTIFICATION_NOT_PENDING,
      'The notification is being delivered, or its status is final',
    );
  }

  /** One conditional write, so that it and a worker cannot both win. */
  private async change(
    caller: Caller,
    id: string,
    statement: string,
    values: StatementValue[],
  ): Promise<boolean> {
    if ((await this.find(caller, id)) === null) throw notFound('Notification');
    const isChanged = (await this.db.write(statement, values)).length > 0;
    if (isChanged) this.parts.updates.changed(id);
    return isChanged;
  }

  private isVisible(caller: Caller, row: NotificationRow): boolean {
    if (row.userId !== null && isSelf(caller, row.userId)) return true;
    return row.callerId === callerId(caller) || holds(caller, 'notifications:read');
  }

  private requireValid(caller: Caller, input: SendInput): void {
    for (const permission of permissionsToSend(input.category)) caller.require(permission);
    const mistakes = mistakesInRequest(input);
    if (mistakes.length > 0) throw invalid(mistakes);
  }

  private async prepare(
    sender: string,
    input: SendInput,
    attachments: readonly Attachment[] = [],
  ): Promise<NotificationRow[]> {
    const targets = targetsOf(input);
    const found = await this.parts.addresses.find(input.channel, targets);
    const unreachable = targets.filter(target => !found.has(target));
    if (unreachable.length > 0) {
      const field = input.userId == null ? 'recipients' : 'userId';
      const message = `${unreachable.length} cannot be reached over this channel, or are suspended`;
      throw invalid([{ field, message }]);
    }
    return this.rowsOf(
      sender,
      input,
      targets.flatMap(target => found.get(target)!),
      attachments,
    );
  }

  private async rowsOf(
    sender: string,
    input: SendInput,
    addresses: readonly RecipientAddress[],
    attachments: readonly Attachment[] = [],
  ): Promise<NotificationRow[]> {
    const scheduledAt = this.momentOf(input);
    if (attachments.length > 0 && scheduledAt !== null) this.requireLinksUntil(scheduledAt);
    const { message: text, template } = await this.messageFor(input);
    const message: Message = attachments.length === 0 ? text : { ...text, attachments: [...attachments] };
    const requestId = uuidv7(this.db.clock.now());
    const priority = input.isUrgent ? priorities.urgent : priorities.normal;
    const category = input.category ?? generalCategory;
    const facts = { requestId, callerId: sender, channel: input.channel, category, priority };
    return addresses.map(address => {
      const row = this.row({ id: uuidv7(this.db.clock.now()), ...facts }, message);
      return {
        ...row,
        ...address,
        templateId: template?.row.id ?? null,
        templateVersion: template?.version.version ?? null,
        scheduledAt,
        dueAt: scheduledAt ?? row.dueAt,
      };
    });
  }

  private row(
    facts: Pick<NotificationRow, 'id' | 'requestId' | 'callerId' | 'channel' | 'category' | 'priority'>,
    message: Message,
  ): NotificationRow {
    const now = this.db.clock.now();
    return {
      ...facts,
      userId: null,
      recipient: '',
      templateId: null,
      templateVersion: null,
      message: this.parts.seal.seal(facts.id, message),
      isSecret: false,
      status: 'pending',
      reason: null,
      scheduledAt: null,
      dueAt: now,
      lease: null,
      attempts: 0,
      expiresAt: null,
      traceId: currentTrace()?.traceId ?? null,
      createdAt: now,
      sentAt: null,
      readAt: null,
      archivedAt: null,
      isTransient: false,
    };
  }

  private async messageFor(
    input: SendInput,
  ): Promise<{ message: Message; template: TemplateAtVersion | undefined }> {
    const { channel, content, subject = null, contentType, templateId, template: name } = input;
    if (content != null) {
      const message: Message = { subject, content, contentType: contentType ?? 'text' };
      const mistakes = mistakesInMessage(channel, message);
      if (mistakes.length > 0) throw invalid(mistakes);
      return { message, template: undefined };
    }
    const { templates } = this.parts;
    const template = await templates.find(
      templateId == null ? 'template' : 'templateId',
      templateId ?? name ?? '',
      channel,
    );
    return { message: templates.message(template, input.variables ?? {}, input.locale), template };
  }

  /** A day is left for attempts that are repeated. */
  private requireLinksUntil(scheduledAt: number): void {
    const latest = this.db.clock.now() + linkSeconds * 1_000 - 24 * 60 * 60_000;
    if (scheduledAt > latest)
      throw invalid([{ field: 'attachments', message: 'need a moment of the next six days' }]);
  }

  private momentOf({ scheduledAt, localTime, timeZone }: Moment): number | null {
    if (scheduledAt == null && localTime == null) return null;
    const at = scheduledAt == null ? momentOf(localTime!, timeZone!) : scheduledAt.getTime();
    const now = this.db.clock.now();
    if (at !== undefined && at > now - 60_000 && at < now + farthestMs) return at;
    const field = scheduledAt == null ? 'localTime' : 'scheduledAt';
    throw invalid([{ field, message: 'must be in the future, at most a year ahead' }]);
  }

  private ofRequest(requestId: string): Promise<NotificationRow[]> {
    return this.db.read.find(NotificationRow, { where: { requestId }, order: { id: 'ASC' } });
  }
}

function conditionsOf({ channel, status, recipient, from, to }: HistoryFilter): Condition[] {
  const within: Condition[] = [];
  if (channel != null) within.push({ sql: 'channel = ?', values: [channel] });
  if (status != null) within.push({ sql: 'status = ?', values: [status] });
  if (recipient != null) within.push({ sql: 'recipient = ?', values: [recipient.replaceAll('\0', '')] });
  if (from != null) within.push({ sql: 'created_at >= ?', values: [from.getTime()] });
  if (to != null) within.push({ sql: 'created_at < ?', values: [to.getTime()] });
  return within;
}

function callerId({ kind, id }: Caller): string {
  return `${kind}:${id}`;
}

async function insert(rows: readonly NotificationRow[], tx: Transaction): Promise<void> {
  for (let at = 0; at < rows.length; at += batch)
    await tx.manager.insert(NotificationRow, rows.slice(at, at + batch));
}

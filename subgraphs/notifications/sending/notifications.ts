import { columnName } from '../../../platform/database/data-source';
import type { Database } from '../../../platform/database/database';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import type { Transaction } from '../../../platform/database/transaction';
import type { Delegations } from '../../../platform/delegations';
import { invalid } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import { currentTrace } from '../../../platform/observability/tracing';
import type { Caller } from '../../../platform/security/caller';
import { type Attachment, type Attachments, type Credentials, linkSeconds } from '../attachments/attachments';
import { defaultTimeZone } from '../local-time';
import {
  generalCategory,
  type Message,
  type MessageSeal,
  mistakesInMessage,
  priorities,
  securityCategory,
} from '../message';
import type { RecipientAddress, RecipientAddresses } from '../recipients/recipient-addresses';
import { NotificationRow, type TemplateText } from '../tables';
import { type TemplateAtVersion, type Templates, textFor } from '../templates/templates';
import { callerId } from './notification-history';
import {
  mistakesInRequest,
  permissionsToSend,
  requestedMoment,
  type SendInput,
  targetsOf,
} from './send-input';
import type { SendRequests } from './send-requests';

/** Rows of one INSERT, below SQLite's limit on parameters. */
const batch = 200;

/** Accepts notifications. The delivery worker sends them. */
export class Notifications {
  constructor(
    private readonly db: Database,
    private readonly parts: {
      seal: MessageSeal;
      addresses: RecipientAddresses;
      templates: Templates;
      requests: SendRequests;
      attachments: Attachments;
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
    const momentFor = await this.momentsFor(input, addresses);
    const { messageIn, template } = await this.messagesFor(input);
    const requestId = uuidv7(this.db.clock.now());
    const priority = input.isUrgent ? priorities.urgent : priorities.normal;
    const category = input.category ?? generalCategory;
    const facts = { requestId, callerId: sender, channel: input.channel, category, priority };
    return addresses.map(address => {
      const scheduledAt = momentFor(address);
      const text = messageIn(address.locale);
      if (attachments.length > 0 && scheduledAt !== null) this.requireLinksUntil(scheduledAt);
      const message: Message = attachments.length === 0 ? text : { ...text, attachments: [...attachments] };
      const row = this.row({ id: uuidv7(this.db.clock.now()), ...facts }, message);
      return {
        ...row,
        userId: address.userId,
        recipient: address.recipient,
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

  /** When each recipient gets it; null for at once. A local time without a zone is that of the recipient. */
  private async momentsFor(
    input: SendInput,
    addresses: readonly RecipientAddress[],
  ): Promise<(address: RecipientAddress) => number | null> {
    const now = this.db.clock.now();
    if (input.localTime == null || input.timeZone != null) {
      const at = requestedMoment(input, now);
      return () => at;
    }
    const userIds = new Set(addresses.flatMap(({ userId }) => userId ?? []));
    const zones = await this.parts.addresses.timeZones([...userIds]);
    return ({ userId }) =>
      requestedMoment({ ...input, timeZone: zones.get(userId ?? '') ?? defaultTimeZone }, now);
  }

  /** The message for recipients of each language. A text of a template is rendered once. */
  private async messagesFor(input: SendInput): Promise<{
    messageIn: (locale: string | null) => Message;
    template: TemplateAtVersion | undefined;
  }> {
    const { channel, content, subject = null, contentType, templateId, template: name } = input;
    if (content != null) {
      const message: Message = { subject, content, contentType: contentType ?? 'text' };
      const mistakes = mistakesInMessage(channel, message);
      if (mistakes.length > 0) throw invalid(mistakes);
      return { messageIn: () => message, template: undefined };
    }
    const { templates } = this.parts;
    const template = await templates.find(
      templateId == null ? 'template' : 'templateId',
      templateId ?? name ?? '',
      channel,
    );
    const rendered = new Map<TemplateText, Message>();
    const messageIn = (locale: string | null): Message => {
      const text = textFor(template, input.locale ?? locale);
      const message = rendered.get(text) ?? templates.message(template, text, input.variables ?? {});
      rendered.set(text, message);
      return message;
    };
    return { messageIn, template };
  }

  /** A day is left for attempts that are repeated. */
  private requireLinksUntil(scheduledAt: number): void {
    const latest = this.db.clock.now() + linkSeconds * 1_000 - 24 * 60 * 60_000;
    if (scheduledAt > latest)
      throw invalid([{ field: 'attachments', message: 'need a moment of the next six days' }]);
  }

  private ofRequest(requestId: string): Promise<NotificationRow[]> {
    return this.db.read.find(NotificationRow, { where: { requestId }, order: { id: 'ASC' } });
  }
}

async function insert(rows: readonly NotificationRow[], tx: Transaction): Promise<void> {
  for (let at = 0; at < rows.length; at += batch)
    await tx.manager.insert(NotificationRow, rows.slice(at, at + batch));
}

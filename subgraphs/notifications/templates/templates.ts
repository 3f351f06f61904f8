import { IsNull } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, type FieldError, invalid, notFound, platformErrors } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { notificationsErrors } from '../errors';
import { suitableLocale } from '../locales';
import { type Channel, longestContent, type Message, mistakesInMessage, mistakesInSubject } from '../message';
import { TemplateRow, type TemplateText, TemplateVersionRow } from '../tables';
import { mistakesInTemplate, render } from './rendering';

export interface NewTemplate {
  name: string;
  channel: Channel;
  subjectTemplate?: string | null | undefined;
  contentTemplate: string;
  variables?: string[] | null | undefined;
  /** Of the texts above; it is the default. */
  locale?: string | null | undefined;
  translations?: TemplateTextInput[] | null | undefined;
}

export interface TemplateTextInput {
  locale: string;
  subjectTemplate?: string | null | undefined;
  contentTemplate: string;
}

export type TemplatePatch = Omit<NewTemplate, 'channel'>;

/** A template at one of its versions. */
export interface TemplateAtVersion {
  row: TemplateRow;
  version: TemplateVersionRow;
}

const list = new KeysetList(TemplateRow, [{ property: 'id', type: 'text', direction: 'ASC' }]);
const mostVariables = 50;
const mostTexts = 50;

/** Texts with placeholders. Each change makes a version, and a notification keeps the version it was made from. */
export class Templates {
  constructor(private readonly db: Database) {}

  /** @throws AppError 401, 403 without templates:write; 409 TEMPLATE_NAME_TAKEN; 422 naming every wrong field */
  async create(caller: Caller, input: NewTemplate): Promise<TemplateAtVersion> {
    caller.require('templates:write');
    const { variables, texts } = checked(input.channel, input);
    const now = this.db.clock.now();
    const row: TemplateRow = {
      id: uuidv7(now),
      name: input.name,
      channel: input.channel,
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    const version: TemplateVersionRow = { templateId: row.id, version: 1, variables, texts };
    await this.write(async tx => {
      await tx.manager.insert(TemplateRow, row);
      await tx.manager.insert(TemplateVersionRow, version);
    });
    return { row, version };
  }

  /**
   * Replaces all texts, as a new version.
   *
   * @throws AppError 401, 403 without templates:write; 404; 409 TEMPLATE_NAME_TAKEN, VERSION_CONFLICT; 422
   */
  async update(
    caller: Caller,
    id: string,
    input: TemplatePatch,
    expected: number,
  ): Promise<TemplateAtVersion> {
    caller.require('templates:write');
    const found = await this.row(id);
    const { variables, texts } = checked(found.channel as Channel, input);
    const row: TemplateRow = {
      ...found,
      name: input.name,
      version: expected + 1,
      updatedAt: this.db.clock.now(),
    };
    const version: TemplateVersionRow = { templateId: id, version: row.version, variables, texts };
    await this.write(async tx => {
      const changed = await tx.manager.update(
        TemplateRow,
        { id, version: expected, deletedAt: IsNull() },
        { name: row.name, version: row.version, updatedAt: row.updatedAt },
      );
      if (affectedRows(changed) === 0) {
        throw new AppError(platformErrors.VERSION_CONFLICT, 'The template was changed since it was read', {
          details: { currentVersion: found.version },
        });
      }
      await tx.manager.insert(TemplateVersionRow, version);
    });
    return { row, version };
  }

  /** Its name is free then; notifications that were made from it stay. @throws AppError 401, 403, 404 */
  async delete(caller: Caller, id: string): Promise<void> {
    caller.require('templates:write');
    const { id: known } = await this.row(id);
    const deletedAt = this.db.clock.now();
    await this.db.transaction(tx =>
      tx.manager.update(TemplateRow, { id: known, deletedAt: IsNull() }, { deletedAt }),
    );
  }

  /** @throws AppError 401, 403 without templates:read; 422 for a page that is not valid */
  async list(caller: Caller, request: PageRequest): Promise<Page<TemplateAtVersion>> {
    caller.require('templates:read');
    const page = await list.page(this.db, [{ sql: 'COALESCE(deleted_at, 0) = ?', values: [0] }], request);
    const nodes = await Promise.all(page.nodes.map(row => this.atVersion(row)));
    return {
      ...page,
      nodes,
      edges: page.edges.map(({ cursor }, index) => ({ cursor, node: nodes[index]! })),
    };
  }

  /** @throws AppError 401, 403 as `list`; 404; 422 for variables that are missing or not declared */
  async preview(
    caller: Caller,
    id: string,
    variables: Record<string, unknown>,
    locale: string | null | undefined,
  ): Promise<Message> {
    caller.require('templates:read');
    const template = await this.atVersion(await this.row(id));
    return this.message(template, textFor(template, locale), variables);
  }

  /** The template of this id or name. @throws AppError 422 when there is none for the channel */
  async find(field: string, idOrName: string, channel: Channel): Promise<TemplateAtVersion> {
    const where = isUuid(idOrName) ? { id: idOrName } : { name: idOrName };
    const row = await this.db.read.findOneBy(TemplateRow, { ...where, channel, deletedAt: IsNull() });
    if (row === null) throw invalid([{ field, message: `is not a template for the channel ${channel}` }]);
    return this.atVersion(row);
  }

  /** @throws AppError 422 for variables that are missing or not declared, and for a result that cannot be sent */
  message(
    { row, version }: TemplateAtVersion,
    text: TemplateText,
    variables: Record<string, unknown>,
  ): Message {
    const mistakes = mistakesInVariables(version.variables, variables);
    if (mistakes.length > 0) throw invalid(mistakes);
    const message = render(row.channel as Channel, text, variables);
    const unsendable = mistakesInMessage(row.channel as Channel, message);
    if (unsendable.length > 0) throw invalid(unsendable);
    return message;
  }

  private async row(id: string): Promise<TemplateRow> {
    const row = isUuid(id) ? await this.db.read.findOneBy(TemplateRow, { id, deletedAt: IsNull() }) : null;
    if (row === null) throw notFound('Template');
    return row;
  }

  private async atVersion(row: TemplateRow): Promise<TemplateAtVersion> {
    const version = await this.db.read.findOneByOrFail(TemplateVersionRow, {
      templateId: row.id,
      version: row.version,
    });
    return { row, version };
  }

  private async write(work: (tx: Transaction) => Promise<void>): Promise<void> {
    try {
      await this.db.transaction(work);
    } catch (error) {
      if (!uniqueViolation(error)?.includes('name')) throw error;
      throw new AppError(notificationsErrors.TEMPLATE_NAME_TAKEN, 'Another template has this name');
    }
  }
}

/** `pt-BR`, then `pt`, then the default. */
export function textFor(
  { version: { texts } }: TemplateAtVersion,
  locale: string | null | undefined,
): TemplateText {
  const suitable = suitableLocale(
    texts.map(text => text.locale),
    locale,
  );
  return texts.find(text => text.locale === suitable) ?? texts[0]!;
}

function mistakesInVariables(declared: readonly string[], given: Record<string, unknown>): FieldError[] {
  const missing = declared.filter(name => !Object.hasOwn(given, name) || given[name] === null);
  const unknown = Object.keys(given).filter(name => !declared.includes(name));
  return [
    ...missing.map(name => ({ field: `variables.${name}`, message: 'is required by the template' })),
    ...unknown
      .slice(0, 20)
      .map(name => ({ field: `variables.${name.slice(0, 60)}`, message: 'is not declared by the template' })),
  ];
}

/** @throws AppError 422 naming every wrong field */
function checked(channel: Channel, input: TemplatePatch): { variables: string[]; texts: TemplateText[] } {
  const variables = [...new Set(input.variables ?? [])];
  const first: TemplateTextInput = { ...input, locale: input.locale ?? 'en' };
  const given = [first, ...(input.translations ?? [])];
  const mistakes: FieldError[] = [];
  if (!/^[a-z][a-z0-9-]{1,63}$/.test(input.name))
    mistakes.push({ field: 'name', message: 'must be 2 to 64 of a-z, 0-9 and -, and begin with a letter' });
  if (variables.length > mostVariables || variables.some(name => !/^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(name)))
    mistakes.push({
      field: 'variables',
      message: `must be at most ${mostVariables} names of letters, digits and _`,
    });
  if (given.length > mostTexts || new Set(given.map(each => each.locale.toLowerCase())).size < given.length)
    mistakes.push({ field: 'translations', message: `must be at most ${mostTexts}, one a locale` });
  if (mistakes.length === 0)
    mistakes.push(
      ...given.flatMap((text, at) =>
        mistakesInText(channel, text, at === 0 ? '' : `translations.${at - 1}.`, variables),
      ),
    );
  if (mistakes.length > 0) throw invalid(mistakes);
  const texts = given.map(({ locale, subjectTemplate = null, contentTemplate }) => ({
    locale,
    subjectTemplate,
    contentTemplate,
  }));
  return { variables, texts };
}

function mistakesInText(
  channel: Channel,
  { locale, subjectTemplate, contentTemplate }: TemplateTextInput,
  prefix: string,
  variables: readonly string[],
): FieldError[] {
  const mistakes: FieldError[] = [];
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(locale))
    mistakes.push({ field: `${prefix}locale`, message: 'must be a language tag such as en or pt-BR' });
  mistakes.push(...mistakesInSubject(channel, `${prefix}subjectTemplate`, subjectTemplate ?? null));
  if (contentTemplate === '' || contentTemplate.length > longestContent)
    mistakes.push({
      field: `${prefix}contentTemplate`,
      message: `must have 1 to ${longestContent} characters`,
    });
  if ((subjectTemplate?.length ?? 0) > 1_000)
    mistakes.push({ field: `${prefix}subjectTemplate`, message: 'must have at most 1000 characters' });
  if (mistakes.length > 0) return mistakes;
  return [
    ...mistakesInTemplate(`${prefix}subjectTemplate`, subjectTemplate ?? '', variables),
    ...mistakesInTemplate(`${prefix}contentTemplate`, contentTemplate, variables),
  ];
}

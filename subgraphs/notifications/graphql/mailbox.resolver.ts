import { Arg, Int, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { Mailbox } from '../delivery/mailbox';
import { type MailboxMessage, MailboxMessageConnection } from './types';
import { mailboxMessageOf } from './views';

@Resolver()
export class MailboxResolver {
  /** @param mailbox undefined where the dev mailbox is off */
  constructor(private readonly mailbox: Mailbox | undefined) {}

  @Query(() => MailboxMessageConnection, {
    name: 'mailbox',
    nullable: true,
    description:
      'What the dev mailbox caught, the newest first; null where it is off. Anybody can read it: it is for development. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('search', () => String, { nullable: true, description: 'A part of a recipient or subject.' })
    search: string | null | undefined,
  ): Promise<Page<MailboxMessage> | null> {
    const { mailbox } = this;
    if (mailbox === undefined) return null;
    return mapPage(await mailbox.list(search, { first, after }), row => mailboxMessageOf(row, mailbox));
  }
}

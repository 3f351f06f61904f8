import { Arg, Ctx, Directive, Mutation, Query, Resolver } from 'type-graphql';
import type { NotificationsContext } from '../loaders';
import type { Preferences } from '../preferences/preferences';
import { NotificationPreferences, UpdatePreferencesInput } from './preferences.types';
import { preferencesOf } from './views';

@Resolver()
export class PreferencesResolver {
  constructor(private readonly preferences: Preferences) {}

  @Directive('@authenticated')
  @Query(() => NotificationPreferences, {
    name: 'notificationPreferences',
    nullable: true,
    description: 'The preferences of the caller. Errors: FORBIDDEN (403) for API keys.',
  })
  async read(@Ctx() { caller }: NotificationsContext): Promise<NotificationPreferences> {
    return preferencesOf(await this.preferences.read(caller));
  }

  @Directive('@authenticated')
  @Mutation(() => NotificationPreferences, {
    name: 'updatePreferences',
    nullable: true,
    description:
      'Changes the preferences of the caller; they hold for everything that is not sent yet. Errors: FORBIDDEN (403) for API keys, VALIDATION_FAILED (422), also for switching `security` off.',
  })
  async update(
    @Ctx() { caller }: NotificationsContext,
    @Arg('input', () => UpdatePreferencesInput) { switches, quietHours }: UpdatePreferencesInput,
  ): Promise<NotificationPreferences> {
    const given = switches?.map(({ category = null, channel = null, isEnabled }) => ({
      category,
      channel,
      isEnabled,
    }));
    const hours = quietHours && { ...quietHours, timeZone: quietHours.timeZone ?? null };
    return preferencesOf(await this.preferences.update(caller, { switches: given, quietHours: hours }));
  }
}

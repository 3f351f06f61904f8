import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';
import { SecurityEventType } from '../security-events/security-event';

registerEnumType(SecurityEventType, {
  name: 'SecurityEventType',
  description: 'The type of a security event.',
  valuesConfig: {
    REGISTERED: { description: 'The account was created; without an address by the operator.' },
    SIGNED_IN: { description: 'A session was opened: `details.sessionId`.' },
    SIGN_IN_FAILED: {
      description:
        'A password or code was wrong. Attempts that are refused during a wait are not recorded, which limits these events to about a hundred a day.',
    },
    SIGNED_OUT: { description: 'The owner logged out: `details.sessionIds`.' },
    REAUTHENTICATED: { description: 'The owner authenticated again.' },
    SESSIONS_REVOKED: { description: 'Sessions were revoked from another session: `details.sessionIds`.' },
    REFRESH_TOKEN_REUSED: {
      description:
        'A refresh token was reused, so two clients hold it. Its session, `details.sessionId`, was ended.',
    },
    EMAIL_VERIFIED: { description: 'The owner verified the email with a mailed link.' },
    PASSWORD_RESET_REQUESTED: { description: 'A link to set a new password was mailed.' },
    PASSWORD_RESET: { description: 'A new password was set with a mailed link; all sessions ended.' },
    PASSWORD_CHANGED: { description: 'The owner changed the password; all other sessions ended.' },
    INVITATION_ACCEPTED: { description: 'The owner accepted an invitation and set the first password.' },
    TOTP_ENABLED: { description: 'The second factor was enabled.' },
    TOTP_DISABLED: { description: 'The second factor was disabled.' },
    RECOVERY_CODE_USED: { description: 'A recovery code replaced a code of the authenticator app.' },
    RECOVERY_CODES_RENEWED: { description: 'New recovery codes were issued; the old ones are invalid.' },
    API_KEY_CREATED: { description: 'The owner created an API key: `details`.' },
    API_KEY_REVOKED: { description: 'An API key of the owner was revoked: `details`.' },
    SUSPENDED: { description: '`actorId` suspended the account; all sessions ended.' },
    REACTIVATED: { description: '`actorId` reactivated the account.' },
    ROLES_CHANGED: { description: 'Roles were given or taken: `details.added` and `details.removed`.' },
    DELETED: { description: '`actorId` deleted the account.' },
    ROLE_CREATED: {
      description:
        'The owner created a role: `details.role`, and `details.added` with its permissions. An action of an API key stands in the log of the user who created the key, with the key as `actorId`.',
    },
    ROLE_UPDATED: {
      description:
        'The owner, or an API key as with `ROLE_CREATED`, changed a role: `details.role`, `details.formerName` when it was renamed, and permissions in `details.added` and `details.removed`.',
    },
    ROLE_DELETED: {
      description:
        'The owner, or an API key as with `ROLE_CREATED`, deleted a role: `details.role`, and `details.removed` with its permissions.',
    },
  },
});

@ObjectType('SecurityEvent', {
  simpleResolvers: true,
  description:
    'An entry of the append-only security log of an account, stored in the transaction of the action. Limits: kept for SECURITY_EVENT_RETENTION days, 400 by default. Those in which the owner acted end with the account, apart from changes of roles.',
})
export class SecurityEvent {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { description: 'The user of the account.' })
  userId: string;

  @Field(() => SecurityEventType)
  type: SecurityEventType;

  @Field(() => DateTime)
  occurredAt: Date;

  @Field(() => ID, {
    nullable: true,
    description: 'The user or API key that acted; null for the owner and for an anonymous client.',
  })
  actorId: string | null;

  @Field(() => String, {
    description:
      'The IP address of the request; empty without a request, and for the owner where `actorId` acted.',
  })
  address: string;

  @Field(() => String, {
    description: 'Browser and operating system derived from `userAgent`, such as `Firefox on Linux`.',
  })
  device: string;

  @Field(() => String, {
    description: 'The `user-agent` header, at most 300 characters; empty where `address` is empty.',
  })
  userAgent: string;

  @Field(() => String, {
    nullable: true,
    description: 'The trace id of the request, as in logs and errors; null without a request.',
  })
  traceId: string | null;

  @Field(() => JSONObject, { description: 'More facts, which depend on the type; `{}` without any.' })
  details: object;
}

export const SecurityEventConnection = connectionOf('SecurityEvent', () => SecurityEvent);

@InputType('SecurityEventFilter', { description: 'Conditions that must all hold.' })
export class SecurityEventFilterInput {
  @Field(() => ID, { nullable: true, description: 'The user of the account.' })
  userId?: string | null;

  @Field(() => SecurityEventType, { nullable: true })
  type?: SecurityEventType | null;

  @Field(() => DateTime, { nullable: true, description: 'At this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Before this moment.' })
  to?: Date | null;
}

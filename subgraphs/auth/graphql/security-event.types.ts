import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/database/page';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';
import { SecurityEventType } from '../security-events/security-event';

registerEnumType(SecurityEventType, {
  name: 'SecurityEventType',
  description: 'What happened to the security of an account.',
  valuesConfig: {
    REGISTERED: { description: 'The account was made; without an address, by the operator.' },
    SIGNED_IN: { description: 'A session began: `details.sessionId`.' },
    SIGN_IN_FAILED: {
      description:
        'A wrong password, where one was asked for. Attempts that are refused during a wait are not noted, which keeps these to about a hundred a day.',
    },
    SIGNED_OUT: { description: 'The owner logged out: `details.sessionIds`.' },
    REAUTHENTICATED: { description: 'The owner proved again who they are.' },
    SESSIONS_REVOKED: { description: 'Sessions were ended from another one: `details.sessionIds`.' },
    REFRESH_TOKEN_REUSED: {
      description:
        'A spent refresh token came back, so two held it: its session, `details.sessionId`, ended.',
    },
    EMAIL_VERIFIED: { description: 'A link that was mailed came back.' },
    PASSWORD_RESET_REQUESTED: { description: 'A link to set a new password was mailed.' },
    PASSWORD_RESET: { description: 'A new password was set with such a link; all sessions ended.' },
    PASSWORD_CHANGED: { description: 'A new password was set with the old one; all other sessions ended.' },
    INVITATION_ACCEPTED: { description: 'The first password of an account that somebody made was chosen.' },
    TOTP_ENABLED: { description: 'A second factor is asked for from now on.' },
    TOTP_DISABLED: { description: 'No second factor is asked for any more.' },
    RECOVERY_CODE_USED: { description: 'A recovery code stood in for the second factor.' },
    RECOVERY_CODES_RENEWED: { description: 'There are new recovery codes; the old ones are good no more.' },
    API_KEY_CREATED: { description: 'The owner made an API key: `details`.' },
    API_KEY_REVOKED: { description: 'An API key of the owner was revoked: `details`.' },
    SUSPENDED: { description: 'The account was closed by `actorId`; all sessions ended.' },
    REACTIVATED: { description: 'The account was opened again by `actorId`.' },
  },
});

@ObjectType('SecurityEvent', {
  simpleResolvers: true,
  description:
    'Something that happened to the security of an account. Written in the transaction of the deed and never changed; kept for SECURITY_EVENT_RETENTION days, 400 unless set, or until the account is erased.',
})
export class SecurityEvent {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { description: 'Whose account.' })
  userId: string;

  @Field(() => SecurityEventType)
  type: SecurityEventType;

  @Field(() => DateTime)
  occurredAt: Date;

  @Field(() => ID, {
    nullable: true,
    description:
      'The user, or the API key, who did it; null where that is the owner, or nobody who was signed in.',
  })
  actorId: string | null;

  @Field(() => String, {
    description:
      'IP address it came from; empty where it came with no request, and for the owner where `actorId` did it.',
  })
  address: string;

  @Field(() => String, {
    description: 'Browser and system, such as `Firefox on Linux`; a guess, of what `userAgent` says.',
  })
  device: string;

  @Field(() => String, {
    description: 'The `user-agent` header, at most 300 characters; empty as `address` is.',
  })
  userAgent: string;

  @Field(() => String, {
    nullable: true,
    description: 'Trace of the request, as in logs and error answers; null where it came with no request.',
  })
  traceId: string | null;

  @Field(() => JSONObject, { description: 'What else is known, by type; `{}` where that is nothing.' })
  details: object;
}

export const SecurityEventConnection = connectionOf('SecurityEvent', () => SecurityEvent);

@InputType('SecurityEventFilter', { description: 'All that is given must hold.' })
export class SecurityEventFilterInput {
  @Field(() => ID, { nullable: true, description: 'Whose account.' })
  userId?: string | null;

  @Field(() => SecurityEventType, { nullable: true })
  type?: SecurityEventType | null;

  @Field(() => DateTime, { nullable: true, description: 'At this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Before this moment.' })
  to?: Date | null;
}

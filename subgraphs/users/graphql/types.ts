import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';
import { UserOrder } from '../profiles/profiles';

@ObjectType('User', {
  simpleResolvers: true,
  description: 'A user account. Fields of another user need `users:read` and are null or empty without it.',
})
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}

@ObjectType('UserProfile', { simpleResolvers: true, description: 'The profile of a user.' })
@Directive('@key(fields: "id")')
export class UserProfile {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { nullable: true, description: 'The user of the profile.' })
  userId: string;

  @Field(() => String, { nullable: true, description: 'Given name, at most 100 characters.' })
  firstName: string | null;

  @Field(() => String, { nullable: true, description: 'Family name, at most 100 characters.' })
  lastName: string | null;

  /** As it is stored; the field `phone` opens it. */
  sealedPhone: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A language tag (BCP 47) such as `pt-BR`: the language of messages to the user.',
  })
  locale: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user.',
  })
  timeZone: string | null;

  @Field(() => String, { nullable: true, description: 'Address of a picture, http or https.' })
  avatarUrl: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of an uploaded picture; `avatar` is the file.' })
  avatarFileId: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'A JSON object for the application; `{}` by default. Limits: 16 KiB, 10 levels.',
  })
  metadata: object;

  @Field(() => Int, {
    nullable: true,
    description: 'Grows with each change. `updateUser` takes it to detect concurrent changes.',
  })
  version: number;

  @Field(() => DateTime, { nullable: true, description: 'When the profile was last changed.' })
  updatedAt: Date;
}

@ObjectType('Role', {
  simpleResolvers: true,
  description:
    'A named set of permissions. The role `administrator` grants `*`; every registered user gets the role `user`.',
})
@Directive('@key(fields: "id")')
export class Role {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: '2 to 50 of a-z, 0-9 and `-`, beginning with a letter; unique.' })
  name: string;

  @Field(() => String, { description: 'A text for people; empty by default.' })
  description: string;

  @Field(() => [String], {
    description:
      'Sorted. `resource:action` such as `files:read`; `files:*` grants every action on files, `*` everything.',
  })
  permissions: string[];

  @Field(() => Boolean, {
    description: 'Whether the role comes with Plinth and cannot be deleted or renamed.',
  })
  isSystem: boolean;

  @Field(() => Int, {
    description: 'Grows with each change. `updateRole` takes it to detect concurrent changes.',
  })
  version: number;
}

@ObjectType('AccessGrant', {
  simpleResolvers: true,
  description: 'A permission of a role that grants the requested one.',
})
export class AccessGrant {
  @Field(() => Role, { description: 'The role of the user.' })
  role: Role;

  @Field(() => String, { description: 'The permission itself, or a wildcard over it such as `files:*`.' })
  grant: string;
}

@ObjectType('AccessExplanation', {
  simpleResolvers: true,
  description:
    'Why a user has a permission or not, from the roles that the user holds. Access to one’s own data needs no permission and is not part of it.',
})
export class AccessExplanation {
  @Field(() => Boolean, { description: 'Whether the user has the permission.' })
  allowed: boolean;

  @Field(() => AccessGrant, {
    nullable: true,
    description: 'The grant that decides; null when it is not allowed.',
  })
  decidedBy: AccessGrant | null;

  @Field(() => [AccessGrant], {
    description:
      'Every grant of the permission, by name of the role; each alone is enough. A suspended account may have grants and is not allowed.',
  })
  grants: AccessGrant[];

  @Field(() => [Role], {
    nullable: true,
    description:
      'The roles that would grant it, by name, at most 100; empty when the user has a grant. Needs `roles:read`, and is null without it.',
  })
  wouldGrant: Role[] | null;

  @Field(() => String, { description: 'The explanation as a sentence for people.' })
  reason: string;
}

export const UserConnection = connectionOf('User', () => User);
export const RoleConnection = connectionOf('Role', () => Role);

registerEnumType(UserOrder, {
  name: 'UserOrder',
  description: 'The orders of the list of users. Usernames are ordered without regard to case.',
});

@InputType('UserFilter', { description: 'Conditions that must all hold.' })
export class UserFilterInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether the account is active.' })
  active?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The name of a role of the user.' })
  role?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Registered at this moment or later.' })
  createdAfter?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Registered before this moment.' })
  createdBefore?: Date | null;
}

@InputType('UpdateUserInput', {
  description: 'The profile fields that change. An absent field stays as it is, null clears it.',
})
export class UpdateUserInput {
  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  lastName?: string | null;

  @Field(() => String, { nullable: true, description: 'E.164, such as +4930901820. Encrypted at rest.' })
  phone?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A language tag (BCP 47) such as `pt-BR`: the language of messages to the user.',
  })
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user.',
  })
  timeZone?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An http or https URL of at most 2,048 characters, without user name and password.',
  })
  avatarUrl?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of an uploaded picture, which becomes `UserProfile.avatar`.',
  })
  avatarFileId?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Replaces the whole object: at most 16 KiB as JSON, at most 10 levels deep.',
  })
  metadata?: Record<string, unknown> | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the client has read; without it the last write of a field wins. Errors: VERSION_CONFLICT (409) when there is a newer version.',
  })
  version?: number | null;
}

@InputType('CreateRoleInput', { description: 'A new role.' })
export class CreateRoleInput {
  @Field(() => String, { description: '2 to 50 of a-z, 0-9 and `-`, beginning with a letter.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'At most 500 characters.' })
  description?: string | null;

  @Field(() => [String], {
    description: 'At most 100 permissions that the caller holds, such as `files:read`, `files:*` or `*`.',
  })
  permissions: string[];
}

@InputType('UpdateRoleInput', {
  description: 'The fields of a role that change. An absent field stays as it is.',
})
export class UpdateRoleInput {
  @Field(() => String, { nullable: true, description: 'As in `CreateRoleInput`; cannot be null.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'At most 500 characters; null clears it.' })
  description?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Replaces all permissions; the caller must hold those that are added. Cannot be null; an empty list removes all.',
  })
  permissions?: string[];

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the client has read. Errors: VERSION_CONFLICT (409) when there is a newer version.',
  })
  version?: number | null;
}

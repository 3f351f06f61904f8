import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/database/page';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';
import { UserOrder } from '../profiles/profiles';

@ObjectType('User', {
  simpleResolvers: true,
  description:
    'Somebody with an account. What others may not see of it looks as if it were not there: it takes the permission `users:read`, or being that user.',
})
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}

@ObjectType('UserProfile', { simpleResolvers: true, description: 'What somebody tells about themselves.' })
export class UserProfile {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { description: 'Whose profile this is.' })
  userId: string;

  @Field(() => String, { nullable: true, description: 'Given name, at most 100 characters.' })
  firstName: string | null;

  @Field(() => String, { nullable: true, description: 'Family name, at most 100 characters.' })
  lastName: string | null;

  /** As it is stored; the field `phone` opens it. */
  sealedPhone: string | null;

  @Field(() => String, { nullable: true, description: 'Address of a picture, http or https.' })
  avatarUrl: string | null;

  @Field(() => JSONObject, {
    description:
      'Free JSON of the application: at most 16 KiB, at most 10 levels deep; `{}` while there is none.',
  })
  metadata: object;

  @Field(() => Int, {
    description: 'Grows with each change; pass it to `updateUser` to change only what you have seen.',
  })
  version: number;

  @Field(() => DateTime, { description: 'When the profile was last changed.' })
  updatedAt: Date;
}

@ObjectType('Role', {
  simpleResolvers: true,
  description:
    'A named set of permissions. `administrator` holds `*`; `user` is given to everybody who registers.',
})
@Directive('@key(fields: "id")')
export class Role {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: '2 to 50 of a-z, 0-9 and `-`, beginning with a letter; unique.' })
  name: string;

  @Field(() => String, { description: 'For people; empty while there is none.' })
  description: string;

  @Field(() => [String], {
    description:
      'Sorted. `resource:action` such as `files:read`; `files:*` grants every action on files, `*` everything.',
  })
  permissions: string[];

  @Field(() => Boolean, { description: 'Comes with Plinth: cannot be deleted or renamed.' })
  isSystem: boolean;

  @Field(() => Int, {
    description: 'Grows with each change; pass it to `updateRole` to change only what you have seen.',
  })
  version: number;
}

@ObjectType('AccessGrant', {
  simpleResolvers: true,
  description: 'A rule that says yes: a permission as it is written in a role.',
})
export class AccessGrant {
  @Field(() => Role, { description: 'The role that is held.' })
  role: Role;

  @Field(() => String, { description: 'The permission itself, or a wildcard over it such as `files:*`.' })
  grant: string;
}

@ObjectType('AccessExplanation', {
  simpleResolvers: true,
  description:
    'Why somebody may do something or may not, from the roles held now. What is one’s own takes no permission and is not part of it.',
})
export class AccessExplanation {
  @Field(() => Boolean, { description: 'Whether the permission is held.' })
  allowed: boolean;

  @Field(() => AccessGrant, { nullable: true, description: 'The rule that decides; null when not allowed.' })
  decidedBy: AccessGrant | null;

  @Field(() => [AccessGrant], {
    description:
      'Every rule that says yes, by name of the role: each alone would do, so all must go to take the access away. A suspended account may have some and still not be allowed.',
  })
  grants: AccessGrant[];

  @Field(() => [Role], {
    nullable: true,
    description:
      'The roles that would grant it, by name, at most 100; empty when no rule is missing, null without `roles:read`.',
  })
  wouldGrant: Role[] | null;

  @Field(() => String, { description: 'The same as a sentence for people.' })
  reason: string;
}

export const UserConnection = connectionOf('User', () => User);
export const RoleConnection = connectionOf('Role', () => Role);

registerEnumType(UserOrder, {
  name: 'UserOrder',
  description: 'Orders of the list of users. Capitals do not matter to the order of usernames.',
});

@InputType('UserFilter', { description: 'All that is given must hold.' })
export class UserFilterInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether the account is active.' })
  active?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The name of a role that is held.' })
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
    description: 'An http or https URL of at most 2,048 characters, without user name and password.',
  })
  avatarUrl?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Replaces the whole object: at most 16 KiB as JSON, at most 10 levels deep.',
  })
  metadata?: Record<string, unknown> | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that you have seen: the change fails with VERSION_CONFLICT (409) when there is a newer one. Without it the last writer of a field wins.',
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
    description: 'At most 100, such as `files:read`, `files:*` or `*`; only what the caller holds as well.',
  })
  permissions: string[];
}

@InputType('UpdateRoleInput', { description: 'What changes of a role. An absent field stays as it is.' })
export class UpdateRoleInput {
  @Field(() => String, { nullable: true, description: 'As in `CreateRoleInput`; cannot be null.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'At most 500 characters; null clears it.' })
  description?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Replaces all of them; what is added must be held by the caller as well. Cannot be null: an empty list takes all away.',
  })
  permissions?: string[];

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that you have seen: fails with VERSION_CONFLICT (409) when there is a newer one.',
  })
  version?: number | null;
}

/* eslint-disable */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  DateTime: { input: string; output: string; }
  /** The `JSONObject` scalar type represents JSON objects as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf). */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
};

/** Why somebody may do something or may not, from the roles held now. What is one’s own takes no permission and is not part of it. */
export type AccessExplanation = {
  __typename?: 'AccessExplanation';
  /** Whether the permission is held. */
  allowed: Scalars['Boolean']['output'];
  /** The rule that decides; null when not allowed. */
  decidedBy?: Maybe<AccessGrant>;
  /** Every rule that says yes, by name of the role: each alone would do, so all must go to take the access away. A suspended account may have some and still not be allowed. */
  grants: Array<AccessGrant>;
  /** The same as a sentence for people. */
  reason: Scalars['String']['output'];
  /** The roles that would grant it, by name, at most 100; empty when no rule is missing, null without `roles:read`. */
  wouldGrant?: Maybe<Array<Role>>;
};

/** A rule that says yes: a permission as it is written in a role. */
export type AccessGrant = {
  __typename?: 'AccessGrant';
  /** The permission itself, or a wildcard over it such as `files:*`. */
  grant: Scalars['String']['output'];
  /** The role that is held. */
  role: Role;
};

/** A credential for scripts and services, sent as `x-api-key`. It acts with its scopes and nothing more. */
export type ApiKey = {
  __typename?: 'ApiKey';
  createdAt: Scalars['DateTime']['output'];
  /** The user who made it. */
  createdBy: Scalars['ID']['output'];
  /** Null when it does not expire. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** To the minute; null while it never was. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  name: Scalars['String']['output'];
  /** How the key begins, to recognise it by. */
  prefix: Scalars['String']['output'];
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Permissions, as those of roles; wildcards such as `users:*`. */
  scopes: Array<Scalars['String']['output']>;
};

/** A page of a list of ApiKey. */
export type ApiKeyConnection = {
  __typename?: 'ApiKeyConnection';
  edges: Array<ApiKeyEdge>;
  /** The nodes of `edges`. */
  nodes: Array<ApiKey>;
  pageInfo: PageInfo;
};

/** One ApiKey and its place in the list. */
export type ApiKeyEdge = {
  __typename?: 'ApiKeyEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: ApiKey;
};

export type CompleteLoginInput = {
  /** The `challenge` of MFA_REQUIRED, at most five minutes old. */
  challenge: Scalars['String']['input'];
  /** The six digits of the authenticator app, or a recovery code. Spaces, hyphens and capitals do not matter. */
  code: Scalars['String']['input'];
};

export type CreateApiKeyInput = {
  /** In the future; the key does not expire without it. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** 1 to 50 permissions, none more than one holds oneself. */
  scopes: Array<Scalars['String']['input']>;
};

/** A new role. */
export type CreateRoleInput = {
  /** At most 500 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 50 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** At most 100, such as `files:read`, `files:*` or `*`; only what the caller holds as well. */
  permissions: Array<Scalars['String']['input']>;
};

export type CreatedApiKey = {
  __typename?: 'CreatedApiKey';
  apiKey: ApiKey;
  /** The key itself. It is not stored and cannot be shown again. */
  key: Scalars['String']['output'];
};

export type LoginInput = {
  password: Scalars['String']['input'];
  /** The username or the email address. */
  username: Scalars['String']['input'];
};

export type Mutation = {
  __typename?: 'Mutation';
  /** Chooses the first password of an account that somebody made, with the token of the mailed invitation, good for seven days. Otherwise as `resetPassword`. */
  acceptInvitation: Scalars['Boolean']['output'];
  /** Gives roles, by name; those held already stay. Needs `users:assign-roles`, and each permission that the roles grant. Takes effect at once, in tokens that exist too. */
  assignRoles: User;
  /** Changes the caller’s password and ends their other sessions; when it answers, every server refuses their tokens. The owner is told by mail. VALIDATION_FAILED (422) names every reason against the new password, as `register` does, and refuses the current one again; INVALID_CREDENTIALS (401) for a wrong current one, which counts as a failed sign-in: TOO_MANY_ATTEMPTS (429). With a second factor on it needs a sign-in of the last ten minutes, else REAUTHENTICATION_REQUIRED (401). SERVICE_UNAVAILABLE (503) when it is changed and not all could be told yet. */
  changePassword: Scalars['Boolean']['output'];
  /** The second step of a sign-in that answered MFA_REQUIRED. INVALID_CODE (401), TOO_MANY_ATTEMPTS (429) as `login`; CHALLENGE_INVALID (401) when the challenge was used, is too old, or the password or factor has changed: begin again. */
  completeLogin: SignedIn;
  /** Turns the second factor on with a code of the app, and ends the other sessions of the caller, which a password alone began. INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED (409), TOO_MANY_ATTEMPTS (429). */
  confirmTotp: RecoveryCodes;
  /** Makes a key for a script or service. Needs `api-keys:write`, and each scope oneself. The key is shown this once. */
  createApiKey: CreatedApiKey;
  /** Needs `roles:write`, and each permission that the role grants. ROLE_NAME_TAKEN (409) when there is one of that name. */
  createRole: Role;
  /** Suspends an account: it cannot sign in, and all its sessions end at once. Needs `users:activate`; OWN_ACCOUNT, LAST_ADMINISTRATOR (409). */
  deactivateUser: User;
  /** Deletes a role and answers its id. Needs `roles:write`. ROLE_IN_USE (409) with the number of members while somebody holds it, unless `reassignTo` names the role that they get instead; SYSTEM_ROLE (409) for those that come with Plinth. */
  deleteRole: Scalars['ID']['output'];
  /** Turns the second factor off; the recovery codes go with it, sessions stay. INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409), TOO_MANY_ATTEMPTS (429). */
  disableTotp: User;
  /** Begins a second factor: a new secret for an authenticator app, in place of one that was not confirmed. Sign-ins ask for it once `confirmTotp` has been answered. Needs a sign-in of the last ten minutes, else REAUTHENTICATION_REQUIRED (401); TOTP_ALREADY_ENABLED (409). */
  enrolTotp: TotpEnrolment;
  /** Signs in. INVALID_CREDENTIALS (401) does not say what was wrong; MFA_REQUIRED (401) when the password is right and a second factor is on, with a `challenge` for `completeLogin`, good for five minutes and one sign-in; TOO_MANY_ATTEMPTS (429) after five failures in a row, with `retryAfterSeconds`: a second, doubling up to fifteen minutes. */
  login: SignedIn;
  /** Ends the session of this request, or all of the caller. When it answers, every server refuses their tokens. SERVICE_UNAVAILABLE (503) when not all could be told yet. */
  logout: Scalars['Boolean']['output'];
  /** Lets a suspended account sign in again. Needs `users:activate`. */
  reactivateUser: User;
  /** Proves again who is signed in, for what answers REAUTHENTICATION_REQUIRED (401): tokens of the same session, with `auth_time` now. INVALID_CREDENTIALS, INVALID_CODE (401), TOO_MANY_ATTEMPTS (429) as `login`; VALIDATION_FAILED (422) when a code is due. */
  reauthenticate: Tokens;
  /** New tokens for a refresh token, which is spent by that; for ten seconds it may be asked again and gets the same. REFRESH_TOKEN_INVALID (401); REFRESH_TOKEN_REUSED (401) ends the session, because two hold it. */
  refresh: Tokens;
  /** Makes an account and signs it in. VALIDATION_FAILED (422) names every reason; USERNAME_TAKEN, EMAIL_TAKEN (409). */
  register: SignedIn;
  /** Takes roles away, by name. Needs `users:assign-roles`; LAST_ADMINISTRATOR (409) when no active administrator would be left. Takes effect at once, in tokens that exist too. */
  removeRoles: User;
  /** Ten new recovery codes in place of those there were. REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409). */
  renewRecoveryCodes: RecoveryCodes;
  /** Mails the caller another link to verify their email; the first comes by itself after registering. Good for three days. EMAIL_VERIFIED (409) when it is already; RATE_LIMITED (429) after five in the last hour. */
  requestEmailVerification: Scalars['Boolean']['output'];
  /** Mails a link to set a new password, good for an hour, if an active account has this email: always true, and after the same time, whether one has. At most one mail a minute and five an hour to an account, and a hundred an hour from a network; beyond that nothing is mailed. VALIDATION_FAILED (422) for what is no email address. */
  requestPasswordReset: Scalars['Boolean']['output'];
  /** Sets a new password with the token of a mailed link, which also verifies the email, and ends every session of the account; when it answers, every server refuses their tokens. It signs nobody in: API keys and a second factor stay as they are. ACCOUNT_TOKEN_INVALID (422) as for `verifyEmail`, and for a suspended account; VALIDATION_FAILED (422) names every reason against the password and leaves the token good. */
  resetPassword: Scalars['Boolean']['output'];
  /** Turns off the second factor of somebody who lost the app and the recovery codes, and ends all their sessions. Needs `users:reset-factors` and a sign-in of the last ten minutes; OWN_ACCOUNT, TOTP_NOT_ENABLED (409). */
  resetTotp: User;
  /** Ends a key everywhere, at once. One’s own, or with `api-keys:revoke` anybody’s; else NOT_FOUND. */
  revokeApiKey: ApiKey;
  /** Ends one session: the caller’s own, or with `sessions:revoke` anybody’s; others are NOT_FOUND. When it answers, every server refuses its tokens. */
  revokeSession: Scalars['Boolean']['output'];
  /** Ends several sessions of the caller, as `revokeSession` does. */
  revokeSessions: Scalars['Boolean']['output'];
  /** Makes the next key now, before its time: published at once, signing in ten minutes; tokens of the old one stay good until they expire. Needs `keys:rotate`. */
  rotateSigningKey: SigningKey;
  /** Needs `roles:write`, and each permission that is added. Takes effect at once for everybody who holds the role. SYSTEM_ROLE (409) for the name of a system role and the permissions of `administrator`. */
  updateRole: Role;
  /** Changes a profile: one’s own, or with `users:write` anybody’s; others answer NOT_FOUND. VALIDATION_FAILED names every wrong field. */
  updateUser: User;
  /** Verifies the email a token was mailed to; nobody needs to be signed in. ACCOUNT_TOKEN_INVALID (422) for one that was used, has expired, is for something else or was never made. */
  verifyEmail: Scalars['Boolean']['output'];
};


export type MutationAcceptInvitationArgs = {
  newPassword: Scalars['String']['input'];
  token: Scalars['String']['input'];
};


export type MutationAssignRolesArgs = {
  roles: Array<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


export type MutationChangePasswordArgs = {
  currentPassword: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
};


export type MutationCompleteLoginArgs = {
  input: CompleteLoginInput;
};


export type MutationConfirmTotpArgs = {
  code: Scalars['String']['input'];
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationCreateRoleArgs = {
  input: CreateRoleInput;
};


export type MutationDeactivateUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteRoleArgs = {
  id: Scalars['ID']['input'];
  reassignTo?: InputMaybe<Scalars['String']['input']>;
};


export type MutationDisableTotpArgs = {
  code: Scalars['String']['input'];
};


export type MutationLoginArgs = {
  input: LoginInput;
};


export type MutationLogoutArgs = {
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationReactivateUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationReauthenticateArgs = {
  input: ReauthenticateInput;
};


export type MutationRefreshArgs = {
  refreshToken: Scalars['String']['input'];
};


export type MutationRegisterArgs = {
  input: RegisterInput;
};


export type MutationRemoveRolesArgs = {
  roles: Array<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


export type MutationRequestPasswordResetArgs = {
  email: Scalars['String']['input'];
};


export type MutationResetPasswordArgs = {
  newPassword: Scalars['String']['input'];
  token: Scalars['String']['input'];
};


export type MutationResetTotpArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeSessionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeSessionsArgs = {
  scope: SessionScope;
};


export type MutationUpdateRoleArgs = {
  id: Scalars['ID']['input'];
  input: UpdateRoleInput;
};


export type MutationUpdateUserArgs = {
  id: Scalars['ID']['input'];
  input: UpdateUserInput;
};


export type MutationVerifyEmailArgs = {
  token: Scalars['String']['input'];
};

/** Where a page ends, as in the Relay connection specification. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Pass as `after` for the next page; null on an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there are items after `endCursor`. */
  hasNextPage: Scalars['Boolean']['output'];
};

export type Query = {
  __typename?: 'Query';
  /** One’s own API keys, or with `api-keys:read` everybody’s; the newest first, revoked ones too. */
  apiKeys: ApiKeyConnection;
  /** Which role grants a user a permission, or what is missing. About oneself, or with `users:read`; others answer NOT_FOUND. 422 for a wildcard: those are granted, never asked for. */
  explainAccess: AccessExplanation;
  /** The files service that answers: which version, and since when. */
  filesService: ServiceInfo;
  /** Who is asking. UNAUTHENTICATED (401) for nobody. */
  me: User;
  /** The monitoring service that answers: which version, and since when. */
  monitoringService: ServiceInfo;
  /** The notifications service that answers: which version, and since when. */
  notificationsService: ServiceInfo;
  /** One role; null where there is none. Needs `roles:read`. */
  role?: Maybe<Role>;
  /** All roles by name, a page at a time. Needs `roles:read`; 422 for a size outside of 1 to 100. */
  roles: RoleConnection;
  /** Users by first and last name, username and email address, the best first: those who have the words of `q`, then those who have words that begin with them, hold them (from three letters on), or are a typing mistake away (from three letters on; two mistakes from ten on). All words must be found. Case, accents and punctuation do not matter. Ends after at most 600 users. Needs `users:read`; 422 for a size outside of 1 to 100. */
  searchUsers: UserConnection;
  /** What happened to the security of all accounts, the newest first. Needs `security-events:read`. */
  securityEvents: SecurityEventConnection;
  /** One user; null where there is none, or when the caller is neither that user nor holds `users:read`. */
  user?: Maybe<User>;
  /** Everybody, a page at a time. Needs `users:read`; 422 for a size outside of 1 to 100. */
  users: UserConnection;
  /** Whether an access token is good: the one given, otherwise the one of this request. */
  validateToken: TokenValidation;
};


export type QueryApiKeysArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryExplainAccessArgs = {
  permission: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
};


export type QueryRoleArgs = {
  id: Scalars['ID']['input'];
};


export type QueryRolesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QuerySearchUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  q: Scalars['String']['input'];
};


export type QuerySecurityEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<SecurityEventFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryUserArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<UserOrder>;
};


export type QueryValidateTokenArgs = {
  token?: InputMaybe<Scalars['String']['input']>;
};

export type ReauthenticateInput = {
  /** The six digits of the authenticator app, or a recovery code, where a second factor is on. */
  code?: InputMaybe<Scalars['String']['input']>;
  password: Scalars['String']['input'];
};

/** What signs in when the authenticator app is lost. Not stored, so not shown again. */
export type RecoveryCodes = {
  __typename?: 'RecoveryCodes';
  /** Ten, each good for one use; those issued before are not. */
  codes: Array<Scalars['String']['output']>;
};

export type RegisterInput = {
  /** An email address of at most 254 characters. */
  email: Scalars['String']['input'];
  /** 8 to 1024 characters of any kind; none of the commonest passwords, and not made of the username or email. */
  password: Scalars['String']['input'];
  /** 3 to 32 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit. */
  username: Scalars['String']['input'];
};

/** A named set of permissions. `administrator` holds `*`; `user` is given to everybody who registers. */
export type Role = {
  __typename?: 'Role';
  /** For people; empty while there is none. */
  description: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Comes with Plinth: cannot be deleted or renamed. */
  isSystem: Scalars['Boolean']['output'];
  /** 2 to 50 of a-z, 0-9 and `-`, beginning with a letter; unique. */
  name: Scalars['String']['output'];
  /** Sorted. `resource:action` such as `files:read`; `files:*` grants every action on files, `*` everything. */
  permissions: Array<Scalars['String']['output']>;
  /** Grows with each change; pass it to `updateRole` to change only what you have seen. */
  version: Scalars['Int']['output'];
};

/** A page of a list of Role. */
export type RoleConnection = {
  __typename?: 'RoleConnection';
  edges: Array<RoleEdge>;
  /** The nodes of `edges`. */
  nodes: Array<Role>;
  pageInfo: PageInfo;
};

/** One Role and its place in the list. */
export type RoleEdge = {
  __typename?: 'RoleEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: Role;
};

/** Something that happened to the security of an account. Written in the transaction of the deed and never changed; kept for SECURITY_EVENT_RETENTION days, 400 unless set, or until the account is erased. */
export type SecurityEvent = {
  __typename?: 'SecurityEvent';
  /** The user, or the API key, who did it; null where that is the owner, or nobody who was signed in. */
  actorId?: Maybe<Scalars['ID']['output']>;
  /** IP address it came from; empty where it came with no request, and for the owner where `actorId` did it. */
  address: Scalars['String']['output'];
  /** What else is known, by type; `{}` where that is nothing. */
  details: Scalars['JSONObject']['output'];
  /** Browser and system, such as `Firefox on Linux`; a guess, of what `userAgent` says. */
  device: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  occurredAt: Scalars['DateTime']['output'];
  /** Trace of the request, as in logs and error answers; null where it came with no request. */
  traceId?: Maybe<Scalars['String']['output']>;
  type: SecurityEventType;
  /** The `user-agent` header, at most 300 characters; empty as `address` is. */
  userAgent: Scalars['String']['output'];
  /** Whose account. */
  userId: Scalars['ID']['output'];
};

/** A page of a list of SecurityEvent. */
export type SecurityEventConnection = {
  __typename?: 'SecurityEventConnection';
  edges: Array<SecurityEventEdge>;
  /** The nodes of `edges`. */
  nodes: Array<SecurityEvent>;
  pageInfo: PageInfo;
};

/** One SecurityEvent and its place in the list. */
export type SecurityEventEdge = {
  __typename?: 'SecurityEventEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: SecurityEvent;
};

/** All that is given must hold. */
export type SecurityEventFilter = {
  /** At this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  type?: InputMaybe<SecurityEventType>;
  /** Whose account. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** What happened to the security of an account. */
export type SecurityEventType =
  /** The owner made an API key: `details`. */
  | 'API_KEY_CREATED'
  /** An API key of the owner was revoked: `details`. */
  | 'API_KEY_REVOKED'
  /** A link that was mailed came back. */
  | 'EMAIL_VERIFIED'
  /** The first password of an account that somebody made was chosen. */
  | 'INVITATION_ACCEPTED'
  /** A new password was set with the old one; all other sessions ended. */
  | 'PASSWORD_CHANGED'
  /** A new password was set with such a link; all sessions ended. */
  | 'PASSWORD_RESET'
  /** A link to set a new password was mailed. */
  | 'PASSWORD_RESET_REQUESTED'
  /** The account was opened again by `actorId`. */
  | 'REACTIVATED'
  /** The owner proved again who they are. */
  | 'REAUTHENTICATED'
  /** There are new recovery codes; the old ones are good no more. */
  | 'RECOVERY_CODES_RENEWED'
  /** A recovery code stood in for the second factor. */
  | 'RECOVERY_CODE_USED'
  /** A spent refresh token came back, so two held it: its session, `details.sessionId`, ended. */
  | 'REFRESH_TOKEN_REUSED'
  /** The account was made; without an address, by the operator. */
  | 'REGISTERED'
  /** Sessions were ended from another one: `details.sessionIds`. */
  | 'SESSIONS_REVOKED'
  /** A session began: `details.sessionId`. */
  | 'SIGNED_IN'
  /** The owner logged out: `details.sessionIds`. */
  | 'SIGNED_OUT'
  /** A wrong password, where one was asked for. Attempts that are refused during a wait are not noted, which keeps these to about a hundred a day. */
  | 'SIGN_IN_FAILED'
  /** The account was closed by `actorId`; all sessions ended. */
  | 'SUSPENDED'
  /** No second factor is asked for any more. */
  | 'TOTP_DISABLED'
  /** A second factor is asked for from now on. */
  | 'TOTP_ENABLED';

/** One running service. */
export type ServiceInfo = {
  __typename?: 'ServiceInfo';
  /** Its name, as in rover.yaml. */
  name: Scalars['String']['output'];
  /** Since when it runs (RFC 3339). */
  startedAt: Scalars['String']['output'];
  /** Version of Plinth it was built from (https://semver.org). */
  version: Scalars['String']['output'];
};

/** Which of the sessions of the caller. */
export type SessionScope =
  /** The one of this request too. */
  | 'ALL'
  /** All but the one of this request. */
  | 'OTHERS';

/** Who is signed in now, and with what. */
export type SignedIn = {
  __typename?: 'SignedIn';
  /** For `authorization: Bearer …`. Good until it expires or its session ends. */
  accessToken: Scalars['String']['output'];
  /** Seconds the access token lives. */
  expiresIn: Scalars['Int']['output'];
  /** For `refresh`, once: each refresh gives the next. Keep it as safe as a password. */
  refreshToken: Scalars['String']['output'];
  /** Always `bearer`. */
  tokenType: Scalars['String']['output'];
  user: User;
};

/** A key that signs access tokens (ES256). */
export type SigningKey = {
  __typename?: 'SigningKey';
  /** As in the header of tokens and in the key set. */
  kid: Scalars['ID']['output'];
  /** From when on it signs; it is published before. */
  signsFrom: Scalars['DateTime']['output'];
};

/** What an access token is good for, as of this moment. */
export type TokenValidation = {
  __typename?: 'TokenValidation';
  active: Scalars['Boolean']['output'];
  /** When it expires; null when it is not active. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Permissions held now, wildcards as they are; empty when it is not active. */
  permissions: Array<Scalars['String']['output']>;
  /** Why it is not active: `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`, `ACCOUNT_INACTIVE`, or `UNAUTHENTICATED` when there is none. Null when it is. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Names of the roles held now; empty when it is not active. */
  roles: Array<Scalars['String']['output']>;
  /** Whose token it is; null when it is not active. */
  userId?: Maybe<Scalars['ID']['output']>;
};

/** What a client keeps of a session. */
export type Tokens = {
  __typename?: 'Tokens';
  /** For `authorization: Bearer …`. Good until it expires or its session ends. */
  accessToken: Scalars['String']['output'];
  /** Seconds the access token lives. */
  expiresIn: Scalars['Int']['output'];
  /** For `refresh`, once: each refresh gives the next. Keep it as safe as a password. */
  refreshToken: Scalars['String']['output'];
  /** Always `bearer`. */
  tokenType: Scalars['String']['output'];
};

/** The secret an authenticator app makes codes from (RFC 6238: SHA-1, six digits, 30 seconds). It is shown this once. */
export type TotpEnrolment = {
  __typename?: 'TotpEnrolment';
  /** Base32, 160 bits, to be typed where no QR code can be read. */
  secret: Scalars['String']['output'];
  /** The same as `otpauth://totp/…`, to be shown as a QR code. */
  uri: Scalars['String']['output'];
};

/** What changes of a role. An absent field stays as it is. */
export type UpdateRoleInput = {
  /** At most 500 characters; null clears it. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** As in `CreateRoleInput`; cannot be null. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Replaces all of them; what is added must be held by the caller as well. Cannot be null: an empty list takes all away. */
  permissions?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The version that you have seen: fails with VERSION_CONFLICT (409) when there is a newer one. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The profile fields that change. An absent field stays as it is, null clears it. */
export type UpdateUserInput = {
  /** An http or https URL of at most 2,048 characters, without user name and password. */
  avatarUrl?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  firstName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  lastName?: InputMaybe<Scalars['String']['input']>;
  /** Replaces the whole object: at most 16 KiB as JSON, at most 10 levels deep. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** E.164, such as +4930901820. Encrypted at rest. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** The version that you have seen: the change fails with VERSION_CONFLICT (409) when there is a newer one. Without it the last writer of a field wins. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** A person with an account. */
export type User = {
  __typename?: 'User';
  /** When the account was made. Null for those who may not see it. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Unique whatever the capitals. Null for those who may not see it. */
  email?: Maybe<Scalars['String']['output']>;
  /** Whether its owner has proved to read mail sent to `email`. Null for those who may not see it. */
  emailVerified?: Maybe<Scalars['Boolean']['output']>;
  id: Scalars['ID']['output'];
  /** False while the account is suspended. Null for those who may not see it. */
  isActive?: Maybe<Scalars['Boolean']['output']>;
  /** The last sign-in with a password, and the second factor where one is on; null before it. */
  lastLogin?: Maybe<Scalars['DateTime']['output']>;
  /** All that the roles grant, sorted, each once, wildcards as they are; empty for those who may not see them. */
  permissions: Array<Scalars['String']['output']>;
  /** Null for those who may not see it, and for a moment after the registration. */
  profile?: Maybe<UserProfile>;
  /** Recovery codes that were not used yet. One’s own; null for others, and while `totpEnabled` is not. */
  recoveryCodesLeft?: Maybe<Scalars['Int']['output']>;
  /** By name; empty for those who may not see them. */
  roles: Array<Role>;
  /** What happened to the security of this account, the newest first. One’s own, or with `security-events:read` anybody’s; empty for others. */
  securityEvents: SecurityEventConnection;
  /** Sign-ins that go on, at most 100, the last seen first. One’s own, or with `sessions:read` anybody’s; empty for others. */
  sessions: Array<UserSession>;
  /** Whether sign-ins ask for a second factor. One’s own, or with `users:reset-factors` anybody’s; null for others. */
  totpEnabled?: Maybe<Scalars['Boolean']['output']>;
  /** Unique whatever the capitals. Null for those who may not see it. */
  username?: Maybe<Scalars['String']['output']>;
};


/** A person with an account. */
export type UserSecurityEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of a list of User. */
export type UserConnection = {
  __typename?: 'UserConnection';
  edges: Array<UserEdge>;
  /** The nodes of `edges`. */
  nodes: Array<User>;
  pageInfo: PageInfo;
};

/** One User and its place in the list. */
export type UserEdge = {
  __typename?: 'UserEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: User;
};

/** All that is given must hold. */
export type UserFilter = {
  /** Whether the account is active. */
  active?: InputMaybe<Scalars['Boolean']['input']>;
  /** Registered at this moment or later. */
  createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Registered before this moment. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** The name of a role that is held. */
  role?: InputMaybe<Scalars['String']['input']>;
};

/** Orders of the list of users. Capitals do not matter to the order of usernames. */
export type UserOrder =
  | 'CREATED_AT_ASC'
  | 'CREATED_AT_DESC'
  | 'USERNAME_ASC'
  | 'USERNAME_DESC';

/** What somebody tells about themselves. */
export type UserProfile = {
  __typename?: 'UserProfile';
  /** Address of a picture, http or https. */
  avatarUrl?: Maybe<Scalars['String']['output']>;
  /** Given name, at most 100 characters. */
  firstName?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** Family name, at most 100 characters. */
  lastName?: Maybe<Scalars['String']['output']>;
  /** Free JSON of the application: at most 16 KiB, at most 10 levels deep; `{}` while there is none. */
  metadata: Scalars['JSONObject']['output'];
  /** E.164, such as +4930901820. */
  phone?: Maybe<Scalars['String']['output']>;
  /** When the profile was last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** Whose profile this is. */
  userId: Scalars['ID']['output'];
  /** Grows with each change; pass it to `updateUser` to change only what you have seen. */
  version: Scalars['Int']['output'];
};

/** One sign-in, on one device, until it is revoked, logged out or expires. */
export type UserSession = {
  __typename?: 'UserSession';
  /** IP address it was last seen at. */
  address: Scalars['String']['output'];
  /** The sign-in. */
  createdAt: Scalars['DateTime']['output'];
  /** Browser and system, such as `Firefox on Linux`; a guess. */
  device: Scalars['String']['output'];
  /** When it ends by itself; a refresh does not move that. */
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** Whether this request came with it. */
  isCurrent: Scalars['Boolean']['output'];
  /** The sign-in, or the last refresh. */
  lastSeenAt: Scalars['DateTime']['output'];
  /** The `user-agent` header of the sign-in, at most 300 characters. */
  userAgent: Scalars['String']['output'];
};

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { __typename?: 'Mutation', register: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, tokenType: string, expiresIn: number, user: { __typename?: 'User', id: string, username?: string | null, email?: string | null, isActive?: boolean | null, createdAt?: string | null, lastLogin?: string | null } } };

export type LogInMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LogInMutation = { __typename?: 'Mutation', login: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, expiresIn: number } };

export type RefreshMutationVariables = Exact<{
  refreshToken: Scalars['String']['input'];
}>;


export type RefreshMutation = { __typename?: 'Mutation', refresh: { __typename?: 'Tokens', accessToken: string, refreshToken: string } };

export type LogOutMutationVariables = Exact<{
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
}>;


export type LogOutMutation = { __typename?: 'Mutation', logout: boolean };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { __typename?: 'Query', me: { __typename?: 'User', id: string, username?: string | null, email?: string | null, lastLogin?: string | null, permissions: Array<string>, profile?: { __typename?: 'UserProfile', firstName?: string | null } | null, roles: Array<{ __typename?: 'Role', name: string }> } };

export type MySessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type MySessionsQuery = { __typename?: 'Query', me: { __typename?: 'User', sessions: Array<{ __typename?: 'UserSession', id: string, device: string, isCurrent: boolean }> } };

export type ListUsersQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
  orderBy?: InputMaybe<UserOrder>;
}>;


export type ListUsersQuery = { __typename?: 'Query', users: { __typename?: 'UserConnection', nodes: Array<{ __typename?: 'User', id: string, username?: string | null, email?: string | null, profile?: { __typename?: 'UserProfile', firstName?: string | null } | null, roles: Array<{ __typename?: 'Role', name: string }> }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } };

export type ReadUserQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ReadUserQuery = { __typename?: 'Query', user?: { __typename?: 'User', id: string, username?: string | null, isActive?: boolean | null, permissions: Array<string>, profile?: { __typename?: 'UserProfile', firstName?: string | null, lastName?: string | null, phone?: string | null, metadata: Record<string, unknown>, version: number } | null, roles: Array<{ __typename?: 'Role', name: string }> } | null };

export type UpdateUserMutationVariables = Exact<{
  id: Scalars['ID']['input'];
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { __typename?: 'Mutation', updateUser: { __typename?: 'User', id: string, profile?: { __typename?: 'UserProfile', firstName?: string | null, phone?: string | null, metadata: Record<string, unknown>, version: number } | null } };

export type AssignRolesMutationVariables = Exact<{
  userId: Scalars['ID']['input'];
  roles: Array<Scalars['String']['input']> | Scalars['String']['input'];
}>;


export type AssignRolesMutation = { __typename?: 'Mutation', assignRoles: { __typename?: 'User', id: string, permissions: Array<string>, roles: Array<{ __typename?: 'Role', name: string }> } };

export type CreateRoleMutationVariables = Exact<{
  input: CreateRoleInput;
}>;


export type CreateRoleMutation = { __typename?: 'Mutation', createRole: { __typename?: 'Role', id: string, name: string, permissions: Array<string> } };

export type ThreeMoreQueryVariables = Exact<{ [key: string]: never; }>;


export type ThreeMoreQuery = { __typename?: 'Query', notificationsService: { __typename?: 'ServiceInfo', name: string, version: string }, filesService: { __typename?: 'ServiceInfo', name: string }, monitoringService: { __typename?: 'ServiceInfo', name: string } };

export type ChangePasswordMutationVariables = Exact<{
  currentPassword: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
}>;


export type ChangePasswordMutation = { __typename?: 'Mutation', changePassword: boolean };

export type RequestPasswordResetMutationVariables = Exact<{
  email: Scalars['String']['input'];
}>;


export type RequestPasswordResetMutation = { __typename?: 'Mutation', requestPasswordReset: boolean };

export type ResetPasswordMutationVariables = Exact<{
  token: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
}>;


export type ResetPasswordMutation = { __typename?: 'Mutation', resetPassword: boolean };

export type VerifyEmailMutationVariables = Exact<{
  token: Scalars['String']['input'];
}>;


export type VerifyEmailMutation = { __typename?: 'Mutation', verifyEmail: boolean };

export type MySecurityEventsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type MySecurityEventsQuery = { __typename?: 'Query', me: { __typename?: 'User', emailVerified?: boolean | null, securityEvents: { __typename?: 'SecurityEventConnection', nodes: Array<{ __typename?: 'SecurityEvent', type: SecurityEventType, occurredAt: string, actorId?: string | null, address: string, device: string, traceId?: string | null, details: Record<string, unknown> }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } } };

export type EnrolTotpMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrolTotpMutation = { __typename?: 'Mutation', enrolTotp: { __typename?: 'TotpEnrolment', secret: string, uri: string } };

export type ConfirmTotpMutationVariables = Exact<{
  code: Scalars['String']['input'];
}>;


export type ConfirmTotpMutation = { __typename?: 'Mutation', confirmTotp: { __typename?: 'RecoveryCodes', codes: Array<string> } };

export type CompleteLoginMutationVariables = Exact<{
  input: CompleteLoginInput;
}>;


export type CompleteLoginMutation = { __typename?: 'Mutation', completeLogin: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, user: { __typename?: 'User', id: string, lastLogin?: string | null } } };

export type ReauthenticateMutationVariables = Exact<{
  input: ReauthenticateInput;
}>;


export type ReauthenticateMutation = { __typename?: 'Mutation', reauthenticate: { __typename?: 'Tokens', accessToken: string, refreshToken: string } };

export type DisableTotpMutationVariables = Exact<{
  code: Scalars['String']['input'];
}>;


export type DisableTotpMutation = { __typename?: 'Mutation', disableTotp: { __typename?: 'User', id: string, totpEnabled?: boolean | null } };

export type ResetTotpMutationVariables = Exact<{
  userId: Scalars['ID']['input'];
}>;


export type ResetTotpMutation = { __typename?: 'Mutation', resetTotp: { __typename?: 'User', id: string, totpEnabled?: boolean | null } };

export type MySecondFactorQueryVariables = Exact<{ [key: string]: never; }>;


export type MySecondFactorQuery = { __typename?: 'Query', me: { __typename?: 'User', totpEnabled?: boolean | null, recoveryCodesLeft?: number | null } };


export const RegisterDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Register"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RegisterInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"register"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessToken"}},{"kind":"Field","name":{"kind":"Name","value":"refreshToken"}},{"kind":"Field","name":{"kind":"Name","value":"tokenType"}},{"kind":"Field","name":{"kind":"Name","value":"expiresIn"}},{"kind":"Field","name":{"kind":"Name","value":"user"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"isActive"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastLogin"}}]}}]}}]}}]} as unknown as DocumentNode<RegisterMutation, RegisterMutationVariables>;
export const LogInDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"LogIn"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"LoginInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"login"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessToken"}},{"kind":"Field","name":{"kind":"Name","value":"refreshToken"}},{"kind":"Field","name":{"kind":"Name","value":"expiresIn"}}]}}]}}]} as unknown as DocumentNode<LogInMutation, LogInMutationVariables>;
export const RefreshDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Refresh"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"refreshToken"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"refresh"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"refreshToken"},"value":{"kind":"Variable","name":{"kind":"Name","value":"refreshToken"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessToken"}},{"kind":"Field","name":{"kind":"Name","value":"refreshToken"}}]}}]}}]} as unknown as DocumentNode<RefreshMutation, RefreshMutationVariables>;
export const LogOutDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"LogOut"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"everywhere"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"logout"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"everywhere"},"value":{"kind":"Variable","name":{"kind":"Name","value":"everywhere"}}}]}]}}]} as unknown as DocumentNode<LogOutMutation, LogOutMutationVariables>;
export const WhoAmIDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WhoAmI"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"me"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"lastLogin"}},{"kind":"Field","name":{"kind":"Name","value":"profile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}}]}}]} as unknown as DocumentNode<WhoAmIQuery, WhoAmIQueryVariables>;
export const MySessionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MySessions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"me"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sessions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"device"}},{"kind":"Field","name":{"kind":"Name","value":"isCurrent"}}]}}]}}]}}]} as unknown as DocumentNode<MySessionsQuery, MySessionsQueryVariables>;
export const ListUsersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListUsers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"UserFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"UserOrder"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"users"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"profile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ListUsersQuery, ListUsersQueryVariables>;
export const ReadUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"user"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"isActive"}},{"kind":"Field","name":{"kind":"Name","value":"profile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"phone"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}}]}}]} as unknown as DocumentNode<ReadUserQuery, ReadUserQueryVariables>;
export const UpdateUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpdateUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateUserInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateUser"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"profile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"phone"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]}}]} as unknown as DocumentNode<UpdateUserMutation, UpdateUserMutationVariables>;
export const AssignRolesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AssignRoles"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"roles"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"assignRoles"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}},{"kind":"Argument","name":{"kind":"Name","value":"roles"},"value":{"kind":"Variable","name":{"kind":"Name","value":"roles"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}}]}}]} as unknown as DocumentNode<AssignRolesMutation, AssignRolesMutationVariables>;
export const CreateRoleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateRole"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateRoleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createRole"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}}]}}]} as unknown as DocumentNode<CreateRoleMutation, CreateRoleMutationVariables>;
export const ThreeMoreDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ThreeMore"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"notificationsService"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"filesService"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"monitoringService"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<ThreeMoreQuery, ThreeMoreQueryVariables>;
export const ChangePasswordDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ChangePassword"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"currentPassword"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"newPassword"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePassword"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"currentPassword"},"value":{"kind":"Variable","name":{"kind":"Name","value":"currentPassword"}}},{"kind":"Argument","name":{"kind":"Name","value":"newPassword"},"value":{"kind":"Variable","name":{"kind":"Name","value":"newPassword"}}}]}]}}]} as unknown as DocumentNode<ChangePasswordMutation, ChangePasswordMutationVariables>;
export const RequestPasswordResetDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RequestPasswordReset"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"email"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestPasswordReset"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"email"},"value":{"kind":"Variable","name":{"kind":"Name","value":"email"}}}]}]}}]} as unknown as DocumentNode<RequestPasswordResetMutation, RequestPasswordResetMutationVariables>;
export const ResetPasswordDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ResetPassword"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"token"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"newPassword"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resetPassword"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"token"},"value":{"kind":"Variable","name":{"kind":"Name","value":"token"}}},{"kind":"Argument","name":{"kind":"Name","value":"newPassword"},"value":{"kind":"Variable","name":{"kind":"Name","value":"newPassword"}}}]}]}}]} as unknown as DocumentNode<ResetPasswordMutation, ResetPasswordMutationVariables>;
export const VerifyEmailDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"VerifyEmail"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"token"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verifyEmail"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"token"},"value":{"kind":"Variable","name":{"kind":"Name","value":"token"}}}]}]}}]} as unknown as DocumentNode<VerifyEmailMutation, VerifyEmailMutationVariables>;
export const MySecurityEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MySecurityEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"me"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"emailVerified"}},{"kind":"Field","name":{"kind":"Name","value":"securityEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"occurredAt"}},{"kind":"Field","name":{"kind":"Name","value":"actorId"}},{"kind":"Field","name":{"kind":"Name","value":"address"}},{"kind":"Field","name":{"kind":"Name","value":"device"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<MySecurityEventsQuery, MySecurityEventsQueryVariables>;
export const EnrolTotpDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"EnrolTotp"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"enrolTotp"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"uri"}}]}}]}}]} as unknown as DocumentNode<EnrolTotpMutation, EnrolTotpMutationVariables>;
export const ConfirmTotpDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ConfirmTotp"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"code"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"confirmTotp"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"code"},"value":{"kind":"Variable","name":{"kind":"Name","value":"code"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"codes"}}]}}]}}]} as unknown as DocumentNode<ConfirmTotpMutation, ConfirmTotpMutationVariables>;
export const CompleteLoginDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CompleteLogin"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CompleteLoginInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"completeLogin"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessToken"}},{"kind":"Field","name":{"kind":"Name","value":"refreshToken"}},{"kind":"Field","name":{"kind":"Name","value":"user"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"lastLogin"}}]}}]}}]}}]} as unknown as DocumentNode<CompleteLoginMutation, CompleteLoginMutationVariables>;
export const ReauthenticateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Reauthenticate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReauthenticateInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reauthenticate"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessToken"}},{"kind":"Field","name":{"kind":"Name","value":"refreshToken"}}]}}]}}]} as unknown as DocumentNode<ReauthenticateMutation, ReauthenticateMutationVariables>;
export const DisableTotpDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DisableTotp"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"code"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"disableTotp"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"code"},"value":{"kind":"Variable","name":{"kind":"Name","value":"code"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"totpEnabled"}}]}}]}}]} as unknown as DocumentNode<DisableTotpMutation, DisableTotpMutationVariables>;
export const ResetTotpDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ResetTotp"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resetTotp"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"totpEnabled"}}]}}]}}]} as unknown as DocumentNode<ResetTotpMutation, ResetTotpMutationVariables>;
export const MySecondFactorDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MySecondFactor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"me"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totpEnabled"}},{"kind":"Field","name":{"kind":"Name","value":"recoveryCodesLeft"}}]}}]}}]} as unknown as DocumentNode<MySecondFactorQuery, MySecondFactorQueryVariables>;
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
  /** A file of a multipart operation (https://github.com/jaydenseric/graphql-multipart-request-spec), sent with the header `apollo-require-preflight`. */
  Upload: { input: any; output: any; }
};

/** Why a user has a permission or not, from the roles that the user holds. Access to one’s own data needs no permission and is not part of it. */
export type AccessExplanation = {
  __typename?: 'AccessExplanation';
  /** Whether the user has the permission. */
  allowed: Scalars['Boolean']['output'];
  /** The grant that decides; null when it is not allowed. */
  decidedBy?: Maybe<AccessGrant>;
  /** Every grant of the permission, by name of the role; each alone is enough. A suspended account may have grants and is not allowed. */
  grants: Array<AccessGrant>;
  /** The explanation as a sentence for people. */
  reason: Scalars['String']['output'];
  /** The roles that would grant it, by name, at most 100; empty when the user has a grant. Needs `roles:read`, and is null without it. */
  wouldGrant?: Maybe<Array<Role>>;
};

/** A permission of a role that grants the requested one. */
export type AccessGrant = {
  __typename?: 'AccessGrant';
  /** The permission itself, or a wildcard over it such as `files:*`. */
  grant: Scalars['String']['output'];
  /** The role of the user. */
  role: Role;
};

/** What a rule has found about one service. */
export type Alert = {
  __typename?: 'Alert';
  acknowledgedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who looks after it: `user:<id>` or `service:<id>`. */
  acknowledgedBy?: Maybe<Scalars['String']['output']>;
  /** When it began to fire; null before. */
  firingSince?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** The name of its rule. */
  name: Scalars['String']['output'];
  /** When the condition began to hold. */
  pendingSince: Scalars['DateTime']['output'];
  /** Null while it is open. */
  resolvedAt?: Maybe<Scalars['DateTime']['output']>;
  ruleId: Scalars['ID']['output'];
  /** Empty for a rule that has no data of any service. */
  service: Scalars['String']['output'];
  severity: AlertSeverity;
  state: AlertState;
  /** The last value of the condition’s left side; null without data. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** A page of a list of Alert. */
export type AlertConnection = {
  __typename?: 'AlertConnection';
  edges: Array<AlertEdge>;
  /** The nodes of `edges`. */
  nodes: Array<Alert>;
  pageInfo: PageInfo;
};

/** One Alert and its place in the list. */
export type AlertEdge = {
  __typename?: 'AlertEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: Alert;
};

/** Conditions that all hold. */
export type AlertFilter = {
  service?: InputMaybe<Scalars['String']['input']>;
  /** Any of these states. */
  states?: InputMaybe<Array<AlertState>>;
};

/** What happens when the condition of a rule has no value. */
export type AlertNoData =
  /** As if the condition held. */
  | 'ALERT'
  /** Open alerts stay as they are. */
  | 'KEEP'
  /** As if the condition did not hold. */
  | 'RESOLVE';

/** A condition that makes an alert for each service for which it holds. */
export type AlertRule = {
  __typename?: 'AlertRule';
  /** In the grammar of docs/monitoring.md, such as `health == 0`. */
  condition: Scalars['String']['output'];
  /** Seconds for which the condition holds before an alert fires. */
  for: Scalars['Int']['output'];
  id: Scalars['ID']['output'];
  isEnabled: Scalars['Boolean']['output'];
  /** Seconds for which an alert fires on after the condition last held. */
  keepFiringFor: Scalars['Int']['output'];
  /** Unique. */
  name: Scalars['String']['output'];
  noData: AlertNoData;
  /** Email addresses; those of ALERT_EMAILS when empty. */
  notify: Array<Scalars['String']['output']>;
  severity: AlertSeverity;
  source: AlertRuleSource;
  updatedAt: Scalars['DateTime']['output'];
  /** Grows with each change; pass it to `updateAlertRule`. */
  version: Scalars['Int']['output'];
};

/** A page of a list of AlertRule. */
export type AlertRuleConnection = {
  __typename?: 'AlertRuleConnection';
  edges: Array<AlertRuleEdge>;
  /** The nodes of `edges`. */
  nodes: Array<AlertRule>;
  pageInfo: PageInfo;
};

/** One AlertRule and its place in the list. */
export type AlertRuleEdge = {
  __typename?: 'AlertRuleEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: AlertRule;
};

/** Where a rule comes from. */
export type AlertRuleSource =
  | 'API'
  | 'BUILT_IN'
  | 'FILE';

/** How urgent an alert is. */
export type AlertSeverity =
  | 'CRITICAL'
  | 'INFO'
  | 'WARNING';

/** The state of an alert. */
export type AlertState =
  /** The condition has held for that long. */
  | 'FIRING'
  /** The condition holds, but not yet for as long as the rule says. */
  | 'PENDING'
  /** It has fired, and the condition no longer holds. */
  | 'RESOLVED';

/** A credential for scripts and services, sent as `x-api-key`. It has the permissions of its scopes, as far as the user who created it holds them. */
export type ApiKey = {
  __typename?: 'ApiKey';
  createdAt: Scalars['DateTime']['output'];
  /** The user who created it. */
  createdBy: Scalars['ID']['output'];
  /** Null for a key that does not expire. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** The last use, to the minute; null before the first. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  name: Scalars['String']['output'];
  /** The first characters of the key, by which people recognise it. */
  prefix: Scalars['String']['output'];
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Permissions as in roles, with wildcards such as `users:*`. */
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

/** The circuit breaker of an instance. */
export type BreakerState =
  /** Calls pass. */
  | 'CLOSED'
  /** The next call tries whether the instance has recovered. */
  | 'HALF_OPEN'
  /** No call passes. */
  | 'OPEN';

export type CompleteLoginInput = {
  /** The `challenge` of MFA_REQUIRED, at most five minutes old. */
  challenge: Scalars['String']['input'];
  /** The six digits of the authenticator app, or a recovery code. Spaces, hyphens and capitals do not matter. */
  code: Scalars['String']['input'];
};

/** The format of a content. */
export type ContentType =
  | 'HTML'
  | 'TEXT';

/** A new alert rule. */
export type CreateAlertRuleInput = {
  /** At most 500 characters, such as `rate(plinth_logins_total{outcome="failure"}[5m]) > 1`. */
  condition: Scalars['String']['input'];
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  for?: InputMaybe<Scalars['String']['input']>;
  /** True by default. */
  isEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  keepFiringFor?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters; unique. */
  name: Scalars['String']['input'];
  /** RESOLVE by default. */
  noData?: InputMaybe<AlertNoData>;
  /** At most 20 email addresses. */
  notify?: InputMaybe<Array<Scalars['String']['input']>>;
  /** WARNING by default. */
  severity?: InputMaybe<AlertSeverity>;
};

export type CreateApiKeyInput = {
  /** A moment in the future; without it the key does not expire. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** 1 to 50 permissions that the caller holds. */
  scopes: Array<Scalars['String']['input']>;
};

/** A notification and when it is sent. */
export type CreateNotificationScheduleInput = {
  /** Without an idempotency key. */
  notification: SendNotificationInput;
  /** A recurrence rule (RFC 5545 §3.3.10) such as `FREQ=WEEKLY;BYDAY=MO,TH`, HOURLY at most, without BYMINUTE and BYSECOND; COUNT is at most 1,000. A local time that the clock skips is left out. */
  rule: Scalars['String']['input'];
  /** The local time of the first occurrence, such as `2026-03-02T09:00`; its time of the day is that of the others, and the clock must not skip it. */
  startsAt: Scalars['String']['input'];
  /** An IANA time zone such as `Europe/Berlin`. Without it that of the user now, of the quiet hours, else of the profile, else UTC; needed for several recipients. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
};

/** A new role. */
export type CreateRoleInput = {
  /** At most 500 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 50 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** At most 100 permissions that the caller holds, such as `files:read`, `files:*` or `*`. */
  permissions: Array<Scalars['String']['input']>;
};

/** A new silence. */
export type CreateSilenceInput = {
  /** Why; 1 to 500 characters. */
  comment: Scalars['String']['input'];
  /** At most a year ahead. */
  endsAt: Scalars['DateTime']['input'];
  /** All rules by default. */
  ruleId?: InputMaybe<Scalars['ID']['input']>;
  /** All services by default. */
  service?: InputMaybe<Scalars['String']['input']>;
  /** Now by default. */
  startsAt?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A new template. */
export type CreateTemplateInput = {
  channel: NotificationChannel;
  /** Liquid, for email around HTML; at most 65,536 characters. */
  contentTemplate: Scalars['String']['input'];
  /** The language of these texts; `en` by default. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 64 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** Liquid; required for EMAIL and PUSH, absent for SMS. */
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
  /** The texts of other languages. */
  translations?: InputMaybe<Array<TemplateTextInput>>;
  /** At most 50 names; the texts use no others. */
  variables?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** The announcement of an upload straight to S3. */
export type CreateUploadInput = {
  /** The media type; the one found in the content counts. */
  contentType?: InputMaybe<Scalars['String']['input']>;
  /** At most 255 bytes; never a path. */
  filename: Scalars['String']['input'];
  /** Whether everybody may read it. False when absent. */
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** SHA-256 of the content, in hexadecimal. The bytes that arrive are compared with it. */
  sha256?: InputMaybe<Scalars['String']['input']>;
  /** Bytes; a whole number up to 5 GiB. */
  size: Scalars['Float']['input'];
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** An upload that goes straight to S3: PUT the bytes to `url`, then call `completeUpload`. */
export type CreateUploadPayload = {
  __typename?: 'CreateUploadPayload';
  /** The upload must be complete before. */
  expiresAt: Scalars['DateTime']['output'];
  /** The id for `completeUpload`, and of the file that it makes. */
  id: Scalars['ID']['output'];
  /** Takes one PUT of exactly the announced size within an hour. It needs no token. */
  url: Scalars['String']['output'];
};

/** A new user: an account and a profile. */
export type CreateUserInput = {
  /** An email address of at most 254 characters; unique. */
  email: Scalars['String']['input'];
  /** 1 to 100 characters, no control characters. */
  firstName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  lastName?: InputMaybe<Scalars['String']['input']>;
  /** A language tag (BCP 47) such as `pt-BR`: the language of messages to the user. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** A free object: at most 16 KiB as JSON, at most 10 levels deep. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 8 to 1,024 characters, as at a registration. Without a password the user gets an invitation by mail. */
  password?: InputMaybe<Scalars['String']['input']>;
  /** E.164, such as +4930901820. Encrypted at rest. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 50 names of roles; `user` when absent. Needs `users:assign-roles` and each permission that they grant. */
  roles?: InputMaybe<Array<Scalars['String']['input']>>;
  /** An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** 3 to 32 of a-z, 0-9, `.`, `_` and `-`; unique without regard to case. */
  username: Scalars['String']['input'];
};

export type CreatedApiKey = {
  __typename?: 'CreatedApiKey';
  apiKey: ApiKey;
  /** The key itself. Plinth does not store it and cannot show it again. */
  key: Scalars['String']['output'];
};

/** All services in a range of time. */
export type Dashboard = {
  __typename?: 'Dashboard';
  /** The alerts that are open now, the newest first and at most 100. */
  alerts: Array<Alert>;
  from: Scalars['DateTime']['output'];
  /** The newest errors of the range, at most 20; null without `logs:read`. */
  recentErrors?: Maybe<Array<LogEntry>>;
  services: Array<ServiceDashboard>;
  /** Seconds of a step of `points`. */
  step: Scalars['Int']['output'];
  to: Scalars['DateTime']['output'];
};

/** An export of all data that the services hold of a user: a ZIP archive of JSON files, with one folder for each service. */
export type DataExport = {
  __typename?: 'DataExport';
  /** Signed path of the archive at the gateway, which needs no token (HMAC, RFC 2104). It ends with the session that read it, and after 55 minutes. Null until the export is ready. */
  downloadPath?: Maybe<Scalars['String']['output']>;
  /** The export and its link end at this time. */
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  requestedAt: Scalars['DateTime']['output'];
  status: DataExportStatus;
  /** The names of the services whose part has not arrived. */
  waitingFor: Array<Scalars['String']['output']>;
};

/** The progress of an export. */
export type DataExportStatus =
  /** The services send their parts. Limits: one hour. */
  | 'COLLECTING'
  /** It can be downloaded for 24 hours. */
  | 'READY';

/** The deletion of a user in every service. It holds no personal data. */
export type Deletion = {
  __typename?: 'Deletion';
  /** Null until all services have answered. */
  completedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Users read the deletion of their own account with it, without a token. */
  id: Scalars['ID']['output'];
  requestedAt: Scalars['DateTime']['output'];
  status: DeletionStatus;
  /** One step for each service, by name. */
  steps: Array<DeletionStep>;
};

/** The progress of a deletion. The access of the user has ended in every state. */
export type DeletionStatus =
  /** All services have answered: no data of the user is left, and username and email are free. */
  | 'COMPLETED'
  /** The profile is deleted, and the other services have been asked. */
  | 'REQUESTED'
  /** Some services have answered. */
  | 'RUNNING';

/** The part of one service in a deletion. */
export type DeletionStep = {
  __typename?: 'DeletionStep';
  /** The objects that are kept without personal data. */
  anonymised: Array<ErasureCount>;
  /** Null until the service has answered. */
  completedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The deleted objects; empty for a service that held none. */
  erased: Array<ErasureCount>;
  /** The name of the service, such as `files`. */
  service: Scalars['String']['output'];
};

/** The number of objects of one kind. */
export type ErasureCount = {
  __typename?: 'ErasureCount';
  count: Scalars['Int']['output'];
  /** Such as `sessions`. */
  kind: Scalars['String']['output'];
};

/** The metadata of a stored file. */
export type File = {
  __typename?: 'File';
  /** The media type of the content, found in its bytes. */
  contentType: Scalars['String']['output'];
  createdAt: Scalars['DateTime']['output'];
  /** The media type that the client named. It may differ from `contentType`. */
  declaredType?: Maybe<Scalars['String']['output']>;
  /** Path and query of a link that downloads the file without a token, as long as its creator may read the file. Limits: `expiresIn` is 1 second to 7 days. Errors: VALIDATION_FAILED (422). */
  downloadUrl: Scalars['String']['output'];
  /** The name that downloads have, at most 255 bytes. */
  filename: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Whether everybody may read it, without signing in. */
  isPublic: Scalars['Boolean']['output'];
  /** The name of the malware in the file; null for none. */
  malware?: Maybe<Scalars['String']['output']>;
  /** The name that the client sent with the upload. */
  originalFilename: Scalars['String']['output'];
  /** The user who uploaded the file. */
  owner: User;
  /** The id of the owner. */
  ownerId: Scalars['ID']['output'];
  /** The granted rights, at most 1,000 users; empty for callers who are not the owner and lack `files:write`. */
  permissions: Array<FilePermission>;
  /** SHA-256 of the content, in hexadecimal. */
  sha256: Scalars['String']['output'];
  /** The newest 100 share links; empty for callers who are not the owner and lack `files:write`. */
  shares: Array<FileShare>;
  /** Bytes; a whole number up to 2^49. */
  size: Scalars['Float']['output'];
  /** Whether the content may be read; the metadata always may. */
  status: FileStatus;
  tags: Array<Scalars['String']['output']>;
  /** Path and query of a smaller picture, without a token; null when the file is not a picture. Sizes are pixels out of a list, such as 64, 128, 256, 512 or 1024; 256 wide when both are absent. Without a format it is the best that `Accept` names. Limits: `expiresIn` is 1 second to 7 days. Errors: VALIDATION_FAILED (422). */
  thumbnailUrl?: Maybe<Scalars['String']['output']>;
  updatedAt: Scalars['DateTime']['output'];
  /** Grows with each change of the metadata; pass it to `updateFile`. */
  version: Scalars['Int']['output'];
};


/** The metadata of a stored file. */
export type FileDownloadUrlArgs = {
  expiresIn?: Scalars['Int']['input'];
};


/** The metadata of a stored file. */
export type FileThumbnailUrlArgs = {
  expiresIn?: Scalars['Int']['input'];
  fit?: InputMaybe<ThumbnailFit>;
  format?: InputMaybe<ThumbnailFormat>;
  height?: InputMaybe<Scalars['Int']['input']>;
  width?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of a list of File. */
export type FileConnection = {
  __typename?: 'FileConnection';
  edges: Array<FileEdge>;
  /** The nodes of `edges`. */
  nodes: Array<File>;
  pageInfo: PageInfo;
};

/** One File and its place in the list. */
export type FileEdge = {
  __typename?: 'FileEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: File;
};

/** Conditions that all hold. */
export type FileFilter = {
  /** A media type, or a range such as `image/*`. */
  contentType?: InputMaybe<Scalars['String']['input']>;
  /** A part of the file name, without regard to case. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Files of this owner; those that the caller owns or was granted when absent. */
  ownerId?: InputMaybe<Scalars['ID']['input']>;
  tag?: InputMaybe<Scalars['String']['input']>;
};

/** A right that the owner of a file has granted. */
export type FilePermission = {
  __typename?: 'FilePermission';
  fileId: Scalars['ID']['output'];
  permission: FilePermissionKind;
  userId: Scalars['ID']['output'];
};

/** A right to a file. The rights to write and to delete include reading. */
export type FilePermissionKind =
  | 'DELETE'
  | 'READ'
  | 'WRITE';

/** A link that opens a file to everybody who has it. */
export type FileShare = {
  __typename?: 'FileShare';
  /** The newest 100 entries of the access log. */
  accesses: Array<FileShareAccess>;
  createdAt: Scalars['DateTime']['output'];
  /** Downloads so far. The ranges that one client reads within an hour are one. */
  downloads: Scalars['Int']['output'];
  /** Null for a link that does not expire. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  fileId: Scalars['ID']['output'];
  hasPassword: Scalars['Boolean']['output'];
  id: Scalars['ID']['output'];
  /** Null for a link without a limit. */
  maxDownloads?: Maybe<Scalars['Int']['output']>;
  /** Null while the link is not revoked. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** One entry of the access log of a share link. */
export type FileShareAccess = {
  __typename?: 'FileShareAccess';
  /** The IP address of the client. */
  address: Scalars['String']['output'];
  at: Scalars['DateTime']['output'];
  outcome: ShareOutcome;
  userAgent: Scalars['String']['output'];
};

/** The result of the virus scan of a file. */
export type FileStatus =
  /** The content may be read. */
  | 'AVAILABLE'
  /** The scanner does not answer. The file is scanned again, and is not served before. */
  | 'PENDING_SCAN'
  /** Malware was found after the file was stored. The content is not served. */
  | 'QUARANTINED';

/** One instance of the gateway. */
export type Gateway = {
  __typename?: 'Gateway';
  /** The rate limits of each client; empty when they are off. */
  rateLimits: Array<GatewayRateLimit>;
  /** The supergraph that it serves now. */
  schema: GatewaySchema;
  /** The services behind it, ordered by name. */
  services: Array<GatewayService>;
  /** Version of Plinth it was built from (https://semver.org). */
  version: Scalars['String']['output'];
  /** The zone it runs in, whose instances it calls first; null when it does not say. */
  zone?: Maybe<Scalars['String']['output']>;
};

/** A running instance of a service. */
export type GatewayInstance = {
  __typename?: 'GatewayInstance';
  breaker: BreakerState;
  /** Its id in the registry; `static` for the configured URL. */
  id: Scalars['String']['output'];
  /** Whether its last readiness check succeeded. Instances that are not ready get calls only when no other can. */
  isReady: Scalars['Boolean']['output'];
  /** Calls of this gateway that wait for its answer. */
  outstanding: Scalars['Int']['output'];
  /** SHA-256 of its SDL; null for a configured URL. */
  schemaHash?: Maybe<Scalars['String']['output']>;
  /** The URL of its GraphQL. */
  url: Scalars['String']['output'];
  /** Its version; null for a configured URL. */
  version?: Maybe<Scalars['String']['output']>;
  /** The zone it runs in; null when it does not say. */
  zone?: Maybe<Scalars['String']['output']>;
};

/** A limit of each client in a window of time. */
export type GatewayRateLimit = {
  __typename?: 'GatewayRateLimit';
  /** `requests` or `credentials`. */
  name: Scalars['String']['output'];
  /** Points of one client in a window. */
  points: Scalars['Int']['output'];
  windowSeconds: Scalars['Int']['output'];
};

/** A supergraph that the gateway serves. */
export type GatewaySchema = {
  __typename?: 'GatewaySchema';
  /** SHA-256 of the supergraph, as 64 hexadecimal digits. */
  hash: Scalars['String']['output'];
  /** Schemas of instances that were not taken, the newest of each subgraph. They are tried again when another schema changes. */
  refused: Array<RefusedSchema>;
  /** Since when it is served (RFC 3339). */
  servedSince: Scalars['String']['output'];
};

/** A service as the gateway calls it. */
export type GatewayService = {
  __typename?: 'GatewayService';
  /** The types with a key that it answers or refers to, in alphabetical order. Services with a common one are joined by the gateway. */
  entities: Array<Scalars['String']['output']>;
  /** Calls that wait for an answer. */
  inFlight: Scalars['Int']['output'];
  /** The instances that get calls. */
  instances: Array<GatewayInstance>;
  /** Calls that may run at once; one more is refused. */
  maxConcurrent: Scalars['Int']['output'];
  /** The name of its subgraph. */
  name: Scalars['String']['output'];
  /** SHA-256 of the SDL that is part of the served supergraph; null when its SDL is not known. */
  schemaHash?: Maybe<Scalars['String']['output']>;
  /** Milliseconds that the gateway waits for one answer. */
  timeoutMs: Scalars['Int']['output'];
};

/** The probes of a span of time. */
export type HealthBucket = {
  __typename?: 'HealthBucket';
  /** The first moment of the span. */
  at: Scalars['DateTime']['output'];
  /** Probes that failed. */
  failed: Scalars['Int']['output'];
  /** Probes that succeeded. */
  ok: Scalars['Int']['output'];
};

/** A change of a service’s status. */
export type HealthChange = {
  __typename?: 'HealthChange';
  at: Scalars['DateTime']['output'];
  /** Why the probe failed; null when it did not. */
  error?: Maybe<Scalars['String']['output']>;
  status: ServiceStatus;
};

/** The new entries of about a second. */
export type LogAddition = {
  __typename?: 'LogAddition';
  /** The newest first, at most 50. */
  entries: Array<LogEntry>;
  /** How many more the filter selects; counted up to 950. */
  omitted: Scalars['Int']['output'];
};

/** One line of the log of a service. */
export type LogEntry = {
  __typename?: 'LogEntry';
  id: Scalars['ID']['output'];
  level: LogLevel;
  /** At most 65,536 characters. */
  message: Scalars['String']['output'];
  /** All other fields of the line. */
  metadata?: Maybe<Scalars['JSONObject']['output']>;
  /** The service that wrote it, such as `auth`. */
  service: Scalars['String']['output'];
  /** When it was written; when it arrived, if it does not say so. */
  timestamp: Scalars['DateTime']['output'];
  /** The trace of the request that it belongs to: 32 hexadecimal digits (W3C Trace Context). */
  traceId?: Maybe<Scalars['String']['output']>;
};

/** A page of a list of LogEntry. */
export type LogEntryConnection = {
  __typename?: 'LogEntryConnection';
  edges: Array<LogEntryEdge>;
  /** The nodes of `edges`. */
  nodes: Array<LogEntry>;
  pageInfo: PageInfo;
};

/** One LogEntry and its place in the list. */
export type LogEntryEdge = {
  __typename?: 'LogEntryEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: LogEntry;
};

/** One line of a log. */
export type LogEntryInput = {
  level: LogLevel;
  /** At most 65,536 characters. */
  message: Scalars['String']['input'];
  /** At most 65,536 characters of JSON. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 100 letters, digits, `.`, `_`, `:`, `/` or `-`. */
  service: Scalars['String']['input'];
  /** The moment of its arrival by default. */
  timestamp?: InputMaybe<Scalars['DateTime']['input']>;
  /** 32 hexadecimal digits. */
  traceId?: InputMaybe<Scalars['String']['input']>;
};

/** Conditions that all hold. */
export type LogFilter = {
  /** Written at this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Any of these levels. */
  levels?: InputMaybe<Array<LogLevel>>;
  /** The path of a value in `metadata`, such as `user.id`; for a list, the path of the list. Goes with `metadataValue`. */
  metadataPath?: InputMaybe<Scalars['String']['input']>;
  /** The value at `metadataPath`: a text of at most 200 characters, a whole number, `true` or `false`. */
  metadataValue?: InputMaybe<Scalars['String']['input']>;
  /** The name of the service. */
  service?: InputMaybe<Scalars['String']['input']>;
  /** Words that all occur in the message, in any order, without regard to case and accents. A word of three or more characters also finds longer words that begin with it. At most 500 characters. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** Written before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  /** 32 hexadecimal digits. */
  traceId?: InputMaybe<Scalars['String']['input']>;
};

/** The outcome of `ingestLogs`. */
export type LogIngestion = {
  __typename?: 'LogIngestion';
  /** Entries that are stored. */
  accepted: Scalars['Int']['output'];
  rejected: Array<RejectedLogEntry>;
};

/** The severity of a log entry. */
export type LogLevel =
  | 'DEBUG'
  | 'ERROR'
  | 'FATAL'
  | 'INFO'
  | 'TRACE'
  | 'WARN';

export type LoginInput = {
  password: Scalars['String']['input'];
  /** The username or the email address. */
  username: Scalars['String']['input'];
};

/** A message that the dev mailbox caught instead of sending it. */
export type MailboxMessage = {
  __typename?: 'MailboxMessage';
  attachments: Array<NotificationAttachment>;
  caughtAt: Scalars['DateTime']['output'];
  channel: NotificationChannel;
  /** With its links and tokens, as the recipient would get it. */
  content: Scalars['String']['output'];
  contentType: ContentType;
  /** The id of the notification. */
  id: Scalars['ID']['output'];
  recipient: Scalars['String']['output'];
  subject?: Maybe<Scalars['String']['output']>;
  /** The content as plain text. */
  text: Scalars['String']['output'];
  /** The link of `List-Unsubscribe`; null for messages that nobody can switch off. */
  unsubscribeUrl?: Maybe<Scalars['String']['output']>;
};

/** A page of a list of MailboxMessage. */
export type MailboxMessageConnection = {
  __typename?: 'MailboxMessageConnection';
  edges: Array<MailboxMessageEdge>;
  /** The nodes of `edges`. */
  nodes: Array<MailboxMessage>;
  pageInfo: PageInfo;
};

/** One MailboxMessage and its place in the list. */
export type MailboxMessageEdge = {
  __typename?: 'MailboxMessageEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: MailboxMessage;
};

/** One metric of a service. */
export type MetricValue = {
  __typename?: 'MetricValue';
  /** Name and labels, such as `plinth_logins_total{outcome="success"}`. */
  metric: Scalars['String']['output'];
  /** What a counter grew by in the range; the last value of a gauge. */
  value: Scalars['Float']['output'];
};

export type Mutation = {
  __typename?: 'Mutation';
  /** Sets the first password of an account with the token of the mailed invitation, which is valid for seven days. Everything else is as in `resetPassword`. */
  acceptInvitation?: Maybe<Scalars['Boolean']['output']>;
  /** Says that the caller looks after an open alert. Needs `monitoring:write`. Errors: NOT_FOUND (404). */
  acknowledgeAlert?: Maybe<Alert>;
  /** Removes a notification from the inbox of the caller; it stays in the history. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404). */
  archiveNotification?: Maybe<Notification>;
  /** Gives a user roles by name, in addition to the roles that are held. It takes effect at once, for existing tokens as well. Needs `users:assign-roles` and each permission that the roles grant. Errors: NOT_FOUND (404), ACCESS_TOO_LARGE (409), VALIDATION_FAILED (422). */
  assignRoles?: Maybe<User>;
  /** Cancels a pending notification. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_PENDING (409). */
  cancelNotification?: Maybe<Notification>;
  /** Ends a schedule of the caller, with `notifications:read` that of another sender. Needs `notifications:send`. Errors: NOT_FOUND (404). */
  cancelNotificationSchedule?: Maybe<NotificationSchedule>;
  /** Changes the caller’s password, ends the caller’s other sessions and notifies the caller by mail. A wrong current password counts as a failed sign-in. Needs a sign-in of the last ten minutes where the account has a second factor. Errors: INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (401), VALIDATION_FAILED (422) with every reason against the new password, TOO_MANY_ATTEMPTS (429), SERVICE_UNAVAILABLE (503) as `logout`. */
  changePassword?: Maybe<Scalars['Boolean']['output']>;
  /** The second step of a sign-in that answered MFA_REQUIRED. Limits: as `login`. Errors: INVALID_CODE, CHALLENGE_INVALID (401), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429). */
  completeLogin?: Maybe<SignedIn>;
  /** Makes a file of an upload whose bytes are in S3. Errors: NOT_FOUND (404), UPLOAD_NOT_RECEIVED (409), UPLOAD_MISMATCH (422), and those of `uploadFile`. */
  completeUpload?: Maybe<File>;
  /** Enables the second factor with a code of the app. It ends the other sessions of the caller, which a password alone opened. Needs a sign-in of the last ten minutes. Errors: INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED (409), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429). */
  confirmTotp?: Maybe<RecoveryCodes>;
  /** Makes an alert rule. Needs `monitoring:write`. Errors: ALERT_RULE_NAME_TAKEN (409), VALIDATION_FAILED (422). */
  createAlertRule?: Maybe<AlertRule>;
  /** Creates a key for a script or service. The answer is the only one that shows the key. Needs `api-keys:write`, each scope, and a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), VALIDATION_FAILED (422). */
  createApiKey?: Maybe<CreatedApiKey>;
  /** Sends a notification again and again, until its end or until its sender may not send any more. Recipients and template are looked up at each occurrence; recipients that cannot be reached then are left out. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) with every wrong field. */
  createNotificationSchedule?: Maybe<NotificationSchedule>;
  /** Creates a role. Needs `roles:write` and each permission that the role grants. Errors: ROLE_NAME_TAKEN (409), VALIDATION_FAILED (422). */
  createRole?: Maybe<Role>;
  /** Sends no notification of matching alerts for a time; one that still fires then is sent. Needs `monitoring:write`. Errors: NOT_FOUND (404) for an unknown rule, VALIDATION_FAILED (422). */
  createSilence?: Maybe<Silence>;
  /** Creates a template. Needs `templates:write`. Errors: TEMPLATE_NAME_TAKEN (409), VALIDATION_FAILED (422) for a syntax error or a variable that is not declared. */
  createTemplate?: Maybe<NotificationTemplate>;
  /** Begins an upload straight to S3. Errors: PRESIGNED_UPLOADS_UNAVAILABLE (409) where files are in a folder, FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED (413), VALIDATION_FAILED (422). */
  createUpload?: Maybe<CreateUploadPayload>;
  /** Creates a user: the account and the profile, or neither. Needs `users:create`, and for roles `users:assign-roles` and each permission that they grant. Errors: USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED (409), VALIDATION_FAILED (422) with every wrong field, SERVICE_UNAVAILABLE (503). */
  createUser?: Maybe<User>;
  /** Adds a webhook endpoint. Needs `webhooks:write`. Errors: VALIDATION_FAILED (422) for a URL that is not https or whose address is private. */
  createWebhookEndpoint?: Maybe<WebhookSecret>;
  /** Suspends an account: it cannot sign in, its sessions end at once, and its API keys end for good. Needs `users:activate`. Errors: NOT_FOUND (404), OWN_ACCOUNT, LAST_ADMINISTRATOR (409). */
  deactivateUser?: Maybe<User>;
  /** Deletes an alert rule with its alerts. Needs `monitoring:write`. Errors: NOT_FOUND (404), ALERT_RULE_DECLARED (409). */
  deleteAlertRule?: Maybe<Scalars['Boolean']['output']>;
  /** Deletes a file: metadata and bytes. Needs ownership, a grant to delete, or `files:delete`. Errors: NOT_FOUND (404). */
  deleteFile?: Maybe<Scalars['Boolean']['output']>;
  /** Deletes a role and returns its id. `reassignTo` names the role that its members get instead. Needs `roles:write` and each permission of the role, and of the role in `reassignTo`. Errors: NOT_FOUND (404), ROLE_IN_USE with the number of members, SYSTEM_ROLE (409), VALIDATION_FAILED (422). */
  deleteRole?: Maybe<Scalars['ID']['output']>;
  /** Deletes a template and returns true. Needs `templates:write`. Errors: NOT_FOUND (404). */
  deleteTemplate?: Maybe<Scalars['Boolean']['output']>;
  /** Deletes a user in every service: access has ended when it answers, and `deletion` shows the progress of the rest. A repeated call returns the same deletion. Needs a sign-in of the last ten minutes, and `users:delete` for another user. Errors: REAUTHENTICATION_REQUIRED (401), NOT_FOUND (404), LAST_ADMINISTRATOR (409), SERVICE_UNAVAILABLE (503). */
  deleteUser?: Maybe<Deletion>;
  /** Deletes a webhook endpoint and returns true; what waits for it fails. Needs `webhooks:write`. Errors: NOT_FOUND (404). */
  deleteWebhookEndpoint?: Maybe<Scalars['Boolean']['output']>;
  /** Disables the second factor and deletes the recovery codes; sessions stay. Needs a sign-in of the last ten minutes. Errors: INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429). */
  disableTotp?: Maybe<User>;
  /** Ends a silence now. Needs `monitoring:write`. Errors: NOT_FOUND (404). */
  endSilence?: Maybe<Scalars['Boolean']['output']>;
  /** Creates a secret for an authenticator app and replaces one that was not confirmed. Sign-ins ask for a code after `confirmTotp`. Needs a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), TOTP_ALREADY_ENABLED (409). */
  enrolTotp?: Maybe<TotpEnrolment>;
  /** Starts an export of all data that the services hold of the caller. Limits: three an hour. Errors: EXPORT_RUNNING (409), TOO_MANY_EXPORTS (429). */
  exportMyData?: Maybe<DataExport>;
  /** Grants a user a right to a file. Needs ownership or `files:write`. Errors: FORBIDDEN (403) for callers who may only read it, NOT_FOUND (404), VALIDATION_FAILED (422). */
  grantFilePermission?: Maybe<File>;
  /** Stores log entries: at most 10,000, answered when they are on disk. Needs `logs:write`. `POST /metrics/logs` is cheaper for many entries. Errors: LOGS_OVERLOADED (429), LOGS_FULL (507), PAYLOAD_TOO_LARGE (413). */
  ingestLogs?: Maybe<LogIngestion>;
  /** Signs in with a password. An account with a second factor answers MFA_REQUIRED with a `challenge` for `completeLogin`, valid for five minutes and one sign-in. Limits: after five failures in a row a wait of one second, which doubles up to fifteen minutes. Errors: INVALID_CREDENTIALS, MFA_REQUIRED (401), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429) with `retryAfterSeconds`. */
  login?: Maybe<SignedIn>;
  /** Ends the session of this request, or all sessions of the caller. When it answers, every server refuses their tokens. Errors: SERVICE_UNAVAILABLE (503) when the session has ended and some servers do not know it yet. */
  logout?: Maybe<Scalars['Boolean']['output']>;
  /** Marks all notifications in the inbox of the caller as read and returns how many were unread. Errors: FORBIDDEN (403) for API keys. */
  markAllNotificationsRead?: Maybe<Scalars['Int']['output']>;
  /** Marks a notification in the inbox of the caller as read, or as unread. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404). */
  markNotificationRead?: Maybe<Notification>;
  /** Reactivates a suspended account. Needs `users:activate`. Errors: NOT_FOUND (404). */
  reactivateUser?: Maybe<User>;
  /** Authenticates the signed-in user again, after an operation answered REAUTHENTICATION_REQUIRED. The tokens belong to the same session and have a new `auth_time`. Limits: as `login`. Errors: INVALID_CREDENTIALS, INVALID_CODE (401), VALIDATION_FAILED (422) without a required code, TOO_MANY_ATTEMPTS (429). */
  reauthenticate?: Maybe<Tokens>;
  /** Exchanges a refresh token for new tokens; within ten seconds the same token gets the same answer again. A later reuse ends the session, because two clients hold the token. Errors: REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED (401). */
  refresh?: Maybe<Tokens>;
  /** Creates an account and signs it in. Errors: USERNAME_TAKEN, EMAIL_TAKEN (409), VALIDATION_FAILED (422) with every reason. */
  register?: Maybe<SignedIn>;
  /** Makes a file available that is in quarantine by mistake. Needs `files:quarantine`. Errors: NOT_FOUND (404) when the file is not in quarantine. */
  releaseFile?: Maybe<File>;
  /** Removes roles from a user by name. It takes effect at once, for existing tokens as well. Needs `users:assign-roles`. Errors: NOT_FOUND (404), LAST_ADMINISTRATOR (409), VALIDATION_FAILED (422). */
  removeRoles?: Maybe<User>;
  /** Issues ten new recovery codes and invalidates the old ones. Needs a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409). */
  renewRecoveryCodes?: Maybe<RecoveryCodes>;
  /** Mails the caller another link to verify the email; a registration sends the first one. The link is valid for three days. Limits: five mails an hour. Errors: EMAIL_VERIFIED (409), RATE_LIMITED (429). */
  requestEmailVerification?: Maybe<Scalars['Boolean']['output']>;
  /** Mails a link to set a new password, valid for an hour, if an active account has this email. The answer and its time are the same if none has. Limits: one mail a minute and five an hour to an address, a hundred an hour from a network; no further mail is sent. Errors: VALIDATION_FAILED (422). */
  requestPasswordReset?: Maybe<Scalars['Boolean']['output']>;
  /** Moves a pending notification to another moment. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_PENDING (409), VALIDATION_FAILED (422). */
  rescheduleNotification?: Maybe<Notification>;
  /** Sets a new password with the token of a mailed link, verifies the email and ends every session of the account. It does not sign in; API keys and a second factor stay as they are. Errors: ACCOUNT_TOKEN_INVALID (422), also for a suspended account, VALIDATION_FAILED (422) with every reason against the password, SERVICE_UNAVAILABLE (503) as `logout`. */
  resetPassword?: Maybe<Scalars['Boolean']['output']>;
  /** Disables the second factor of a user who lost the app and the recovery codes, and ends all sessions of that user. Needs `users:reset-factors` and a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), NOT_FOUND (404), OWN_ACCOUNT, TOTP_NOT_ENABLED (409). */
  resetTotp?: Maybe<User>;
  /** Sends the oldest notifications again that failed and meet the filter, and returns how many; call it again until it returns 0. With `notifications:read` those of every sender, without it those of the caller. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) for `first` outside of 1 to 1,000. */
  retryFailedNotifications?: Maybe<Scalars['Int']['output']>;
  /** Sends a notification that failed again; `notifications(filter: {status: FAILED})` lists them. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_FAILED (409). */
  retryNotification?: Maybe<Notification>;
  /** Revokes a key on every server at once. Needs `api-keys:revoke` for the key of another user. Errors: NOT_FOUND (404). */
  revokeApiKey?: Maybe<ApiKey>;
  /** Ends a right, or all rights of the user when `permission` is absent; without reading no right remains. Errors as `grantFilePermission`. */
  revokeFilePermission?: Maybe<File>;
  /** Ends one session. When it answers, every server refuses its tokens. Needs `sessions:revoke` for the session of another user. Errors: NOT_FOUND (404), SERVICE_UNAVAILABLE (503) as `logout`. */
  revokeSession?: Maybe<Scalars['Boolean']['output']>;
  /** Ends several sessions of the caller, as `revokeSession` does. */
  revokeSessions?: Maybe<Scalars['Boolean']['output']>;
  /** Revokes a share link at once. Errors: FORBIDDEN (403), NOT_FOUND (404). */
  revokeShare?: Maybe<FileShare>;
  /** Creates the next signing key, which is published at once and signs after ten minutes. Tokens of the old key stay valid until they expire. Needs `keys:rotate`. */
  rotateSigningKey?: Maybe<SigningKey>;
  /** Makes a new secret; for 24 hours requests carry a signature with each of the two. Needs `webhooks:write`. Errors: NOT_FOUND (404). */
  rotateWebhookSecret?: Maybe<WebhookSecret>;
  /** Accepts a message that is sent later, and cancelled if its sender may not send any more at that moment. Needs `notifications:send`. Errors: as `sendNotification`. */
  scheduleNotification?: Maybe<Array<Notification>>;
  /** Accepts a message and returns one notification for each recipient; they are delivered afterwards, at least once. Needs `notifications:send`, and `security-notifications:send` for the category `security`. Errors: IDEMPOTENCY_KEY_REUSED (409), VALIDATION_FAILED (422) with every wrong field, SERVICE_UNAVAILABLE (503) for attachments while the files service does not answer. */
  sendNotification?: Maybe<Array<Notification>>;
  /** Makes a link that opens a file without signing in. Needs ownership or `files:write`. Errors: FORBIDDEN (403), NOT_FOUND (404), VALIDATION_FAILED (422). */
  shareFile?: Maybe<ShareFilePayload>;
  /** Sends the PUSH notifications of the caller to this browser too. Errors: FORBIDDEN (403) for API keys, TOO_MANY_PUSH_SUBSCRIPTIONS (409), VALIDATION_FAILED (422). */
  subscribeToPush?: Maybe<PushSubscription>;
  /** Ends a subscription of the caller and returns true. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404). */
  unsubscribeFromPush?: Maybe<Scalars['Boolean']['output']>;
  /** Changes an alert rule; of a built-in rule and of one from a file, only `isEnabled` and `notify`. Needs `monitoring:write`. Errors: NOT_FOUND (404), ALERT_RULE_NAME_TAKEN (409), ALERT_RULE_DECLARED (409), VERSION_CONFLICT (409), VALIDATION_FAILED (422). */
  updateAlertRule?: Maybe<AlertRule>;
  /** Changes name, tags or visibility. Needs ownership, a grant to write, or `files:write`. Errors: NOT_FOUND (404), VERSION_CONFLICT (409), VALIDATION_FAILED (422). */
  updateFile?: Maybe<File>;
  /** Changes the preferences of the caller; they hold for everything that is not sent yet. Errors: FORBIDDEN (403) for API keys, VALIDATION_FAILED (422), also for switching `security` off. */
  updatePreferences?: Maybe<NotificationPreferences>;
  /** Changes a role, at once for all its members. Needs `roles:write` and each permission that the role grants before and after. Errors: NOT_FOUND (404), SYSTEM_ROLE, ROLE_NAME_TAKEN, VERSION_CONFLICT, ACCESS_TOO_LARGE (409), VALIDATION_FAILED (422). */
  updateRole?: Maybe<Role>;
  /** Replaces a template by a new version. Needs `templates:write`. Errors: NOT_FOUND (404), VERSION_CONFLICT, TEMPLATE_NAME_TAKEN (409), VALIDATION_FAILED (422). */
  updateTemplate?: Maybe<NotificationTemplate>;
  /** Changes a profile. Needs `users:write` for another user. Errors: NOT_FOUND (404), VERSION_CONFLICT (409), VALIDATION_FAILED (422) with every wrong field. */
  updateUser?: Maybe<User>;
  /** Stores a file. Errors: FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED (413), FILE_TYPE_NOT_ALLOWED (415), FILE_INFECTED, VALIDATION_FAILED (422), STORAGE_FULL (507). */
  uploadFile?: Maybe<File>;
  /** Verifies the email to which the token was mailed. It needs no access token. Errors: ACCOUNT_TOKEN_INVALID (422). */
  verifyEmail?: Maybe<Scalars['Boolean']['output']>;
};


export type MutationAcceptInvitationArgs = {
  newPassword: Scalars['String']['input'];
  token: Scalars['String']['input'];
};


export type MutationAcknowledgeAlertArgs = {
  id: Scalars['ID']['input'];
};


export type MutationArchiveNotificationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationAssignRolesArgs = {
  roles: Array<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


export type MutationCancelNotificationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationCancelNotificationScheduleArgs = {
  id: Scalars['ID']['input'];
};


export type MutationChangePasswordArgs = {
  currentPassword: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
};


export type MutationCompleteLoginArgs = {
  input: CompleteLoginInput;
};


export type MutationCompleteUploadArgs = {
  id: Scalars['ID']['input'];
};


export type MutationConfirmTotpArgs = {
  code: Scalars['String']['input'];
};


export type MutationCreateAlertRuleArgs = {
  input: CreateAlertRuleInput;
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationCreateNotificationScheduleArgs = {
  input: CreateNotificationScheduleInput;
};


export type MutationCreateRoleArgs = {
  input: CreateRoleInput;
};


export type MutationCreateSilenceArgs = {
  input: CreateSilenceInput;
};


export type MutationCreateTemplateArgs = {
  input: CreateTemplateInput;
};


export type MutationCreateUploadArgs = {
  input: CreateUploadInput;
};


export type MutationCreateUserArgs = {
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  input: CreateUserInput;
};


export type MutationCreateWebhookEndpointArgs = {
  url: Scalars['String']['input'];
};


export type MutationDeactivateUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteAlertRuleArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteFileArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteRoleArgs = {
  id: Scalars['ID']['input'];
  reassignTo?: InputMaybe<Scalars['String']['input']>;
};


export type MutationDeleteTemplateArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteWebhookEndpointArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDisableTotpArgs = {
  code: Scalars['String']['input'];
};


export type MutationEndSilenceArgs = {
  id: Scalars['ID']['input'];
};


export type MutationGrantFilePermissionArgs = {
  fileId: Scalars['ID']['input'];
  permission: FilePermissionKind;
  userId: Scalars['ID']['input'];
};


export type MutationIngestLogsArgs = {
  entries: Array<LogEntryInput>;
};


export type MutationLoginArgs = {
  input: LoginInput;
};


export type MutationLogoutArgs = {
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationMarkNotificationReadArgs = {
  id: Scalars['ID']['input'];
  isRead?: InputMaybe<Scalars['Boolean']['input']>;
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


export type MutationReleaseFileArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRemoveRolesArgs = {
  roles: Array<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


export type MutationRequestPasswordResetArgs = {
  email: Scalars['String']['input'];
};


export type MutationRescheduleNotificationArgs = {
  id: Scalars['ID']['input'];
  scheduledAt: Scalars['DateTime']['input'];
};


export type MutationResetPasswordArgs = {
  newPassword: Scalars['String']['input'];
  token: Scalars['String']['input'];
};


export type MutationResetTotpArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationRetryFailedNotificationsArgs = {
  filter?: InputMaybe<NotificationFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type MutationRetryNotificationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeFilePermissionArgs = {
  fileId: Scalars['ID']['input'];
  permission?: InputMaybe<FilePermissionKind>;
  userId: Scalars['ID']['input'];
};


export type MutationRevokeSessionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeSessionsArgs = {
  scope: SessionScope;
};


export type MutationRevokeShareArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRotateWebhookSecretArgs = {
  id: Scalars['ID']['input'];
};


export type MutationScheduleNotificationArgs = {
  input: ScheduleNotificationInput;
};


export type MutationSendNotificationArgs = {
  input: SendNotificationInput;
};


export type MutationShareFileArgs = {
  id: Scalars['ID']['input'];
  input?: InputMaybe<ShareFileInput>;
};


export type MutationSubscribeToPushArgs = {
  input: PushSubscriptionInput;
};


export type MutationUnsubscribeFromPushArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUpdateAlertRuleArgs = {
  id: Scalars['ID']['input'];
  input: UpdateAlertRuleInput;
  version?: InputMaybe<Scalars['Int']['input']>;
};


export type MutationUpdateFileArgs = {
  id: Scalars['ID']['input'];
  input: UpdateFileInput;
};


export type MutationUpdatePreferencesArgs = {
  input: UpdatePreferencesInput;
};


export type MutationUpdateRoleArgs = {
  id: Scalars['ID']['input'];
  input: UpdateRoleInput;
};


export type MutationUpdateTemplateArgs = {
  id: Scalars['ID']['input'];
  input: UpdateTemplateInput;
  version: Scalars['Int']['input'];
};


export type MutationUpdateUserArgs = {
  id: Scalars['ID']['input'];
  input: UpdateUserInput;
};


export type MutationUploadFileArgs = {
  file: Scalars['Upload']['input'];
  input?: InputMaybe<UploadFileInput>;
};


export type MutationVerifyEmailArgs = {
  token: Scalars['String']['input'];
};

/** A message to one recipient over one channel. */
export type Notification = {
  __typename?: 'Notification';
  /** When its user removed it from the inbox; only for IN_APP. */
  archivedAt?: Maybe<Scalars['DateTime']['output']>;
  attachments: Array<NotificationAttachment>;
  /** Every attempt to deliver it, in order. */
  attempts: Array<NotificationAttempt>;
  /** What it is about; users switch categories on and off. */
  category: Scalars['String']['output'];
  channel: NotificationChannel;
  /** Null for emails about accounts: they can hold a token. */
  content?: Maybe<Scalars['String']['output']>;
  /** When it was accepted. */
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** When its user read it; only for IN_APP. */
  readAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why it was cancelled, or waits beyond its time; null when there is no special reason. */
  reason?: Maybe<Scalars['String']['output']>;
  /** The address that it goes to: the id of the subscription for PUSH, of the user for IN_APP, of the endpoint for WEBHOOK. */
  recipient: Scalars['String']['output'];
  /** When it is to be sent; null for at once. */
  scheduledAt?: Maybe<Scalars['DateTime']['output']>;
  /** When a provider accepted it. */
  sentAt?: Maybe<Scalars['DateTime']['output']>;
  status: NotificationStatus;
  /** Null where it has none, and for emails about accounts, which are not shown. */
  subject?: Maybe<Scalars['String']['output']>;
  /** The template that it was made from. */
  templateId?: Maybe<Scalars['ID']['output']>;
  /** The version of the template that it was made from. */
  templateVersion?: Maybe<Scalars['Int']['output']>;
  /** Null when it was sent to an address. */
  user?: Maybe<User>;
};

/** A file that goes with an email. */
export type NotificationAttachment = {
  __typename?: 'NotificationAttachment';
  /** A media type such as `image/png`. */
  contentType: Scalars['String']['output'];
  fileId: Scalars['ID']['output'];
  filename: Scalars['String']['output'];
  /** Bytes. */
  size: Scalars['Int']['output'];
};

/** One attempt to deliver. */
export type NotificationAttempt = {
  __typename?: 'NotificationAttempt';
  /** When the attempt ended. */
  at: Scalars['DateTime']['output'];
  /** Why it failed; null when it was sent. */
  error?: Maybe<Scalars['String']['output']>;
  /** The provider that was used, such as `smtp`. */
  provider: Scalars['String']['output'];
  status: NotificationAttemptStatus;
};

/** The result of one attempt. DEFERRED: it failed, and another attempt follows. */
export type NotificationAttemptStatus =
  | 'DEFERRED'
  | 'FAILED'
  | 'SENT';

/** The way a notification takes to its recipient. PUSH: Web Push to every subscription of a user. IN_APP: the inbox of a user. WEBHOOK: a signed request to an endpoint. */
export type NotificationChannel =
  | 'EMAIL'
  | 'IN_APP'
  | 'PUSH'
  | 'SMS'
  | 'WEBHOOK';

/** A page of a list of Notification. */
export type NotificationConnection = {
  __typename?: 'NotificationConnection';
  edges: Array<NotificationEdge>;
  /** The nodes of `edges`. */
  nodes: Array<Notification>;
  pageInfo: PageInfo;
};

/** One Notification and its place in the list. */
export type NotificationEdge = {
  __typename?: 'NotificationEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: Notification;
};

/** Conditions that must all hold. */
export type NotificationFilter = {
  channel?: InputMaybe<NotificationChannel>;
  /** Accepted at this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** The whole address. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<NotificationStatus>;
  /** Accepted before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What a user chose about notifications. What has no switch is on. */
export type NotificationPreferences = {
  __typename?: 'NotificationPreferences';
  quietHours?: Maybe<QuietHours>;
  switches: Array<NotificationSwitch>;
};

/** A notification that is sent again and again. */
export type NotificationSchedule = {
  __typename?: 'NotificationSchedule';
  cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** The next occurrence; null when there is none. */
  nextAt?: Maybe<Scalars['DateTime']['output']>;
  /** A recurrence rule (RFC 5545 §3.3.10). */
  rule: Scalars['String']['output'];
  /** How many occurrences were sent. */
  sent: Scalars['Int']['output'];
  /** The local time of the first occurrence. */
  startsAt: Scalars['String']['output'];
  /** An IANA time zone. */
  timeZone: Scalars['String']['output'];
};

/** A page of a list of NotificationSchedule. */
export type NotificationScheduleConnection = {
  __typename?: 'NotificationScheduleConnection';
  edges: Array<NotificationScheduleEdge>;
  /** The nodes of `edges`. */
  nodes: Array<NotificationSchedule>;
  pageInfo: PageInfo;
};

/** One NotificationSchedule and its place in the list. */
export type NotificationScheduleEdge = {
  __typename?: 'NotificationScheduleEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: NotificationSchedule;
};

/** PENDING: accepted, scheduled or being tried again. SENT: a provider accepted it. DELIVERED: the provider of an SMS reported its arrival. FAILED: refused for good, or all attempts failed. CANCELLED: cancelled before it was sent; `reason` says why. */
export type NotificationStatus =
  | 'CANCELLED'
  | 'DELIVERED'
  | 'FAILED'
  | 'PENDING'
  | 'SENT';

/** Whether a user gets a category over a channel. The most specific one decides: category and channel, then category, then channel. */
export type NotificationSwitch = {
  __typename?: 'NotificationSwitch';
  /** Null for every category without a switch of its own. */
  category?: Maybe<Scalars['String']['output']>;
  /** Null for every channel without a switch of its own. */
  channel?: Maybe<NotificationChannel>;
  isEnabled: Scalars['Boolean']['output'];
};

/** Switches a category over a channel on or off. */
export type NotificationSwitchInput = {
  /** Null for every category without a switch of its own. */
  category?: InputMaybe<Scalars['String']['input']>;
  /** Not WEBHOOK. Null for every channel without a switch of its own. */
  channel?: InputMaybe<NotificationChannel>;
  /** Cannot be false for the category `security`. */
  isEnabled: Scalars['Boolean']['input'];
};

/** Texts in Liquid (https://liquidjs.com), from which notifications are made. */
export type NotificationTemplate = {
  __typename?: 'NotificationTemplate';
  channel: NotificationChannel;
  /** Of the default language. For email it is HTML, and what variables bring in is escaped. */
  contentTemplate: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** 2 to 64 of a-z, 0-9 and `-`, beginning with a letter; unique. */
  name: Scalars['String']['output'];
  /** Of the default language; null for a channel without subjects. */
  subjectTemplate?: Maybe<Scalars['String']['output']>;
  /** The texts of each language, the default first. */
  texts: Array<NotificationTemplateText>;
  updatedAt: Scalars['DateTime']['output'];
  /** The variables that a sender must give. */
  variables: Array<Scalars['String']['output']>;
  /** Grows with each change; a notification keeps the version it was made from. */
  version: Scalars['Int']['output'];
};

/** A page of a list of NotificationTemplate. */
export type NotificationTemplateConnection = {
  __typename?: 'NotificationTemplateConnection';
  edges: Array<NotificationTemplateEdge>;
  /** The nodes of `edges`. */
  nodes: Array<NotificationTemplate>;
  pageInfo: PageInfo;
};

/** One NotificationTemplate and its place in the list. */
export type NotificationTemplateEdge = {
  __typename?: 'NotificationTemplateEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: NotificationTemplate;
};

/** The texts of a template in one language. */
export type NotificationTemplateText = {
  __typename?: 'NotificationTemplateText';
  contentTemplate: Scalars['String']['output'];
  /** A language tag such as `en` or `pt-BR`. */
  locale: Scalars['String']['output'];
  /** Null for a channel without subjects. */
  subjectTemplate?: Maybe<Scalars['String']['output']>;
};

/** Where a page ends, as in the Relay connection specification. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Pass as `after` for the next page; null on an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there are items after `endCursor`. */
  hasNextPage: Scalars['Boolean']['output'];
};

/** A browser or app that gets the PUSH notifications of a user. */
export type PushSubscription = {
  __typename?: 'PushSubscription';
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** The host of its push service, such as `fcm.googleapis.com`. */
  service: Scalars['String']['output'];
};

/** The parts of the `PushSubscription` that a browser gives (https://www.w3.org/TR/push-api/). */
export type PushSubscriptionInput = {
  /** `keys.auth`, in base64url. */
  auth: Scalars['String']['input'];
  /** An https URL, at most 1,000 characters. */
  endpoint: Scalars['String']['input'];
  /** `keys.p256dh`, in base64url. */
  p256dh: Scalars['String']['input'];
};

export type Query = {
  __typename?: 'Query';
  /** All alert rules, by name. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  alertRules?: Maybe<AlertRuleConnection>;
  /** Alerts, the newest first; resolved ones are kept for 30 days. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  alerts?: Maybe<AlertConnection>;
  /** The caller’s API keys, or all API keys with `api-keys:read`: the newest first, revoked ones included. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  apiKeys?: Maybe<ApiKeyConnection>;
  /** Request rates, errors, latency and health of all services over the last `range`: a time such as `15m`, `6h` or `7d`, from 5 minutes to 90 days. At most 121 points a service. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422). */
  dashboard?: Maybe<Dashboard>;
  /** An export of the caller; null for an unknown id, for the export of another user, and after it has expired. */
  dataExport?: Maybe<DataExport>;
  /** The progress of a deletion; null for an unknown id. The id alone is enough after the deletion of one’s own account, whose tokens have ended. Needs `users:delete` for a deletion that another caller requested, and is null without it. */
  deletion?: Maybe<Deletion>;
  /** Which role grants a user a permission, or which roles would grant it. Needs `users:read` for another user. Errors: NOT_FOUND (404), VALIDATION_FAILED (422) for a permission with a wildcard. */
  explainAccess?: Maybe<AccessExplanation>;
  /** One file; null for an unknown id and for a file that the caller may not read. */
  file?: Maybe<File>;
  /** Files that the caller may read, the newest first: own and granted ones, or those of the owner that the filter names. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  files?: Maybe<FileConnection>;
  /** The files service that answers: which version, and since when. */
  filesService?: Maybe<ServiceInfo>;
  /**
   * The gateway that answers: the schema it serves, the services behind it, and the limits of clients. Needs `gateway:read`; errors:
   * UNAUTHENTICATED (401), FORBIDDEN (403).
   */
  gateway?: Maybe<Gateway>;
  /** The IN_APP notifications to the caller, the newest first, without the archived ones. Errors: FORBIDDEN (403) for API keys, VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  inbox?: Maybe<NotificationConnection>;
  /** Log entries of all services, the newest first. Needs `logs:read`. Errors: VALIDATION_FAILED (422) for a filter or a page size outside of 1 to 100. */
  logs?: Maybe<LogEntryConnection>;
  /** What the dev mailbox caught, the newest first; null where it is off. Anybody can read it: it is for development. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  mailbox?: Maybe<MailboxMessageConnection>;
  /** The signed-in user. Errors: UNAUTHENTICATED (401). */
  me?: Maybe<User>;
  /** The monitoring service that answers: which version, and since when. */
  monitoringService?: Maybe<ServiceInfo>;
  /** One notification. Needs `notifications:read` unless the caller sent or received it, and is null without it. */
  notification?: Maybe<Notification>;
  /** The preferences of the caller. Errors: FORBIDDEN (403) for API keys. */
  notificationPreferences?: Maybe<NotificationPreferences>;
  /** The schedules of the caller, with `notifications:read` those of every sender, the newest first. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  notificationSchedules?: Maybe<NotificationScheduleConnection>;
  /** The newest notifications first: all with `notifications:read`, without it those to the caller. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  notifications?: Maybe<NotificationConnection>;
  /** The notifications service that answers: which version, and since when. */
  notificationsService?: Maybe<ServiceInfo>;
  /** Fills in the variables of a template without sending it. Needs `templates:read`. Errors: NOT_FOUND (404), VALIDATION_FAILED (422) for variables that are missing or not declared. */
  previewTemplate?: Maybe<TemplatePreview>;
  /** The public key that a browser subscribes with (`applicationServerKey`), in base64url; null where Web Push is not configured. */
  pushPublicKey?: Maybe<Scalars['String']['output']>;
  /** The subscriptions of the caller, at most 20. Errors: FORBIDDEN (403) for API keys. */
  pushSubscriptions?: Maybe<Array<PushSubscription>>;
  /** Files in which malware was found after they were stored, the newest first. Needs `files:quarantine`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  quarantinedFiles?: Maybe<FileConnection>;
  /** One role; null for an unknown id. Needs `roles:read`. */
  role?: Maybe<Role>;
  /** All roles by name, a page at a time. Needs `roles:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  roles?: Maybe<RoleConnection>;
  /** Finds users by name, username and email address, the best match first: whole words, then prefixes, parts of words, and words with a typo. Every word of `q` must match; case, accents and punctuation do not count. Limits: parts and one typo from three letters, two typos from ten; 600 users. Needs `users:read`. Errors: VALIDATION_FAILED (422). */
  searchUsers?: Maybe<UserConnection>;
  /** The security events of all accounts, the newest first. Needs `security-events:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  securityEvents?: Maybe<SecurityEventConnection>;
  /** The health of the gateway and of every service of rover.yaml. Needs `monitoring:read`. */
  services?: Maybe<Array<Service>>;
  /** The silences that have not ended, the newest first and at most 500. Needs `monitoring:read`. */
  silences?: Maybe<Array<Silence>>;
  /** All templates, the oldest first. Needs `templates:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  templates?: Maybe<NotificationTemplateConnection>;
  /** A trace with its spans and log entries; null when neither a span nor a log entry of it is stored. Needs `traces:read`. Errors: VALIDATION_FAILED (422) for an id that is not 32 hexadecimal digits. */
  trace?: Maybe<Trace>;
  /** How many notifications in the inbox of the caller are unread; 1,000 also stands for more. Errors: FORBIDDEN (403) for API keys. */
  unreadNotificationCount?: Maybe<Scalars['Int']['output']>;
  /** One user; null for an unknown id. Needs `users:read` for another user, and is null without it. */
  user?: Maybe<User>;
  /** All users, a page at a time. Needs `users:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  users?: Maybe<UserConnection>;
  /** Whether an access token is valid: the given one, or the token of this request. */
  validateToken?: Maybe<TokenValidation>;
  /** All webhook endpoints, the oldest first. Needs `webhooks:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100. */
  webhookEndpoints?: Maybe<WebhookEndpointConnection>;
};


export type QueryAlertRulesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryAlertsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AlertFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryApiKeysArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryDashboardArgs = {
  range?: Scalars['String']['input'];
};


export type QueryDataExportArgs = {
  id: Scalars['ID']['input'];
};


export type QueryDeletionArgs = {
  id: Scalars['ID']['input'];
};


export type QueryExplainAccessArgs = {
  permission: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
};


export type QueryFileArgs = {
  id: Scalars['ID']['input'];
};


export type QueryFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<FileFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryInboxArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  onlyUnread?: InputMaybe<Scalars['Boolean']['input']>;
};


export type QueryLogsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<LogFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryMailboxArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryNotificationArgs = {
  id: Scalars['ID']['input'];
};


export type QueryNotificationSchedulesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryNotificationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<NotificationFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPreviewTemplateArgs = {
  id: Scalars['ID']['input'];
  locale?: InputMaybe<Scalars['String']['input']>;
  variables?: InputMaybe<Scalars['JSONObject']['input']>;
};


export type QueryQuarantinedFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
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


export type QueryTemplatesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryTraceArgs = {
  id: Scalars['ID']['input'];
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


export type QueryWebhookEndpointsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** Every day between these times emails, SMS and push notifications wait, except for `security`. */
export type QuietHours = {
  __typename?: 'QuietHours';
  /** A time of the day such as `22:00`. */
  from: Scalars['String']['output'];
  /** An IANA time zone such as `Europe/Berlin`; null for that of the profile, UTC without one. */
  timeZone?: Maybe<Scalars['String']['output']>;
  /** A time of the day such as `07:00`; before `from` it is on the next day. */
  to: Scalars['String']['output'];
};

/** See `QuietHours`. */
export type QuietHoursInput = {
  /** A time of the day such as `22:00`. */
  from: Scalars['String']['input'];
  /** An IANA time zone such as `Europe/Berlin`; without it that of the profile. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** A time of the day such as `07:00`. */
  to: Scalars['String']['input'];
};

export type ReauthenticateInput = {
  /** The six digits of the authenticator app, or a recovery code. Required where the account has a second factor. */
  code?: InputMaybe<Scalars['String']['input']>;
  password: Scalars['String']['input'];
};

/** Codes that replace the authenticator app when it is lost. Plinth stores their hashes only and cannot show them again. */
export type RecoveryCodes = {
  __typename?: 'RecoveryCodes';
  /** Ten codes, each valid for one use. Codes that were issued before are invalid. */
  codes: Array<Scalars['String']['output']>;
};

/** A schema that does not compose with those of the other subgraphs. */
export type RefusedSchema = {
  __typename?: 'RefusedSchema';
  /** The composition errors. */
  errors: Array<Scalars['String']['output']>;
  /** SHA-256 of its SDL, as 64 hexadecimal digits. */
  hash: Scalars['String']['output'];
  subgraph: Scalars['String']['output'];
};

export type RegisterInput = {
  /** An email address of at most 254 characters. */
  email: Scalars['String']['input'];
  /** 8 to 1,024 characters of any kind; no common password, and not derived from the username or email. */
  password: Scalars['String']['input'];
  /** 3 to 32 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit. */
  username: Scalars['String']['input'];
};

/** An entry that was not stored. */
export type RejectedLogEntry = {
  __typename?: 'RejectedLogEntry';
  /** Its place in the list, from 1. */
  line: Scalars['Int']['output'];
  /** Why; it never repeats a value. */
  reason: Scalars['String']['output'];
};

/** The requests of one step. */
export type RequestPoint = {
  __typename?: 'RequestPoint';
  /** The first moment of the step. */
  at: Scalars['DateTime']['output'];
  /** Requests a second that were answered with 5xx. */
  errorRate: Scalars['Float']['output'];
  /** Median of the duration, in seconds. */
  p50?: Maybe<Scalars['Float']['output']>;
  /** 95th percentile of the duration, in seconds. */
  p95?: Maybe<Scalars['Float']['output']>;
  /** 99th percentile of the duration, in seconds. */
  p99?: Maybe<Scalars['Float']['output']>;
  /** Requests a second. */
  requestRate: Scalars['Float']['output'];
};

/** HTTP requests, without probes and scrapes. Quantiles are estimated from a histogram; null where there were no requests. */
export type RequestStatistics = {
  __typename?: 'RequestStatistics';
  /** Requests a second that were answered with 5xx. */
  errorRate: Scalars['Float']['output'];
  /** Median of the duration, in seconds. */
  p50?: Maybe<Scalars['Float']['output']>;
  /** 95th percentile of the duration, in seconds. */
  p95?: Maybe<Scalars['Float']['output']>;
  /** 99th percentile of the duration, in seconds. */
  p99?: Maybe<Scalars['Float']['output']>;
  /** Requests a second. */
  requestRate: Scalars['Float']['output'];
};

/** A named set of permissions. The role `administrator` grants `*`; every registered user gets the role `user`. */
export type Role = {
  __typename?: 'Role';
  /** A text for people; empty by default. */
  description: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Whether the role comes with Plinth and cannot be deleted or renamed. */
  isSystem: Scalars['Boolean']['output'];
  /** 2 to 50 of a-z, 0-9 and `-`, beginning with a letter; unique. */
  name: Scalars['String']['output'];
  /** Sorted. `resource:action` such as `files:read`; `files:*` grants every action on files, `*` everything. */
  permissions: Array<Scalars['String']['output']>;
  /** Grows with each change. `updateRole` takes it to detect concurrent changes. */
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

/** A notification that is sent later: at `scheduledAt`, or at `localTime`. */
export type ScheduleNotificationInput = {
  /** For EMAIL: at most 10 files that the caller can read, 20 MiB together. The moment must be in the next six days. */
  attachments?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What it is about: 1 to 40 of a-z, 0-9 and `-`; `general` by default. Nobody can switch `security` off; it needs `security-notifications:send`. */
  category?: InputMaybe<Scalars['String']['input']>;
  channel: NotificationChannel;
  /** At most 65,536 characters; 1,600 for SMS, 2,000 for PUSH, 10,000 for IN_APP. JSON for WEBHOOK. */
  content?: InputMaybe<Scalars['String']['input']>;
  /** Of `content`; TEXT by default. */
  contentType?: InputMaybe<ContentType>;
  /** 1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the first answer. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delivered before notifications that are not urgent. */
  isUrgent?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `2026-03-02T09:00`. A time that the clock skips moves on by the gap; of a time that comes twice it is the first. */
  localTime?: InputMaybe<Scalars['String']['input']>;
  /** The language of the template’s text: `pt-BR` falls back to `pt`, then to the default. Without it that of each user’s profile. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** An email address, a phone number in E.164 form such as +4930901820, or the id of a webhook endpoint. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 1,000 addresses and ids; each becomes a notification, for PUSH each subscription. */
  recipients?: InputMaybe<Array<Scalars['String']['input']>>;
  /** In the future, at most a year ahead. */
  scheduledAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At most 255 characters. Required with `content` for EMAIL and PUSH, absent for SMS, the type of the event for WEBHOOK. */
  subject?: InputMaybe<Scalars['String']['input']>;
  /** The name of a template. */
  template?: InputMaybe<Scalars['String']['input']>;
  templateId?: InputMaybe<Scalars['ID']['input']>;
  /** An IANA time zone such as `Europe/Berlin`. Without it each user gets it at that time of the zone of their quiet hours, else of their profile; UTC without either. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** A user, for EMAIL, SMS, PUSH and IN_APP. */
  userId?: InputMaybe<Scalars['ID']['input']>;
  /** A value for each variable of the template, and no other. */
  variables?: InputMaybe<Scalars['JSONObject']['input']>;
};

/** An entry of the append-only security log of an account, stored in the transaction of the action. Limits: kept for SECURITY_EVENT_RETENTION days, 400 by default. Those in which the owner acted end with the account, apart from changes of roles. */
export type SecurityEvent = {
  __typename?: 'SecurityEvent';
  /** The user or API key that acted; null for the owner and for an anonymous client. */
  actorId?: Maybe<Scalars['ID']['output']>;
  /** The IP address of the request; empty without a request, and for the owner where `actorId` acted. */
  address: Scalars['String']['output'];
  /** More facts, which depend on the type; `{}` without any. */
  details: Scalars['JSONObject']['output'];
  /** Browser and operating system derived from `userAgent`, such as `Firefox on Linux`. */
  device: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  occurredAt: Scalars['DateTime']['output'];
  /** The trace id of the request, as in logs and errors; null without a request. */
  traceId?: Maybe<Scalars['String']['output']>;
  type: SecurityEventType;
  /** The `user-agent` header, at most 300 characters; empty where `address` is empty. */
  userAgent: Scalars['String']['output'];
  /** The user of the account. */
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

/** Conditions that must all hold. */
export type SecurityEventFilter = {
  /** At this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  type?: InputMaybe<SecurityEventType>;
  /** The user of the account. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** The type of a security event. */
export type SecurityEventType =
  /** The owner created an API key: `details`. */
  | 'API_KEY_CREATED'
  /** An API key of the owner was revoked: `details`. */
  | 'API_KEY_REVOKED'
  /** `actorId` deleted the account. */
  | 'DELETED'
  /** The owner verified the email with a mailed link. */
  | 'EMAIL_VERIFIED'
  /** The owner accepted an invitation and set the first password. */
  | 'INVITATION_ACCEPTED'
  /** The owner changed the password; all other sessions ended. */
  | 'PASSWORD_CHANGED'
  /** A new password was set with a mailed link; all sessions ended. */
  | 'PASSWORD_RESET'
  /** A link to set a new password was mailed. */
  | 'PASSWORD_RESET_REQUESTED'
  /** `actorId` reactivated the account. */
  | 'REACTIVATED'
  /** The owner authenticated again. */
  | 'REAUTHENTICATED'
  /** New recovery codes were issued; the old ones are invalid. */
  | 'RECOVERY_CODES_RENEWED'
  /** A recovery code replaced a code of the authenticator app. */
  | 'RECOVERY_CODE_USED'
  /** A refresh token was reused, so two clients hold it. Its session, `details.sessionId`, was ended. */
  | 'REFRESH_TOKEN_REUSED'
  /** The account was created; without an address by the operator. */
  | 'REGISTERED'
  /** Roles were given or taken: `details.added` and `details.removed`. */
  | 'ROLES_CHANGED'
  /** The owner created a role: `details.role`, and `details.added` with its permissions. An action of an API key stands in the log of the user who created the key, with the key as `actorId`. */
  | 'ROLE_CREATED'
  /** The owner, or an API key as with `ROLE_CREATED`, deleted a role: `details.role`, and `details.removed` with its permissions. */
  | 'ROLE_DELETED'
  /** The owner, or an API key as with `ROLE_CREATED`, changed a role: `details.role`, `details.formerName` when it was renamed, and permissions in `details.added` and `details.removed`. */
  | 'ROLE_UPDATED'
  /** Sessions were revoked from another session: `details.sessionIds`. */
  | 'SESSIONS_REVOKED'
  /** A session was opened: `details.sessionId`. */
  | 'SIGNED_IN'
  /** The owner logged out: `details.sessionIds`. */
  | 'SIGNED_OUT'
  /** A password or code was wrong. Attempts that are refused during a wait are not recorded, which limits these events to about a hundred a day. */
  | 'SIGN_IN_FAILED'
  /** `actorId` suspended the account; all sessions ended. */
  | 'SUSPENDED'
  /** The second factor was disabled. */
  | 'TOTP_DISABLED'
  /** The second factor was enabled. */
  | 'TOTP_ENABLED';

/** One message for one or more recipients. Give one of `recipient`, `userId` and `recipients`, and one of `content`, `templateId` and `template`. */
export type SendNotificationInput = {
  /** For EMAIL: at most 10 files that the caller can read, 20 MiB together. The moment must be in the next six days. */
  attachments?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What it is about: 1 to 40 of a-z, 0-9 and `-`; `general` by default. Nobody can switch `security` off; it needs `security-notifications:send`. */
  category?: InputMaybe<Scalars['String']['input']>;
  channel: NotificationChannel;
  /** At most 65,536 characters; 1,600 for SMS, 2,000 for PUSH, 10,000 for IN_APP. JSON for WEBHOOK. */
  content?: InputMaybe<Scalars['String']['input']>;
  /** Of `content`; TEXT by default. */
  contentType?: InputMaybe<ContentType>;
  /** 1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the first answer. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delivered before notifications that are not urgent. */
  isUrgent?: InputMaybe<Scalars['Boolean']['input']>;
  /** The language of the template’s text: `pt-BR` falls back to `pt`, then to the default. Without it that of each user’s profile. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** An email address, a phone number in E.164 form such as +4930901820, or the id of a webhook endpoint. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 1,000 addresses and ids; each becomes a notification, for PUSH each subscription. */
  recipients?: InputMaybe<Array<Scalars['String']['input']>>;
  /** At most 255 characters. Required with `content` for EMAIL and PUSH, absent for SMS, the type of the event for WEBHOOK. */
  subject?: InputMaybe<Scalars['String']['input']>;
  /** The name of a template. */
  template?: InputMaybe<Scalars['String']['input']>;
  templateId?: InputMaybe<Scalars['ID']['input']>;
  /** A user, for EMAIL, SMS, PUSH and IN_APP. */
  userId?: InputMaybe<Scalars['ID']['input']>;
  /** A value for each variable of the template, and no other. */
  variables?: InputMaybe<Scalars['JSONObject']['input']>;
};

/** A server of Plinth that is watched: a subgraph or the gateway. */
export type Service = {
  __typename?: 'Service';
  /** Why the last probe failed; null when it did not. */
  error?: Maybe<Scalars['String']['output']>;
  /** Failed probes of the last 24 hours. */
  errorCount: Scalars['Int']['output'];
  /** Changes of its status in the last 30 days, the newest first. Needs `monitoring:read`. */
  history?: Maybe<Array<HealthChange>>;
  /** When it was last probed; null before that. */
  lastCheck?: Maybe<Scalars['DateTime']['output']>;
  /** As in rover.yaml, or `gateway`. */
  name: Scalars['String']['output'];
  /** Milliseconds that the last probe took; null when it failed. */
  responseTime?: Maybe<Scalars['Float']['output']>;
  /** Since when it has this status. */
  since?: Maybe<Scalars['DateTime']['output']>;
  status: ServiceStatus;
  uptime: Uptime;
};


/** A server of Plinth that is watched: a subgraph or the gateway. */
export type ServiceHistoryArgs = {
  first?: Scalars['Int']['input'];
};

/** One service in a range of time. */
export type ServiceDashboard = {
  __typename?: 'ServiceDashboard';
  /** Its probes; spans without probes are left out. */
  health: Array<HealthBucket>;
  /** Metrics whose names begin with `plinth_`, by name. */
  metrics: Array<MetricValue>;
  /** One for each step, also for steps without requests. */
  points: Array<RequestPoint>;
  /** Over the whole range. */
  requests: RequestStatistics;
  service: Service;
};

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

/** The health of a service, as its probes show it. */
export type ServiceStatus =
  /** The last probes succeeded. */
  | 'HEALTHY'
  /** At least the last two probes failed. */
  | 'UNHEALTHY'
  /** There is no recent probe. */
  | 'UNKNOWN';

/** A selection of the caller’s sessions. */
export type SessionScope =
  /** All sessions. */
  | 'ALL'
  /** All sessions except that of this request. */
  | 'OTHERS';

/** The limits of a share link. */
export type ShareFileInput = {
  /** Seconds, at most 366 days; without it the link does not expire. */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** 1 to 1,000,000. */
  maxDownloads?: InputMaybe<Scalars['Int']['input']>;
  /** 4 to 1,024 characters. */
  password?: InputMaybe<Scalars['String']['input']>;
};

/** A new share link. */
export type ShareFilePayload = {
  __typename?: 'ShareFilePayload';
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  share: FileShare;
  /** The secret of the link. It is shown only once. */
  token: Scalars['String']['output'];
  /** The path of the link at the gateway. */
  url: Scalars['String']['output'];
};

/** The result of an access to a share link. */
export type ShareOutcome =
  | 'DOWNLOADED'
  | 'WRONG_PASSWORD';

/** The tokens and the user of a sign-in. */
export type SignedIn = {
  __typename?: 'SignedIn';
  /** For `authorization: Bearer …`. Valid until it expires or its session ends. */
  accessToken: Scalars['String']['output'];
  /** Lifetime of the access token in seconds. */
  expiresIn: Scalars['Int']['output'];
  /** For one call of `refresh`, which returns the next one. Store it as safely as a password. */
  refreshToken: Scalars['String']['output'];
  /** Always `bearer`. */
  tokenType: Scalars['String']['output'];
  user: User;
};

/** A key that signs access tokens (ES256). */
export type SigningKey = {
  __typename?: 'SigningKey';
  /** The key id in the header of tokens and in the key set. */
  kid: Scalars['ID']['output'];
  /** The time from which it signs; it is published earlier. */
  signsFrom: Scalars['DateTime']['output'];
};

/** A time in which matching alerts are not sent. */
export type Silence = {
  __typename?: 'Silence';
  comment: Scalars['String']['output'];
  /** `user:<id>` or `service:<id>`. */
  createdBy: Scalars['String']['output'];
  endsAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** All rules when null. */
  ruleId?: Maybe<Scalars['ID']['output']>;
  /** All services when null. */
  service?: Maybe<Scalars['String']['output']>;
  startsAt: Scalars['DateTime']['output'];
};

/** One piece of work within a trace. */
export type Span = {
  __typename?: 'Span';
  /** Named by OpenTelemetry’s semantic conventions. */
  attributes: Scalars['JSONObject']['output'];
  /** Milliseconds. */
  durationMs: Scalars['Float']['output'];
  /** 16 hexadecimal digits. */
  id: Scalars['ID']['output'];
  /** Whether the work failed. */
  isError: Scalars['Boolean']['output'];
  kind: SpanKind;
  /** Such as `POST /graphql`. At most 500 characters. */
  name: Scalars['String']['output'];
  /** Milliseconds from the start of the first span of the trace. */
  offsetMs: Scalars['Float']['output'];
  /** The span that caused it; null for the first of the trace. */
  parentId?: Maybe<Scalars['ID']['output']>;
  service: Scalars['String']['output'];
  /** Exact to the millisecond. */
  startedAt: Scalars['DateTime']['output'];
};

/** The kind of a span, as OpenTelemetry defines it. */
export type SpanKind =
  | 'CLIENT'
  | 'CONSUMER'
  | 'INTERNAL'
  | 'PRODUCER'
  | 'SERVER';

/** The storage that a user takes. */
export type StorageUsage = {
  __typename?: 'StorageUsage';
  /** Bytes of all files; a whole number. */
  bytes: Scalars['Float']['output'];
  files: Scalars['Int']['output'];
  /** Bytes that the user may store; a whole number. */
  quotaBytes: Scalars['Float']['output'];
};

export type Subscription = {
  __typename?: 'Subscription';
  /** An alert whose state has changed or that was acknowledged; null for one that is gone. Needs `monitoring:read`. */
  alertChanged?: Maybe<Alert>;
  /** The deletion now, and after each step. Null for callers who cannot read `deletion`. */
  deletionChanged?: Maybe<Deletion>;
  /** The notification now, and after each change of its status. Null for callers who cannot read `notification`. */
  deliveryStatusChanged?: Maybe<Notification>;
  /** The file now, and after each change of its metadata or status. Null once it is deleted, and for callers who may not read it. */
  fileChanged?: Maybe<File>;
  /** New log entries, once a second and some three seconds after they were written. An entry that arrives later than that is only found by `logs`. Needs `logs:read`. Errors: VALIDATION_FAILED (422) for a filter that is not valid. */
  logAdded?: Maybe<LogAddition>;
  /** The newest notification in the inbox of the caller, or null when it is empty, and then each that arrives. Errors: FORBIDDEN (403) for API keys. */
  notificationReceived?: Maybe<Notification>;
  /** A service whose status has changed. Needs `monitoring:read`. */
  serviceHealthChanged?: Maybe<Service>;
};


export type SubscriptionDeletionChangedArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionDeliveryStatusChangedArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionFileChangedArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionLogAddedArgs = {
  filter?: InputMaybe<LogFilter>;
};

/** A template with its variables filled in. */
export type TemplatePreview = {
  __typename?: 'TemplatePreview';
  content: Scalars['String']['output'];
  subject?: Maybe<Scalars['String']['output']>;
};

/** The texts of a template in one more language. */
export type TemplateTextInput = {
  contentTemplate: Scalars['String']['input'];
  /** A language tag such as `es` or `pt-BR`. */
  locale: Scalars['String']['input'];
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
};

/** How a picture fits into width and height, as `object-fit` of CSS does. */
export type ThumbnailFit =
  /** Is in both as a whole; the rest is transparent, or white in JPEG. */
  | 'CONTAIN'
  /** Fills both; what is too much is cut off. */
  | 'COVER'
  /** Fills both; the proportions change. */
  | 'FILL'
  /** At most as large as both; never larger than the file. */
  | 'INSIDE'
  /** At least as large as both. */
  | 'OUTSIDE';

/** The media type of a thumbnail. */
export type ThumbnailFormat =
  | 'AVIF'
  | 'JPEG'
  | 'PNG'
  | 'WEBP';

/** The state of an access token at this moment. */
export type TokenValidation = {
  __typename?: 'TokenValidation';
  active: Scalars['Boolean']['output'];
  /** When it expires; null when it is not active. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The user’s permissions, wildcards included; empty when it is not active. */
  permissions: Array<Scalars['String']['output']>;
  /** The error code of a token that is not active: `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`, `ACCOUNT_INACTIVE`, or `UNAUTHENTICATED` without a token. Null when it is active. */
  reason?: Maybe<Scalars['String']['output']>;
  /** The names of the user’s roles; empty when it is not active. */
  roles: Array<Scalars['String']['output']>;
  /** The user of the token; null when it is not active. */
  userId?: Maybe<Scalars['ID']['output']>;
};

/** The tokens of a session. */
export type Tokens = {
  __typename?: 'Tokens';
  /** For `authorization: Bearer …`. Valid until it expires or its session ends. */
  accessToken: Scalars['String']['output'];
  /** Lifetime of the access token in seconds. */
  expiresIn: Scalars['Int']['output'];
  /** For one call of `refresh`, which returns the next one. Store it as safely as a password. */
  refreshToken: Scalars['String']['output'];
  /** Always `bearer`. */
  tokenType: Scalars['String']['output'];
};

/** The shared secret of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds). No other answer shows it. */
export type TotpEnrolment = {
  __typename?: 'TotpEnrolment';
  /** Base32, 160 bits, for typing where the app cannot read a QR code. */
  secret: Scalars['String']['output'];
  /** The secret as an `otpauth://totp/…` URI, for a QR code. */
  uri: Scalars['String']['output'];
};

/** The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export type Trace = {
  __typename?: 'Trace';
  /** Files that the request made and that the caller may read, the newest first. */
  files?: Maybe<FileConnection>;
  /** 32 hexadecimal digits. */
  id: Scalars['ID']['output'];
  /** Whether the trace has more spans than `spans` shows. */
  isTruncated?: Maybe<Scalars['Boolean']['output']>;
  /** Log entries of the trace, the newest first. Needs `logs:read`. */
  logs?: Maybe<LogEntryConnection>;
  /** Notifications that the request caused, the newest first: all with `notifications:read`, without it those that the caller sent or received. */
  notifications?: Maybe<NotificationConnection>;
  /** The earliest first, at most 1,000. Empty for a trace that is not sampled. */
  spans?: Maybe<Array<Span>>;
};


/** The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export type TraceFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export type TraceLogsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export type TraceNotificationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** The fields that change. */
export type UpdateAlertRuleInput = {
  condition?: InputMaybe<Scalars['String']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  for?: InputMaybe<Scalars['String']['input']>;
  /** True by default. */
  isEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  keepFiringFor?: InputMaybe<Scalars['String']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  /** RESOLVE by default. */
  noData?: InputMaybe<AlertNoData>;
  /** At most 20 email addresses. */
  notify?: InputMaybe<Array<Scalars['String']['input']>>;
  /** WARNING by default. */
  severity?: InputMaybe<AlertSeverity>;
};

/** The fields that change. */
export type UpdateFileInput = {
  /** 1 to 255 bytes, no slashes or control characters. */
  filename?: InputMaybe<Scalars['String']['input']>;
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The change is refused when this is not the current version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The preferences to change; the others stay. */
export type UpdatePreferencesInput = {
  /** Null removes them. */
  quietHours?: InputMaybe<QuietHoursInput>;
  /** Each replaces the one of the same category and channel; at most 100 in all. */
  switches?: InputMaybe<Array<NotificationSwitchInput>>;
};

/** The fields of a role that change. An absent field stays as it is. */
export type UpdateRoleInput = {
  /** At most 500 characters; null clears it. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** As in `CreateRoleInput`; cannot be null. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Replaces all permissions; the caller must hold those that are added. Cannot be null; an empty list removes all. */
  permissions?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The version that the client has read. Errors: VERSION_CONFLICT (409) when there is a newer version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The whole of a template; it becomes a new version. */
export type UpdateTemplateInput = {
  /** Liquid, for email around HTML; at most 65,536 characters. */
  contentTemplate: Scalars['String']['input'];
  /** The language of these texts; `en` by default. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 64 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** Liquid; required for EMAIL and PUSH, absent for SMS. */
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
  /** The texts of other languages. */
  translations?: InputMaybe<Array<TemplateTextInput>>;
  /** At most 50 names; the texts use no others. */
  variables?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** The profile fields that change. An absent field stays as it is, null clears it. */
export type UpdateUserInput = {
  /** The id of an uploaded picture, which becomes `UserProfile.avatar`. */
  avatarFileId?: InputMaybe<Scalars['ID']['input']>;
  /** An http or https URL of at most 2,048 characters, without user name and password. */
  avatarUrl?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  firstName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  lastName?: InputMaybe<Scalars['String']['input']>;
  /** A language tag (BCP 47) such as `pt-BR`: the language of messages to the user. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** Replaces the whole object: at most 16 KiB as JSON, at most 10 levels deep. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** E.164, such as +4930901820. Encrypted at rest. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** The version that the client has read; without it the last write of a field wins. Errors: VERSION_CONFLICT (409) when there is a newer version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The metadata of a new file. */
export type UploadFileInput = {
  /** The name of the part when absent; at most 255 bytes. */
  filename?: InputMaybe<Scalars['String']['input']>;
  /** Whether everybody may read it. False when absent. */
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** The part of the probes that succeeded, from 0 to 1; null where there were none. */
export type Uptime = {
  __typename?: 'Uptime';
  /** Of the last 24 hours. */
  day?: Maybe<Scalars['Float']['output']>;
  /** Of the last 30 days. */
  month?: Maybe<Scalars['Float']['output']>;
  /** Of the last 7 days. */
  week?: Maybe<Scalars['Float']['output']>;
};

/** A person with an account. */
export type User = {
  __typename?: 'User';
  /** The time of the registration. Null without the permission to read it. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Unique without regard to case. Null without the permission to read it. */
  email?: Maybe<Scalars['String']['output']>;
  /** Whether the owner has verified `email`. Null without the permission to read it. */
  emailVerified?: Maybe<Scalars['Boolean']['output']>;
  /** Files of the user that the caller may read, the newest first. */
  files?: Maybe<FileConnection>;
  id: Scalars['ID']['output'];
  /** False while the account is suspended. Null without the permission to read it. */
  isActive?: Maybe<Scalars['Boolean']['output']>;
  /** The last complete sign-in; null before the first. Null without the permission to read it. */
  lastLogin?: Maybe<Scalars['DateTime']['output']>;
  /** All permissions of the roles, sorted, wildcards included; empty without the permission to read them. */
  permissions?: Maybe<Array<Scalars['String']['output']>>;
  /** Null without the permission to read it, and for a moment after the registration. */
  profile?: Maybe<UserProfile>;
  /** The number of unused recovery codes. Null for another user, and without a second factor. */
  recoveryCodesLeft?: Maybe<Scalars['Int']['output']>;
  /** The roles of the user by name; empty without the permission to read them. */
  roles?: Maybe<Array<Role>>;
  /** The security events of this account, the newest first. Needs `security-events:read` for another user, and is empty without it. */
  securityEvents?: Maybe<SecurityEventConnection>;
  /** The live sessions, the last used first, at most 100. Needs `sessions:read` for another user, and is empty without it. */
  sessions?: Maybe<Array<UserSession>>;
  /** The storage that the user takes. Needs `files:read` for another user, and is null without it. */
  storageUsage?: Maybe<StorageUsage>;
  /** Whether sign-ins ask for a second factor. Needs `users:reset-factors` for another user, and is null without it. */
  totpEnabled?: Maybe<Scalars['Boolean']['output']>;
  /** Unique without regard to case. Null without the permission to read it. */
  username?: Maybe<Scalars['String']['output']>;
};


/** A person with an account. */
export type UserFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
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

/** Conditions that must all hold. */
export type UserFilter = {
  /** Whether the account is active. */
  active?: InputMaybe<Scalars['Boolean']['input']>;
  /** Registered at this moment or later. */
  createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Registered before this moment. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** The name of a role of the user. */
  role?: InputMaybe<Scalars['String']['input']>;
};

/** The orders of the list of users. Usernames are ordered without regard to case. */
export type UserOrder =
  | 'CREATED_AT_ASC'
  | 'CREATED_AT_DESC'
  | 'USERNAME_ASC'
  | 'USERNAME_DESC';

/** The profile of a user. */
export type UserProfile = {
  __typename?: 'UserProfile';
  /** The uploaded picture of the user. Null for none, and for callers who may not read the file; a public file is read by everybody. */
  avatar?: Maybe<File>;
  /** The id of an uploaded picture; `avatar` is the file. */
  avatarFileId?: Maybe<Scalars['ID']['output']>;
  /** Address of a picture, http or https. */
  avatarUrl?: Maybe<Scalars['String']['output']>;
  /** Given name, at most 100 characters. */
  firstName?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** Family name, at most 100 characters. */
  lastName?: Maybe<Scalars['String']['output']>;
  /** A language tag (BCP 47) such as `pt-BR`: the language of messages to the user. */
  locale?: Maybe<Scalars['String']['output']>;
  /** A JSON object for the application; `{}` by default. Limits: 16 KiB, 10 levels. */
  metadata?: Maybe<Scalars['JSONObject']['output']>;
  /** E.164, such as +4930901820. */
  phone?: Maybe<Scalars['String']['output']>;
  /** An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user. */
  timeZone?: Maybe<Scalars['String']['output']>;
  /** When the profile was last changed. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The user of the profile. */
  userId?: Maybe<Scalars['ID']['output']>;
  /** Grows with each change. `updateUser` takes it to detect concurrent changes. */
  version?: Maybe<Scalars['Int']['output']>;
};

/** A sign-in on one device. It ends by logout, by revocation or when it expires. */
export type UserSession = {
  __typename?: 'UserSession';
  /** The last IP address. */
  address: Scalars['String']['output'];
  /** The time of the sign-in. */
  createdAt: Scalars['DateTime']['output'];
  /** Browser and operating system derived from `userAgent`, such as `Firefox on Linux`. */
  device: Scalars['String']['output'];
  /** The session ends at this time; a refresh does not move it. */
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** Whether the access token of this request belongs to it. */
  isCurrent: Scalars['Boolean']['output'];
  /** The time of the sign-in or of the last refresh. */
  lastSeenAt: Scalars['DateTime']['output'];
  /** The `user-agent` header of the sign-in, at most 300 characters. */
  userAgent: Scalars['String']['output'];
};

/** A URL that gets WEBHOOK notifications as signed requests (https://www.standardwebhooks.com): `{type, timestamp, data}` with the subject as `type` and the content as `data`. */
export type WebhookEndpoint = {
  __typename?: 'WebhookEndpoint';
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  url: Scalars['String']['output'];
};

/** A page of a list of WebhookEndpoint. */
export type WebhookEndpointConnection = {
  __typename?: 'WebhookEndpointConnection';
  edges: Array<WebhookEndpointEdge>;
  /** The nodes of `edges`. */
  nodes: Array<WebhookEndpoint>;
  pageInfo: PageInfo;
};

/** One WebhookEndpoint and its place in the list. */
export type WebhookEndpointEdge = {
  __typename?: 'WebhookEndpointEdge';
  /** Opaque; pass as `after` to go on from here. */
  cursor: Scalars['String']['output'];
  node: WebhookEndpoint;
};

/** An endpoint with its secret, which is shown only here. */
export type WebhookSecret = {
  __typename?: 'WebhookSecret';
  endpoint: WebhookEndpoint;
  /** `whsec_` and the key of the HMAC-SHA256 in base64. */
  secret: Scalars['String']['output'];
};

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { __typename?: 'Mutation', register?: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, tokenType: string, expiresIn: number, user: { __typename?: 'User', id: string, username?: string | null, email?: string | null, isActive?: boolean | null, createdAt?: string | null, lastLogin?: string | null } } | null };

export type LogInMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LogInMutation = { __typename?: 'Mutation', login?: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, expiresIn: number } | null };

export type RefreshMutationVariables = Exact<{
  refreshToken: Scalars['String']['input'];
}>;


export type RefreshMutation = { __typename?: 'Mutation', refresh?: { __typename?: 'Tokens', accessToken: string, refreshToken: string } | null };

export type LogOutMutationVariables = Exact<{
  everywhere?: InputMaybe<Scalars['Boolean']['input']>;
}>;


export type LogOutMutation = { __typename?: 'Mutation', logout?: boolean | null };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { __typename?: 'Query', me?: { __typename?: 'User', id: string, username?: string | null, email?: string | null, lastLogin?: string | null, permissions?: Array<string> | null, profile?: { __typename?: 'UserProfile', firstName?: string | null } | null, roles?: Array<{ __typename?: 'Role', name: string }> | null } | null };

export type MySessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type MySessionsQuery = { __typename?: 'Query', me?: { __typename?: 'User', sessions?: Array<{ __typename?: 'UserSession', id: string, device: string, isCurrent: boolean }> | null } | null };

export type ListUsersQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
  orderBy?: InputMaybe<UserOrder>;
}>;


export type ListUsersQuery = { __typename?: 'Query', users?: { __typename?: 'UserConnection', nodes: Array<{ __typename?: 'User', id: string, username?: string | null, email?: string | null, profile?: { __typename?: 'UserProfile', firstName?: string | null } | null, roles?: Array<{ __typename?: 'Role', name: string }> | null }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } | null };

export type ReadUserQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ReadUserQuery = { __typename?: 'Query', user?: { __typename?: 'User', id: string, username?: string | null, isActive?: boolean | null, permissions?: Array<string> | null, profile?: { __typename?: 'UserProfile', firstName?: string | null, lastName?: string | null, phone?: string | null, metadata?: Record<string, unknown> | null, version?: number | null } | null, roles?: Array<{ __typename?: 'Role', name: string }> | null } | null };

export type UpdateUserMutationVariables = Exact<{
  id: Scalars['ID']['input'];
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { __typename?: 'Mutation', updateUser?: { __typename?: 'User', id: string, profile?: { __typename?: 'UserProfile', firstName?: string | null, phone?: string | null, metadata?: Record<string, unknown> | null, version?: number | null } | null } | null };

export type AssignRolesMutationVariables = Exact<{
  userId: Scalars['ID']['input'];
  roles: Array<Scalars['String']['input']> | Scalars['String']['input'];
}>;


export type AssignRolesMutation = { __typename?: 'Mutation', assignRoles?: { __typename?: 'User', id: string, permissions?: Array<string> | null, roles?: Array<{ __typename?: 'Role', name: string }> | null } | null };

export type CreateRoleMutationVariables = Exact<{
  input: CreateRoleInput;
}>;


export type CreateRoleMutation = { __typename?: 'Mutation', createRole?: { __typename?: 'Role', id: string, name: string, permissions: Array<string> } | null };

export type ThreeMoreQueryVariables = Exact<{ [key: string]: never; }>;


export type ThreeMoreQuery = { __typename?: 'Query', notificationsService?: { __typename?: 'ServiceInfo', name: string, version: string } | null, filesService?: { __typename?: 'ServiceInfo', name: string } | null, monitoringService?: { __typename?: 'ServiceInfo', name: string } | null };

export type ChangePasswordMutationVariables = Exact<{
  currentPassword: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
}>;


export type ChangePasswordMutation = { __typename?: 'Mutation', changePassword?: boolean | null };

export type RequestPasswordResetMutationVariables = Exact<{
  email: Scalars['String']['input'];
}>;


export type RequestPasswordResetMutation = { __typename?: 'Mutation', requestPasswordReset?: boolean | null };

export type ResetPasswordMutationVariables = Exact<{
  token: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
}>;


export type ResetPasswordMutation = { __typename?: 'Mutation', resetPassword?: boolean | null };

export type VerifyEmailMutationVariables = Exact<{
  token: Scalars['String']['input'];
}>;


export type VerifyEmailMutation = { __typename?: 'Mutation', verifyEmail?: boolean | null };

export type MySecurityEventsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type MySecurityEventsQuery = { __typename?: 'Query', me?: { __typename?: 'User', emailVerified?: boolean | null, securityEvents?: { __typename?: 'SecurityEventConnection', nodes: Array<{ __typename?: 'SecurityEvent', type: SecurityEventType, occurredAt: string, actorId?: string | null, address: string, device: string, traceId?: string | null, details: Record<string, unknown> }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null } } | null } | null };

export type EnrolTotpMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrolTotpMutation = { __typename?: 'Mutation', enrolTotp?: { __typename?: 'TotpEnrolment', secret: string, uri: string } | null };

export type ConfirmTotpMutationVariables = Exact<{
  code: Scalars['String']['input'];
}>;


export type ConfirmTotpMutation = { __typename?: 'Mutation', confirmTotp?: { __typename?: 'RecoveryCodes', codes: Array<string> } | null };

export type CompleteLoginMutationVariables = Exact<{
  input: CompleteLoginInput;
}>;


export type CompleteLoginMutation = { __typename?: 'Mutation', completeLogin?: { __typename?: 'SignedIn', accessToken: string, refreshToken: string, user: { __typename?: 'User', id: string, lastLogin?: string | null } } | null };

export type ReauthenticateMutationVariables = Exact<{
  input: ReauthenticateInput;
}>;


export type ReauthenticateMutation = { __typename?: 'Mutation', reauthenticate?: { __typename?: 'Tokens', accessToken: string, refreshToken: string } | null };

export type DisableTotpMutationVariables = Exact<{
  code: Scalars['String']['input'];
}>;


export type DisableTotpMutation = { __typename?: 'Mutation', disableTotp?: { __typename?: 'User', id: string, totpEnabled?: boolean | null } | null };

export type ResetTotpMutationVariables = Exact<{
  userId: Scalars['ID']['input'];
}>;


export type ResetTotpMutation = { __typename?: 'Mutation', resetTotp?: { __typename?: 'User', id: string, totpEnabled?: boolean | null } | null };

export type MySecondFactorQueryVariables = Exact<{ [key: string]: never; }>;


export type MySecondFactorQuery = { __typename?: 'Query', me?: { __typename?: 'User', totpEnabled?: boolean | null, recoveryCodesLeft?: number | null } | null };

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type CreateUserMutation = { __typename?: 'Mutation', createUser?: { __typename?: 'User', id: string, username?: string | null, permissions?: Array<string> | null, profile?: { __typename?: 'UserProfile', firstName?: string | null, lastName?: string | null } | null, roles?: Array<{ __typename?: 'Role', name: string }> | null } | null };

export type DeleteUserMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DeleteUserMutation = { __typename?: 'Mutation', deleteUser?: { __typename?: 'Deletion', id: string, status: DeletionStatus } | null };

export type WatchDeletionQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type WatchDeletionQuery = { __typename?: 'Query', deletion?: { __typename?: 'Deletion', id: string, status: DeletionStatus, completedAt?: string | null, steps: Array<{ __typename?: 'DeletionStep', service: string, completedAt?: string | null, erased: Array<{ __typename?: 'ErasureCount', kind: string, count: number }> }> } | null };

export type ExportMyDataMutationVariables = Exact<{ [key: string]: never; }>;


export type ExportMyDataMutation = { __typename?: 'Mutation', exportMyData?: { __typename?: 'DataExport', id: string, status: DataExportStatus } | null };

export type ReadExportQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ReadExportQuery = { __typename?: 'Query', dataExport?: { __typename?: 'DataExport', id: string, status: DataExportStatus, waitingFor: Array<string>, downloadPath?: string | null } | null };

export type LiveDeletionSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type LiveDeletionSubscription = { __typename?: 'Subscription', deletionChanged?: { __typename?: 'Deletion', id: string, status: DeletionStatus, steps: Array<{ __typename?: 'DeletionStep', service: string, completedAt?: string | null }> } | null };


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
export const CreateUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateUserInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createUser"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"profile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"roles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}}]}}]} as unknown as DocumentNode<CreateUserMutation, CreateUserMutationVariables>;
export const DeleteUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteUser"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<DeleteUserMutation, DeleteUserMutationVariables>;
export const WatchDeletionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WatchDeletion"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deletion"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erased"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}}]}}]}}]} as unknown as DocumentNode<WatchDeletionQuery, WatchDeletionQueryVariables>;
export const ExportMyDataDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExportMyData"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exportMyData"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<ExportMyDataMutation, ExportMyDataMutationVariables>;
export const ReadExportDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadExport"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataExport"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"}},{"kind":"Field","name":{"kind":"Name","value":"downloadPath"}}]}}]}}]} as unknown as DocumentNode<ReadExportQuery, ReadExportQueryVariables>;
export const LiveDeletionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"LiveDeletion"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deletionChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]}}]}}]} as unknown as DocumentNode<LiveDeletionSubscription, LiveDeletionSubscriptionVariables>;
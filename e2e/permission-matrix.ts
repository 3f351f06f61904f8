import { createECDH, randomBytes } from 'node:crypto';
import { challengeOf, enrol, protect } from './authenticator-app';
import { data, eventually, type Person, rest, somebody, urls } from './client';
import { uploadFile } from './file-client';

/** Who asks. `owner` is the person an operation is about, `other` somebody else who registered; both hold the role `user`. */
export const callers = [
  'anonymous',
  'owner',
  'other',
  'administrator',
  'keyWithScope',
  'keyWithoutScope',
] as const;
export type CallerKind = (typeof callers)[number];

/** What an operation may be about: made anew once an operation may have changed it, so that no answer depends on an earlier one. */
export interface Scene {
  readonly subject: Person;
  /** The access token of an administrator. */
  readonly root: string;
}

export type Variables = Record<string, unknown>;

/** `ok`; `nothing` is null or an empty list, as if it were not there; else the code of the error. */
export type Outcome = 'ok' | 'nothing' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | (string & {});

export interface Row {
  document: string;
  /** In the order of `callers`. */
  outcomes: readonly [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
  /** What an API key needs for it, and what lets somebody do it to others; none where keys cannot. */
  scope?: string;
  /** True where the scope alone decides: then `explainAccess` has to say the same. */
  decides?: boolean;
  variables?: (scene: Scene) => Variables | Promise<Variables>;
  /** Waits until the work that an operation began no longer stands in the way of the next caller. */
  settle?: (answer: Record<string, unknown>, token: string) => Promise<unknown>;
  /** The same over REST, where there is a route. */
  rest?: { method: string; path: (variables: Variables) => string; body?: (variables: Variables) => unknown };
}

const [ok, nothing] = ['ok', 'nothing'] as const;
const [nobody, forbidden, missing] = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'] as const;

/** For anybody, signed in or not. */
const everybody = [ok, ok, ok, ok, ok, ok] as const;
/** About oneself: a service is nobody. */
const oneself = [nobody, ok, ok, ok, forbidden, forbidden] as const;
/** What only the permission opens. */
const permission = [nobody, forbidden, forbidden, ok, ok, forbidden] as const;
/** Permitted to people who hold it, never to a key. */
const people = [nobody, forbidden, forbidden, ok, forbidden, forbidden] as const;
/** One's own, or with the permission anybody's; for others it is not there. */
const ownOrMissing = [nobody, ok, missing, ok, ok, missing] as const;
const ownOrNothing = [nobody, ok, nothing, ok, ok, nothing] as const;

/** The stories keep files in a folder. */
const noBucket = 'PRESIGNED_UPLOADS_UNAVAILABLE';

const noToken = 'ACCOUNT_TOKEN_INVALID';
/** The mailed link is the permission: its token cannot be guessed. */
const mailedLink = [noToken, noToken, noToken, noToken, noToken, noToken] as const;

/** A sender finds its own notifications, and those of others with `notifications:read`. */
const sent = [nobody, forbidden, forbidden, ok, missing, forbidden] as const;

const decided = (scope: string) => ({ scope, decides: true, outcomes: permission });
const aboutSubject = ({ subject }: Scene) => ({ id: subject.id });

let made = 0;
const unique = (prefix: string) => `${prefix}-${Date.now().toString(36)}-${made++}`;

async function newRole({ root }: Scene): Promise<Variables> {
  const { createRole } = await data<{ createRole: { id: string } }, object>(
    'mutation ($name: String!) { createRole(input: { name: $name, permissions: [] }) { id } }',
    { name: unique('matrix') },
    root,
  );
  return { id: createRole.id };
}

const message = { channel: 'EMAIL', subject: 'Hi', content: 'Hello' };

/** A notification to the subject, once this service knows the user. */
async function notificationToSubject({ root, subject }: Scene): Promise<Variables> {
  const { sendNotification } = await eventually(() =>
    data<{ sendNotification: { id: string }[] }, object>(
      'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }',
      { input: { ...message, userId: subject.id } },
      root,
    ),
  );
  return { id: sendNotification[0]!.id };
}

async function scheduledNotification({ root }: Scene): Promise<Variables> {
  const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
  const { scheduleNotification } = await data<{ scheduleNotification: { id: string }[] }, object>(
    'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
    { input: { ...message, recipient: 'ada@example.com', scheduledAt } },
    root,
  );
  return { id: scheduleNotification[0]!.id, scheduledAt };
}

/** In the subject's inbox. */
async function receivedNotification({ root, subject }: Scene): Promise<Variables> {
  return eventually(async () => {
    const { sendNotification } = await data<{ sendNotification: { id: string }[] }, object>(
      'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }',
      { input: { channel: 'IN_APP', content: 'Hello', userId: subject.id } },
      root,
    );
    const { id } = sendNotification[0]!;
    await eventually(async () => {
      const { inbox } = await data<{ inbox: { nodes: { id: string }[] } }, object>(
        '{ inbox { nodes { id } } }',
        {},
        subject.accessToken,
      );
      if (!inbox.nodes.some(each => each.id === id)) throw new Error('not there yet');
    });
    return { id };
  });
}

const newBrowser = () => {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  return {
    endpoint: `https://push.example.com/${unique('matrix')}`,
    p256dh: keys.getPublicKey().toString('base64url'),
    auth: 'A'.repeat(22),
  };
};

async function newPushSubscription({ subject }: Scene): Promise<Variables> {
  const { subscribeToPush } = await data<{ subscribeToPush: { id: string } }, object>(
    'mutation ($input: PushSubscriptionInput!) { subscribeToPush(input: $input) { id } }',
    { input: newBrowser() },
    subject.accessToken,
  );
  return { id: subscribeToPush.id };
}

async function newWebhookEndpoint({ root }: Scene): Promise<Variables> {
  const { createWebhookEndpoint } = await data<
    { createWebhookEndpoint: { endpoint: { id: string } } },
    object
  >(
    'mutation { createWebhookEndpoint(url: "https://hooks.example.com/matrix") { endpoint { id } } }',
    {},
    root,
  );
  return { id: createWebhookEndpoint.endpoint.id };
}

const yearly = {
  notification: { ...message, recipient: 'ada@example.com' },
  startsAt: '2099-01-01T09:00',
  timeZone: 'UTC',
  rule: 'FREQ=YEARLY;COUNT=1',
};

async function newSchedule({ root }: Scene): Promise<Variables> {
  const { createNotificationSchedule } = await data<{ createNotificationSchedule: { id: string } }, object>(
    'mutation ($input: CreateNotificationScheduleInput!) { createNotificationSchedule(input: $input) { id } }',
    { input: yearly },
    root,
  );
  return { id: createNotificationSchedule.id };
}

async function newTemplate({ root }: Scene): Promise<Variables> {
  const { createTemplate } = await data<{ createTemplate: { id: string } }, object>(
    'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
    { input: { name: unique('matrix'), channel: 'SMS', contentTemplate: 'Hello' } },
    root,
  );
  return { id: createTemplate.id };
}

async function newKey({ root }: Scene): Promise<Variables> {
  return { id: (await makeKey(root, ['users:read'])).id };
}

/** A key of the administrator's. */
export async function makeKey(root: string, scopes: string[]): Promise<{ id: string; key: string }> {
  const { createApiKey } = await data<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
    'mutation ($scopes: [String!]!) { createApiKey(input: { name: "matrix", scopes: $scopes }) { key apiKey { id } } }',
    { scopes },
    root,
  );
  return { id: createApiKey.apiKey.id, key: createApiKey.key };
}

async function newFile({ subject }: Scene): Promise<Variables> {
  return { id: (await uploadFile(subject.accessToken, 'matrix')).id };
}

/** An entry that only this caller's search finds. */
async function newLogEntry({ root }: Scene): Promise<Variables> {
  const service = unique('matrix');
  const { status } = await rest('POST', '/metrics/logs', {
    token: root,
    body: { service, level: 'info', message: 'seen' },
  });
  if (status !== 202) throw new Error(`ingest: ${status}`);
  return { service };
}

async function newTrace({ root }: Scene): Promise<Variables> {
  const id = randomBytes(16).toString('hex');
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: id,
    spanId: 'b'.repeat(16),
    name: 'matrix',
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now),
  };
  const { status } = await rest('POST', '/v1/traces', {
    token: root,
    at: urls.monitoring!,
    body: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] },
  });
  if (status !== 200) throw new Error(`traces: ${status}`);
  return { id };
}

async function newAlertRule({ root }: Scene): Promise<Variables> {
  const { createAlertRule } = await data<{ createAlertRule: { id: string } }, object>(
    'mutation ($name: String!) { createAlertRule(input: { name: $name, condition: "health < 0" }) { id } }',
    { name: unique('matrix') },
    root,
  );
  return { id: createAlertRule.id };
}

async function newSilence({ root }: Scene): Promise<Variables> {
  const { createSilence } = await data<{ createSilence: { id: string } }, object>(
    'mutation ($endsAt: DateTime!) { createSilence(input: { service: "none", comment: "matrix", endsAt: $endsAt }) { id } }',
    { endsAt: new Date(Date.now() + 3_600_000).toISOString() },
    root,
  );
  return { id: createSilence.id };
}

let firing: Promise<Variables> | undefined;

/** An alert that fires as long as the services are watched; the same for all rows. */
function firingAlert({ root }: Scene): Promise<Variables> {
  firing ??= (async () => {
    await data<object, object>(
      'mutation ($name: String!) { createAlertRule(input: { name: $name, condition: "health >= 0" }) { id } }',
      { name: unique('matrix') },
      root,
    );
    return eventually(async () => {
      const { alerts } = await data<{ alerts: { nodes: { id: string }[] } }, object>(
        '{ alerts(first: 1, filter: { states: [FIRING] }) { nodes { id } } }',
        {},
        root,
      );
      expect(alerts.nodes.length).toBe(1);
      return { id: alerts.nodes[0]!.id };
    });
  })();
  return firing;
}

/** Every operation of the graph. One that has no row fails the test of this table. */
export const operations: Record<string, Row> = {
  'Query.apiKeys': {
    document: '{ apiKeys { nodes { id } } }',
    scope: 'api-keys:read',
    outcomes: [nobody, nothing, nothing, ok, ok, forbidden],
    variables: async scene => {
      await newKey(scene);
      return {};
    },
  },
  'Query.dataExport': {
    document: 'query ($id: ID!) { dataExport(id: $id) { id } }',
    outcomes: [nobody, ok, nothing, nothing, forbidden, forbidden],
    variables: async ({ subject }) => {
      const { exportMyData } = await data<{ exportMyData: { id: string } }, object>(
        'mutation { exportMyData { id } }',
        {},
        subject.accessToken,
      );
      return { id: exportMyData.id };
    },
  },
  'Query.deletion': {
    // Of a user whom the administrator deleted; of one's own deletion the id is enough, see lifecycle.test.ts.
    document: 'query ($id: ID!) { deletion(id: $id) { id } }',
    scope: 'users:delete',
    outcomes: [nothing, nothing, nothing, ok, ok, nothing],
    variables: async ({ root }) => {
      const { id } = await somebody();
      // Known to users in a moment.
      const { deleteUser } = await eventually(() =>
        data<{ deleteUser: { id: string } }, object>(
          'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
          { id },
          root,
        ),
      );
      return { id: deleteUser.id };
    },
    rest: { method: 'GET', path: ({ id }) => `/users/deletions/${id}` },
  },
  'Query.explainAccess': {
    document:
      'query ($id: ID!) { explainAccess(userId: $id, permission: "files:read") { reason wouldGrant { id } } }',
    scope: 'users:read',
    outcomes: ownOrMissing,
    variables: aboutSubject,
  },
  'Query.file': {
    document: 'query ($id: ID!) { file(id: $id) { id } }',
    scope: 'files:read',
    outcomes: [nothing, ok, nothing, ok, ok, nothing],
    variables: newFile,
    rest: { method: 'GET', path: ({ id }) => `/files/${id}` },
  },
  'Query.files': {
    // An administrator sees own files here; those of others with the filter `ownerId`.
    document: '{ files { nodes { id } } }',
    scope: 'files:read',
    outcomes: [nobody, ok, nothing, nothing, ok, nothing],
    variables: async scene => {
      await newFile(scene);
      return {};
    },
  },
  'Query.filesService': { document: '{ filesService { name } }', outcomes: everybody },
  'Query.me': {
    document: '{ me { id } }',
    outcomes: oneself,
    rest: { method: 'GET', path: () => '/auth/me' },
  },
  'Query.monitoringService': { document: '{ monitoringService { name } }', outcomes: everybody },
  'Query.mailbox': { document: '{ mailbox(first: 1) { nodes { id } } }', outcomes: everybody },
  'Query.notification': {
    document: 'query ($id: ID!) { notification(id: $id) { id } }',
    scope: 'notifications:read',
    outcomes: ownOrNothing,
    variables: notificationToSubject,
    rest: { method: 'GET', path: ({ id }) => `/notifications/status/${id}` },
  },
  'Query.notifications': {
    // Everybody has an own notification: the email that verifies the address.
    document:
      'query ($recipient: String!) { notifications(first: 1, filter: { recipient: $recipient }) { nodes { id } } }',
    scope: 'notifications:read',
    outcomes: [nobody, ok, nothing, ok, ok, forbidden],
    variables: async scene => {
      await notificationToSubject(scene);
      return { recipient: scene.subject.email };
    },
  },
  'Query.previewTemplate': {
    document: 'query ($id: ID!) { previewTemplate(id: $id) { content } }',
    ...decided('templates:read'),
    variables: newTemplate,
  },
  'Query.templates': {
    document: '{ templates(first: 1) { nodes { id } } }',
    ...decided('templates:read'),
    rest: { method: 'GET', path: () => '/notifications/templates?first=1' },
  },
  'Query.gateway': { document: '{ gateway { version } }', ...decided('gateway:read') },
  'Query.inbox': {
    document: '{ inbox { nodes { id } } }',
    outcomes: [nobody, ok, nothing, nothing, forbidden, forbidden],
    variables: async scene => {
      await receivedNotification(scene);
      return {};
    },
  },
  'Query.notificationSchedules': {
    document: '{ notificationSchedules(first: 1) { nodes { id } } }',
    scope: 'notifications:send',
    // A key sees its own.
    outcomes: [nobody, forbidden, forbidden, ok, nothing, forbidden],
    variables: async scene => {
      await newSchedule(scene);
      return {};
    },
  },
  'Query.unreadNotificationCount': { document: '{ unreadNotificationCount }', outcomes: oneself },
  'Query.notificationPreferences': {
    document: '{ notificationPreferences { switches { isEnabled } } }',
    outcomes: oneself,
  },
  // Web Push is not configured here.
  'Query.pushPublicKey': {
    document: '{ pushPublicKey }',
    outcomes: [nothing, nothing, nothing, nothing, nothing, nothing],
  },
  'Query.pushSubscriptions': {
    document: '{ pushSubscriptions { id } }',
    outcomes: [nobody, ok, nothing, nothing, forbidden, forbidden],
    variables: async scene => {
      await newPushSubscription(scene);
      return {};
    },
  },
  'Query.webhookEndpoints': {
    document: '{ webhookEndpoints(first: 1) { nodes { id } } }',
    ...decided('webhooks:read'),
    variables: async scene => {
      await newWebhookEndpoint(scene);
      return {};
    },
  },
  'Query.notificationsService': { document: '{ notificationsService { name } }', outcomes: everybody },
  'Query.role': {
    document: 'query ($id: ID!) { role(id: $id) { id } }',
    ...decided('roles:read'),
    variables: newRole,
  },
  'Query.roles': { document: '{ roles { nodes { id } } }', ...decided('roles:read') },
  'Query.searchUsers': {
    document: 'query ($q: String!) { searchUsers(q: $q) { nodes { id } } }',
    ...decided('users:read'),
    variables: ({ subject }) => ({ q: subject.username }),
    rest: { method: 'GET', path: ({ q }) => `/users/search${q === undefined ? '' : `?q=${q}`}` },
  },
  'Query.securityEvents': {
    document: '{ securityEvents(first: 1) { nodes { id } } }',
    ...decided('security-events:read'),
  },
  'Query.user': {
    document: 'query ($id: ID!) { user(id: $id) { id } }',
    scope: 'users:read',
    outcomes: ownOrNothing,
    variables: aboutSubject,
    rest: { method: 'GET', path: ({ id }) => `/users/${id}` },
  },
  'Query.users': {
    document: '{ users(first: 1) { nodes { id } } }',
    ...decided('users:read'),
    rest: { method: 'GET', path: () => '/users?first=1' },
  },
  'Query.validateToken': {
    document: 'query ($token: String) { validateToken(token: $token) { active } }',
    outcomes: everybody,
    variables: ({ subject }) => ({ token: subject.accessToken }),
  },

  'Mutation.acceptInvitation': {
    document: 'mutation { acceptInvitation(token: "made-up", newPassword: "a long enough secret") }',
    outcomes: mailedLink,
  },
  'Mutation.assignRoles': {
    document: 'mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) { id } }',
    ...decided('users:assign-roles'),
    variables: ({ subject }) => ({ id: subject.id, roles: ['user'] }),
    rest: {
      method: 'POST',
      path: ({ id }) => `/users/${id}/roles`,
      body: ({ roles }) => ({ roles }),
    },
  },
  'Mutation.changePassword': {
    document:
      'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
    outcomes: [nobody, ok, 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', forbidden, forbidden],
    variables: ({ subject }) => ({ current: subject.password, next: unique('a new secret') }),
  },
  'Mutation.completeLogin': {
    document: 'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { tokenType } }',
    outcomes: everybody,
    variables: async ({ subject }) => {
      const { recoveryCodes } = await protect(subject);
      return { input: { challenge: await challengeOf(subject), code: recoveryCodes[0] } };
    },
    rest: { method: 'POST', path: () => '/auth/login/verify', body: ({ input }) => input },
  },
  'Mutation.confirmTotp': {
    document: 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }',
    outcomes: [nobody, ok, 'TOTP_NOT_ENROLLED', 'TOTP_NOT_ENROLLED', forbidden, forbidden],
    variables: async ({ subject }) => ({ code: await (await enrol(subject)).code() }),
  },
  'Mutation.createApiKey': {
    document: 'mutation { createApiKey(input: { name: "matrix", scopes: ["api-keys:write"] }) { key } }',
    scope: 'api-keys:write',
    outcomes: people,
  },
  'Mutation.createRole': {
    document: 'mutation ($name: String!) { createRole(input: { name: $name, permissions: [] }) { id } }',
    ...decided('roles:write'),
    variables: () => ({ name: unique('made') }),
  },
  'Mutation.createUser': {
    document: 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    ...decided('users:create'),
    variables: () => {
      const username = unique('created');
      return { input: { username, email: `${username}@example.com` } };
    },
    rest: { method: 'POST', path: () => '/users', body: ({ input }) => input },
  },
  'Mutation.deactivateUser': {
    document: 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }',
    ...decided('users:activate'),
    variables: aboutSubject,
  },
  'Mutation.deleteFile': {
    document: 'mutation ($id: ID!) { deleteFile(id: $id) }',
    scope: 'files:delete',
    outcomes: ownOrMissing,
    variables: newFile,
    rest: { method: 'DELETE', path: ({ id }) => `/files/${id}` },
  },
  'Mutation.deleteRole': {
    document: 'mutation ($id: ID!) { deleteRole(id: $id) }',
    ...decided('roles:write'),
    variables: newRole,
  },
  'Mutation.deleteUser': {
    document: 'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
    scope: 'users:delete',
    outcomes: ownOrMissing,
    variables: aboutSubject,
    rest: { method: 'DELETE', path: ({ id }) => `/users/${id}` },
  },
  'Mutation.exportMyData': {
    document: 'mutation { exportMyData { id } }',
    outcomes: [nobody, ok, ok, ok, forbidden, forbidden],
    // One export of a user runs at a time, and the administrator of the table asks twice.
    settle: ({ exportMyData }, token) =>
      eventually(async () => {
        const { id } = exportMyData as { id: string };
        const { dataExport } = await data<{ dataExport: { status: string } }, object>(
          'query ($id: ID!) { dataExport(id: $id) { status } }',
          { id },
          token,
        );
        if (dataExport.status !== 'READY') throw new Error(dataExport.status);
      }),
  },
  'Mutation.disableTotp': {
    document: 'mutation ($code: String!) { disableTotp(code: $code) { id } }',
    outcomes: [nobody, ok, 'TOTP_NOT_ENABLED', 'TOTP_NOT_ENABLED', forbidden, forbidden],
    variables: async ({ subject }) => ({ code: (await protect(subject)).recoveryCodes[0] }),
  },
  'Mutation.enrolTotp': { document: 'mutation { enrolTotp { uri } }', outcomes: oneself },
  'Mutation.grantFilePermission': {
    document:
      'mutation ($id: ID!, $user: ID!) { grantFilePermission(fileId: $id, userId: $user, permission: READ) { id } }',
    scope: 'files:write',
    outcomes: ownOrMissing,
    variables: async scene => ({ ...(await newFile(scene)), user: (await somebody()).id }),
  },
  'Mutation.login': {
    document: 'mutation ($input: LoginInput!) { login(input: $input) { tokenType } }',
    outcomes: everybody,
    variables: ({ subject: { username, password } }) => ({ input: { username, password } }),
    rest: { method: 'POST', path: () => '/auth/login', body: ({ input }) => input },
  },
  'Mutation.logout': {
    document: 'mutation { logout }',
    outcomes: oneself,
    rest: { method: 'POST', path: () => '/auth/logout', body: () => ({}) },
  },
  'Mutation.reactivateUser': {
    document: 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }',
    ...decided('users:activate'),
    variables: aboutSubject,
  },
  'Mutation.reauthenticate': {
    document: 'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { tokenType } }',
    outcomes: [nobody, ok, 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', forbidden, forbidden],
    variables: ({ subject: { password } }) => ({ input: { password } }),
    rest: { method: 'POST', path: () => '/auth/reauthenticate', body: ({ input }) => input },
  },
  'Mutation.refresh': {
    document: 'mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) { tokenType } }',
    outcomes: everybody,
    variables: ({ subject }) => ({ refreshToken: subject.refreshToken }),
    rest: {
      method: 'POST',
      path: () => '/auth/refresh',
      body: ({ refreshToken }) => ({ refresh_token: refreshToken }),
    },
  },
  'Mutation.sendNotification': {
    document: 'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }',
    ...decided('notifications:send'),
    variables: () => ({ input: { ...message, recipient: 'ada@example.com' } }),
    rest: {
      method: 'POST',
      path: () => '/notifications/send',
      body: () => ({ ...message, channel: 'email', recipient: 'ada@example.com' }),
    },
  },
  'Mutation.scheduleNotification': {
    document: 'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
    ...decided('notifications:send'),
    variables: () => ({
      input: {
        ...message,
        recipient: 'ada@example.com',
        scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
    }),
    rest: {
      method: 'POST',
      path: () => '/notifications/schedule',
      body: ({ input }) => ({
        ...message,
        channel: 'email',
        recipient: 'ada@example.com',
        scheduled_at: (input as { scheduledAt: string }).scheduledAt,
      }),
    },
  },
  'Mutation.cancelNotification': {
    document: 'mutation ($id: ID!) { cancelNotification(id: $id) { id } }',
    scope: 'notifications:send',
    outcomes: sent,
    variables: scheduledNotification,
  },
  'Mutation.rescheduleNotification': {
    document:
      'mutation ($id: ID!, $scheduledAt: DateTime!) { rescheduleNotification(id: $id, scheduledAt: $scheduledAt) { id } }',
    scope: 'notifications:send',
    outcomes: sent,
    variables: scheduledNotification,
  },
  'Mutation.retryNotification': {
    document: 'mutation ($id: ID!) { retryNotification(id: $id) { id } }',
    scope: 'notifications:send',
    outcomes: [nobody, forbidden, forbidden, 'NOTIFICATION_NOT_FAILED', missing, forbidden],
    variables: scheduledNotification,
  },
  'Mutation.retryFailedNotifications': {
    document: 'mutation { retryFailedNotifications(filter: { recipient: "nobody" }) }',
    ...decided('notifications:send'),
  },
  'Mutation.createNotificationSchedule': {
    document:
      'mutation ($input: CreateNotificationScheduleInput!) { createNotificationSchedule(input: $input) { id } }',
    ...decided('notifications:send'),
    variables: () => ({ input: yearly }),
  },
  'Mutation.cancelNotificationSchedule': {
    document: 'mutation ($id: ID!) { cancelNotificationSchedule(id: $id) { id } }',
    scope: 'notifications:send',
    outcomes: sent,
    variables: newSchedule,
  },
  'Mutation.markNotificationRead': {
    document: 'mutation ($id: ID!) { markNotificationRead(id: $id) { id } }',
    outcomes: [nobody, ok, missing, missing, forbidden, forbidden],
    variables: receivedNotification,
  },
  'Mutation.markAllNotificationsRead': {
    document: 'mutation { markAllNotificationsRead }',
    outcomes: oneself,
  },
  'Mutation.archiveNotification': {
    document: 'mutation ($id: ID!) { archiveNotification(id: $id) { id } }',
    outcomes: [nobody, ok, missing, missing, forbidden, forbidden],
    variables: receivedNotification,
  },
  'Mutation.updatePreferences': {
    document:
      'mutation { updatePreferences(input: { switches: [{ category: "matrix", isEnabled: true }] }) { switches { isEnabled } } }',
    outcomes: oneself,
  },
  'Mutation.subscribeToPush': {
    document: 'mutation ($input: PushSubscriptionInput!) { subscribeToPush(input: $input) { id } }',
    outcomes: oneself,
    variables: () => ({ input: newBrowser() }),
  },
  'Mutation.unsubscribeFromPush': {
    document: 'mutation ($id: ID!) { unsubscribeFromPush(id: $id) }',
    outcomes: [nobody, ok, missing, missing, forbidden, forbidden],
    variables: newPushSubscription,
  },
  'Mutation.createWebhookEndpoint': {
    document:
      'mutation { createWebhookEndpoint(url: "https://hooks.example.com/matrix") { endpoint { id } } }',
    ...decided('webhooks:write'),
  },
  'Mutation.rotateWebhookSecret': {
    document: 'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { endpoint { id } } }',
    ...decided('webhooks:write'),
    variables: newWebhookEndpoint,
  },
  'Mutation.deleteWebhookEndpoint': {
    document: 'mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }',
    ...decided('webhooks:write'),
    variables: newWebhookEndpoint,
  },
  'Mutation.createTemplate': {
    document: 'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
    ...decided('templates:write'),
    variables: () => ({ input: { name: unique('matrix'), channel: 'SMS', contentTemplate: 'Hello' } }),
    rest: {
      method: 'POST',
      path: () => '/notifications/templates',
      body: () => ({ name: unique('matrix'), channel: 'sms', content_template: 'Hello' }),
    },
  },
  'Mutation.updateTemplate': {
    document:
      'mutation ($id: ID!, $input: UpdateTemplateInput!) { updateTemplate(id: $id, version: 1, input: $input) { id } }',
    ...decided('templates:write'),
    variables: async scene => ({
      ...(await newTemplate(scene)),
      input: { name: unique('matrix'), contentTemplate: 'Hello' },
    }),
  },
  'Mutation.deleteTemplate': {
    document: 'mutation ($id: ID!) { deleteTemplate(id: $id) }',
    ...decided('templates:write'),
    variables: newTemplate,
  },
  'Mutation.register': {
    document: 'mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }',
    outcomes: everybody,
    variables: () => {
      const username = unique('new');
      return { input: { username, email: `${username}@example.com`, password: 'a long enough secret' } };
    },
    rest: { method: 'POST', path: () => '/auth/register', body: ({ input }) => input },
  },
  'Mutation.removeRoles': {
    document: 'mutation ($id: ID!) { removeRoles(userId: $id, roles: ["user"]) { id } }',
    ...decided('users:assign-roles'),
    variables: aboutSubject,
  },
  'Mutation.renewRecoveryCodes': {
    document: 'mutation { renewRecoveryCodes { codes } }',
    outcomes: [nobody, ok, 'TOTP_NOT_ENABLED', 'TOTP_NOT_ENABLED', forbidden, forbidden],
    variables: async ({ subject }) => {
      await protect(subject);
      return {};
    },
  },
  'Mutation.requestEmailVerification': {
    document: 'mutation { requestEmailVerification }',
    outcomes: oneself,
  },
  'Mutation.requestPasswordReset': {
    document: 'mutation ($email: String!) { requestPasswordReset(email: $email) }',
    outcomes: everybody,
    variables: ({ subject }) => ({ email: subject.email }),
  },
  'Mutation.resetPassword': {
    document: 'mutation { resetPassword(token: "made-up", newPassword: "a long enough secret") }',
    outcomes: mailedLink,
  },
  'Mutation.resetTotp': {
    document: 'mutation ($id: ID!) { resetTotp(userId: $id) { id } }',
    ...decided('users:reset-factors'),
    variables: async ({ subject }) => {
      await protect(subject);
      return { id: subject.id };
    },
  },
  'Mutation.revokeApiKey': {
    document: 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }',
    scope: 'api-keys:revoke',
    // The key belongs to an administrator: a caller with this permission alone has no authority over it.
    outcomes: [nobody, missing, missing, ok, forbidden, forbidden],
    variables: newKey,
  },
  'Mutation.revokeFilePermission': {
    document: 'mutation ($id: ID!, $user: ID!) { revokeFilePermission(fileId: $id, userId: $user) { id } }',
    scope: 'files:write',
    outcomes: ownOrMissing,
    variables: async scene => ({ ...(await newFile(scene)), user: (await somebody()).id }),
  },
  'Mutation.revokeShare': {
    document: 'mutation ($id: ID!) { revokeShare(id: $id) { id } }',
    scope: 'files:write',
    outcomes: ownOrMissing,
    variables: async scene => {
      const { shareFile } = await data<{ shareFile: { share: { id: string } } }, object>(
        'mutation ($id: ID!) { shareFile(id: $id) { share { id } } }',
        await newFile(scene),
        scene.subject.accessToken,
      );
      return { id: shareFile.share.id };
    },
  },
  'Mutation.shareFile': {
    document: 'mutation ($id: ID!) { shareFile(id: $id) { token } }',
    scope: 'files:write',
    outcomes: ownOrMissing,
    variables: newFile,
    rest: { method: 'POST', path: ({ id }) => `/files/${id}/share`, body: () => ({}) },
  },
  'Mutation.revokeSession': {
    document: 'mutation ($id: ID!) { revokeSession(id: $id) }',
    scope: 'sessions:revoke',
    outcomes: ownOrMissing,
    variables: async ({ subject, root }) => {
      const { user } = await data<{ user: { sessions: { id: string }[] } }, object>(
        'query ($id: ID!) { user(id: $id) { sessions { id } } }',
        { id: subject.id },
        root,
      );
      return { id: user.sessions[0]!.id };
    },
  },
  'Mutation.revokeSessions': {
    document: 'mutation { revokeSessions(scope: OTHERS) }',
    outcomes: oneself,
  },
  'Mutation.rotateSigningKey': {
    document: 'mutation { rotateSigningKey { kid } }',
    ...decided('keys:rotate'),
  },
  'Mutation.uploadFile': {
    document: 'mutation ($file: Upload!) { uploadFile(file: $file) { id } }',
    outcomes: [nobody, missing, missing, missing, forbidden, forbidden],
    variables: () => ({ file: 'unknown' }),
  },
  'Mutation.createUpload': {
    document: 'mutation { createUpload(input: { filename: "a", size: 1 }) { id } }',
    outcomes: [nobody, noBucket, noBucket, noBucket, forbidden, forbidden],
  },
  'Mutation.completeUpload': {
    document: 'mutation ($id: ID!) { completeUpload(id: $id) { id } }',
    outcomes: [nobody, missing, missing, missing, forbidden, forbidden],
    variables: newFile,
  },
  'Query.quarantinedFiles': {
    document: '{ quarantinedFiles { nodes { id } } }',
    scope: 'files:quarantine',
    outcomes: [nobody, forbidden, forbidden, nothing, nothing, forbidden],
  },
  'Mutation.releaseFile': {
    document: 'mutation ($id: ID!) { releaseFile(id: $id) { id } }',
    scope: 'files:quarantine',
    outcomes: [nobody, forbidden, forbidden, missing, missing, forbidden],
    variables: newFile,
  },
  'Query.services': {
    document: '{ services { name } }',
    ...decided('monitoring:read'),
    rest: { method: 'GET', path: () => '/metrics/health/services' },
  },
  'Query.dashboard': {
    document: '{ dashboard(range: "15m") { step } }',
    ...decided('monitoring:read'),
    rest: { method: 'GET', path: () => '/metrics/dashboard/data?range=15m' },
  },
  'Query.logs': {
    document: 'query ($service: String) { logs(filter: { service: $service }) { nodes { id } } }',
    ...decided('logs:read'),
    variables: newLogEntry,
    rest: { method: 'GET', path: ({ service }) => `/metrics/logs?service=${service}` },
  },
  'Query.trace': {
    document: 'query ($id: ID!) { trace(id: $id) { id } }',
    ...decided('traces:read'),
    variables: newTrace,
  },
  'Query.alerts': {
    document: '{ alerts(first: 1) { nodes { id } } }',
    ...decided('monitoring:read'),
    variables: firingAlert,
    rest: { method: 'GET', path: () => '/metrics/alerts' },
  },
  'Query.alertRules': {
    document: '{ alertRules(first: 1) { nodes { id } } }',
    ...decided('monitoring:read'),
  },
  'Query.silences': {
    document: '{ silences { id } }',
    ...decided('monitoring:read'),
    variables: newSilence,
  },
  'Mutation.createAlertRule': {
    document: 'mutation ($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { id } }',
    ...decided('monitoring:write'),
    variables: () => ({ input: { name: unique('matrix'), condition: 'health < 0' } }),
    rest: {
      method: 'POST',
      path: () => '/metrics/alerts',
      body: () => ({ name: unique('matrix'), condition: 'health < 0' }),
    },
  },
  'Mutation.updateAlertRule': {
    document: 'mutation ($id: ID!) { updateAlertRule(id: $id, input: { for: "1m" }) { id } }',
    ...decided('monitoring:write'),
    variables: newAlertRule,
  },
  'Mutation.deleteAlertRule': {
    document: 'mutation ($id: ID!) { deleteAlertRule(id: $id) }',
    ...decided('monitoring:write'),
    variables: newAlertRule,
  },
  'Mutation.acknowledgeAlert': {
    document: 'mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }',
    ...decided('monitoring:write'),
    variables: firingAlert,
  },
  'Mutation.createSilence': {
    document:
      'mutation ($endsAt: DateTime!) { createSilence(input: { service: "none", comment: "matrix", endsAt: $endsAt }) { id } }',
    ...decided('monitoring:write'),
    variables: () => ({ endsAt: new Date(Date.now() + 3_600_000).toISOString() }),
  },
  'Mutation.endSilence': {
    document: 'mutation ($id: ID!) { endSilence(id: $id) }',
    ...decided('monitoring:write'),
    variables: newSilence,
  },
  'Mutation.ingestLogs': {
    document:
      'mutation { ingestLogs(entries: [{ service: "matrix", level: INFO, message: "seen" }]) { accepted } }',
    ...decided('logs:write'),
  },
  'Mutation.updateFile': {
    document: 'mutation ($id: ID!) { updateFile(id: $id, input: { tags: ["matrix"] }) { id } }',
    scope: 'files:write',
    outcomes: ownOrMissing,
    variables: newFile,
    rest: { method: 'PUT', path: ({ id }) => `/files/${id}`, body: () => ({ tags: ['matrix'] }) },
  },
  'Mutation.updateRole': {
    document: 'mutation ($id: ID!) { updateRole(id: $id, input: { description: "seen" }) { id } }',
    ...decided('roles:write'),
    variables: newRole,
  },
  'Mutation.updateUser': {
    document: 'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
    scope: 'users:write',
    outcomes: ownOrMissing,
    variables: ({ subject }) => ({ id: subject.id, input: { firstName: 'Ada' } }),
    rest: { method: 'PUT', path: ({ id }) => `/users/${id}`, body: () => ({ first_name: 'Ada' }) },
  },
  'Mutation.verifyEmail': {
    document: 'mutation { verifyEmail(token: "made-up") }',
    outcomes: mailedLink,
  },
};

/** No door serves subscriptions yet: they answer alike, whoever asks. */
for (const [name, row] of Object.entries({
  deletionChanged: {
    document: 'subscription ($id: ID!) { deletionChanged(id: $id) { id } }',
    variables: aboutSubject,
  },
  deliveryStatusChanged: {
    document: 'subscription ($id: ID!) { deliveryStatusChanged(id: $id) { id } }',
    variables: aboutSubject,
  },
  fileChanged: {
    document: 'subscription ($id: ID!) { fileChanged(id: $id) { id } }',
    variables: aboutSubject,
  },
  notificationReceived: { document: 'subscription { notificationReceived { id } }' },
  alertChanged: { document: 'subscription { alertChanged { id } }' },
  logAdded: { document: 'subscription { logAdded { omitted } }' },
  serviceHealthChanged: { document: 'subscription { serviceHealthChanged { name } }' },
}))
  operations[`Subscription.${name}`] = {
    ...row,
    outcomes: callers.map(() => 'SUBSCRIPTIONS_NEED_A_STREAM') as unknown as Row['outcomes'],
  };

/** Routes whose answer differs from their operation's. Other tests cover them. */
export const restElsewhere = ['GET /auth/validate', 'GET /files', 'GET /notifications/history'];

/**
 * What a user's fields show, by the scopes that open them to others. A caller who may not see the user reads null or an empty
 * list, however they came to the id. `ownOnly` is for the owner's eyes, whatever others hold.
 */
export const userFields: Record<string, { selection: string; scopes: string[]; ownOnly?: boolean }> = {
  createdAt: { selection: 'createdAt', scopes: ['users:read'] },
  email: { selection: 'email', scopes: ['users:read'] },
  emailVerified: { selection: 'emailVerified', scopes: ['users:read'] },
  files: { selection: 'files { nodes { id } }', scopes: ['users:read', 'files:read'] },
  isActive: { selection: 'isActive', scopes: ['users:read'] },
  lastLogin: { selection: 'lastLogin', scopes: ['users:read'] },
  permissions: { selection: 'permissions', scopes: ['users:read'] },
  profile: { selection: 'profile { id }', scopes: ['users:read'] },
  recoveryCodesLeft: { selection: 'recoveryCodesLeft', scopes: ['users:read'], ownOnly: true },
  roles: { selection: 'roles { name }', scopes: ['users:read'] },
  securityEvents: {
    selection: 'securityEvents { nodes { id } }',
    scopes: ['users:read', 'security-events:read'],
  },
  sessions: { selection: 'sessions { id }', scopes: ['users:read', 'sessions:read'] },
  storageUsage: { selection: 'storageUsage { files }', scopes: ['users:read', 'files:read'] },
  totpEnabled: { selection: 'totpEnabled', scopes: ['users:read', 'users:reset-factors'] },
  username: { selection: 'username', scopes: ['users:read'] },
};

/** What else `furnish` does: a service adds what its own fields of `User` show. */
const furnishings: ((scene: Scene) => Promise<unknown>)[] = [newFile];

/** Gives somebody whatever a field could show: a sign-in with a password, a role, a permission, a second factor. */
export async function furnish(scene: Scene): Promise<void> {
  const { subject, root } = scene;
  for (const each of furnishings) await each(scene);
  const name = unique('furnished');
  await data(
    'mutation ($name: String!) { createRole(input: { name: $name, permissions: ["matrix:seen"] }) { id } }',
    { name },
    root,
  );
  await data(
    'mutation ($id: ID!, $name: String!) { assignRoles(userId: $id, roles: [$name]) { id } }',
    { id: subject.id, name },
    root,
  );
  await signIn(subject);
  await protect(subject);
}

/** Signs in again over REST; the matrix ends sessions. */
export async function signIn(person: Pick<Person, 'username' | 'password'>): Promise<string> {
  const { status, body } = await rest('POST', '/auth/login', {
    body: { username: person.username, password: person.password },
  });
  if (status !== 200) throw new Error(`login: ${status}`);
  return body['access_token'] as unknown as string;
}

import { createECDH } from 'node:crypto';
import { data, eventually } from '../client';
import {
  aboutSubject,
  decided,
  everybody,
  forbidden,
  missing,
  nobody,
  nothing,
  ok,
  oneself,
  ownOrNothing,
  type Scene,
  type ServicePermissions,
  subscription,
  unique,
  type Variables,
} from './row';

/** A sender finds its own notifications, and those of others with `notifications:read`. */
const sent = [nobody, forbidden, forbidden, ok, missing, forbidden] as const;

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

export default {
  operations: {
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
      document:
        'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
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
    'Subscription.deliveryStatusChanged': subscription(
      'subscription ($id: ID!) { deliveryStatusChanged(id: $id) { id } }',
      aboutSubject,
    ),
    'Subscription.notificationReceived': subscription('subscription { notificationReceived { id } }'),
  },
  restElsewhere: ['GET /notifications/history'],
} satisfies ServicePermissions;

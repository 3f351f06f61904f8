import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

const notification = `{
  id recipient channel templateId subject content status scheduledAt sentAt
}`;
const template = '{ id name channel subjectTemplate contentTemplate variables version }';

export const rest: RestRoute[] = [
  {
    method: 'POST',
    path: '/notifications/send',
    summary: 'Send a message; several recipients are answered with a list',
    operation: `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) ${notification} }`,
    success: 202,
    single: true,
  },
  {
    method: 'POST',
    path: '/notifications/schedule',
    summary: 'Send a message later; several recipients are answered with a list',
    operation: `mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) ${notification} }`,
    success: 202,
    single: true,
  },
  {
    method: 'GET',
    path: '/notifications/status/:id',
    summary: 'The status of a notification, with each attempt',
    operation: `query ($id: ID!) { notification(id: $id) {
      id recipient channel templateId subject content status scheduledAt sentAt
      attempts { provider at status error }
    } }`,
    success: 200,
  },
  {
    method: 'GET',
    path: '/notifications/history',
    summary: 'Notifications, the newest first: all of them, or those to the caller',
    operation: `query ($channel: NotificationChannel, $status: NotificationStatus, $recipient: String,
      $from: DateTime, $to: DateTime, $first: Int = 20, $after: String) {
      notifications(first: $first, after: $after, filter: {
        channel: $channel, status: $status, recipient: $recipient, from: $from, to: $to
      }) { items: nodes ${notification} pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
  },
  {
    method: 'GET',
    path: '/notifications/templates',
    summary: 'List the templates',
    operation: `query ($first: Int = 20, $after: String) {
      templates(first: $first, after: $after) { items: nodes ${template} pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/notifications/templates',
    summary: 'Create a template',
    operation: `mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) ${template} }`,
    success: 201,
  },
];

export const streams: StreamRoute[] = [
  {
    method: 'GET',
    path: '/notifications/unsubscribe',
    service: 'notifications',
    summary: 'The page that the unsubscribe link of a message leads to',
  },
  {
    method: 'POST',
    path: '/notifications/unsubscribe',
    service: 'notifications',
    summary: 'Unsubscribe with the link of a message, without signing in (RFC 8058)',
  },
  {
    method: 'POST',
    path: '/notifications/sms-status/:id',
    service: 'notifications',
    summary: 'Status callbacks of the SMS provider',
  },
  {
    method: 'GET',
    path: '/notifications/mailbox',
    service: 'notifications',
    summary: 'The page of the dev mailbox',
  },
  {
    method: 'GET',
    path: '/notifications/mailbox/:id',
    service: 'notifications',
    summary: 'One message of the dev mailbox, for a sandboxed frame',
  },
];

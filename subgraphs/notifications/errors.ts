import { defineErrors } from '../../platform/errors';

/** The errors of the notifications service, beside those that every service has. */
export const notificationsErrors = defineErrors({
  NOTIFICATION_NOT_FAILED: {
    status: 409,
    meaning: 'The notification did not fail, or its content is gone, so it cannot be sent again.',
    action: 'Read its status; send a new notification if it is needed.',
  },
  NOTIFICATION_NOT_PENDING: {
    status: 409,
    meaning: 'The notification is being delivered, or its status is final.',
    action: 'Read its status.',
  },
  TOO_MANY_PUSH_SUBSCRIPTIONS: {
    status: 409,
    meaning: 'The user has as many push subscriptions as are allowed.',
    action: 'Remove one of them.',
  },
  TEMPLATE_NAME_TAKEN: {
    status: 409,
    meaning: 'Another template has this name.',
    action: 'Choose another name, or change that template.',
  },
});

/** Alerts of one rule fire or are resolved, and people are to be told. The notifications service sends the mails. */
export const alertNotificationRequested = 'alert.notificationRequested';

export interface AlertNotificationRequested {
  /** Email addresses. */
  recipients: string[];
  subject: string;
  /** Plain text. */
  text: string;
}

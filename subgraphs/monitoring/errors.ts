import { defineErrors } from '../../platform/errors';

/** The errors of the monitoring service, beside those that every service has. */
export const monitoringErrors = defineErrors({
  ALERT_RULE_DECLARED: {
    status: 409,
    meaning:
      'The alert rule is built in or comes from a file; only `isEnabled` and `notify` of it can be changed.',
    action: 'Change the file, or switch the rule off and make another.',
  },
  ALERT_RULE_NAME_TAKEN: {
    status: 409,
    meaning: 'Another alert rule has this name.',
    action: 'Choose another name, or change that rule.',
  },
  LOGS_FULL: {
    status: 507,
    meaning: 'The lines of the current hour alone are larger than the log may be (`LOG_RETENTION_BYTES`).',
    action:
      'Send the lines again after `Retry-After`; an operator raises the limit or finds the source of the flood.',
  },
  LOGS_OVERLOADED: {
    status: 429,
    meaning: 'More log entries arrive than can be stored; none of this request was stored.',
    action: 'Send the same request again after `Retry-After`.',
  },
});

import { defineErrors } from '../../platform/errors';

/** The errors of the monitoring service, beside those that every service has. */
export const monitoringErrors = defineErrors({
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

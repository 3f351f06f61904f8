import { defineErrors } from '../../platform/errors';

/** The errors of the samples service, beside those that every service has. */
export const samplesErrors = defineErrors({
  SAMPLE_LIMIT_REACHED: {
    status: 409,
    meaning: 'The user has as many samples as one user may have.',
    action: 'Show the message.',
  },
});

import { defineErrors } from '../../platform/errors';

/** The errors of the users service, beside those that every service has. */
export const usersErrors = defineErrors({
  ACCESS_TOO_LARGE: {
    status: 409,
    meaning: 'The user would hold more roles and permissions than an access token can carry.',
    action: 'Use wildcard permissions, or fewer roles.',
  },
  EXPORT_RUNNING: {
    status: 409,
    meaning: 'An export of the caller’s data is being made; `details.exportId` is its id.',
    action: 'Wait for that export: read `dataExport`.',
  },
  ROLE_IN_USE: {
    status: 409,
    meaning: 'Users hold this role; `details.members` is their number.',
    action: 'Name the role that they get instead as `reassignTo`.',
  },
  ROLE_NAME_TAKEN: {
    status: 409,
    meaning: 'Another role has this name.',
    action: 'Choose another name.',
  },
  SYSTEM_ROLE: {
    status: 409,
    meaning: 'A role of the system cannot be changed in this way.',
    action: 'Create a role of your own instead.',
  },
  TOO_MANY_EXPORTS: {
    status: 429,
    meaning: 'Too many exports were asked for within an hour.',
    action: 'Wait for `details.retryAfterSeconds`.',
  },
});

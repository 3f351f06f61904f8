import { defineErrors } from '../../platform/errors';

/** The errors of the auth service, beside those that every service has. */
export const authErrors = defineErrors({
  ACCOUNT_INACTIVE: {
    status: 401,
    meaning: 'The account of the access token is suspended.',
    action: 'None until an administrator opens the account again.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    meaning: 'The username or the password is wrong; the answer does not say which.',
    action: 'Ask the user to type them again.',
  },
  INVALID_CODE: {
    status: 401,
    meaning: 'The second-factor code is wrong, too old, or was used before.',
    action: 'Ask for the next code of the app, or for a recovery code.',
  },
  MFA_REQUIRED: {
    status: 401,
    meaning: 'The password is right and the account has a second factor.',
    action: 'Ask for a code and send it with `details.challenge` to `completeLogin`.',
  },
  CHALLENGE_INVALID: {
    status: 401,
    meaning: 'The challenge of a two-step sign-in was used, or is too old.',
    action: 'Begin again with `login`.',
  },
  REFRESH_TOKEN_INVALID: {
    status: 401,
    meaning: 'The refresh token is unknown, has expired, or its session has ended.',
    action: 'Sign in again.',
  },
  REFRESH_TOKEN_REUSED: {
    status: 401,
    meaning: 'The refresh token was used before, so that its session was ended: somebody may have stolen it.',
    action: 'Sign in again; send each refresh token once.',
  },
  CREATION_CANCELLED: {
    status: 409,
    meaning: 'The creation of this account was cancelled before it was finished.',
    action: 'Send the request again with a new idempotency key.',
  },
  EMAIL_TAKEN: {
    status: 409,
    meaning: 'Another account has this email.',
    action: 'Ask for another email, or let the user sign in or reset the password.',
  },
  USERNAME_TAKEN: {
    status: 409,
    meaning: 'Another account has this username, or it is reserved.',
    action: 'Ask for another username.',
  },
  EMAIL_VERIFIED: {
    status: 409,
    meaning: 'The email of the account is verified already.',
    action: 'None: nothing is left to do.',
  },
  TOTP_NOT_ENROLLED: {
    status: 409,
    meaning: 'There is no second factor to confirm.',
    action: 'Begin with `enrolTotp`.',
  },
  TOTP_ALREADY_ENABLED: {
    status: 409,
    meaning: 'The account has a second factor.',
    action: 'Call `disableTotp` before enrolling another one.',
  },
  TOTP_NOT_ENABLED: {
    status: 409,
    meaning: 'The account has no second factor.',
    action: 'Begin with `enrolTotp`, if one is wanted.',
  },
  ACCOUNT_TOKEN_INVALID: {
    status: 422,
    meaning: 'The token of a mailed link was used, has expired, or is not valid for this purpose.',
    action: 'Ask for a new link.',
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    meaning: 'Too many sign-ins with a wrong password or code.',
    action: 'Wait for `details.retryAfterSeconds` before the next sign-in.',
  },
});

import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError, platformErrors } from '../../../platform/errors';
import type { HttpResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { SmsReports } from '../delivery/sms-reports';

const longestForm = 16 * 1024;

/**
 * Takes the status callbacks of the SMS provider.
 *
 * @param authTokens of the accounts that send
 * @param urlOf the URL that the provider was given, which is part of its signature
 */
export function smsStatusRoute(
  reports: SmsReports,
  authTokens: readonly string[],
  urlOf: (notificationId: string) => string,
): Route {
  return {
    method: 'POST',
    path: '/sms-status/:id',
    handle: async (request): Promise<HttpResponse> => {
      const form = new URLSearchParams((await request.body(longestForm)).toString());
      const id = request.params['id'] ?? '';
      const signature = request.header('x-twilio-signature') ?? '';
      if (!authTokens.some(token => isSigned(token, urlOf(id), form, signature)))
        throw new AppError(platformErrors.FORBIDDEN, 'The signature of the callback is not valid');
      await reports.report(id, form.get('MessageStatus') ?? '', form.get('ErrorCode'));
      return { status: 204 };
    },
  };
}

/** https://www.twilio.com/docs/usage/security: the URL and the sorted fields, HMAC-SHA1 with the auth token. */
function isSigned(token: string, url: string, form: URLSearchParams, signature: string): boolean {
  const fields = [...form].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const text = url + fields.map(([name, value]) => name + value).join('');
  const expected = createHmac('sha1', token).update(text).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

import type { BlockList } from 'node:net';
import { AppError, type FieldError, platformErrors } from '../../../platform/errors';
import { type Client, clientOf } from '../../../platform/http/client-address';
import { escapeHtml, mailedPage } from '../../../platform/http/html';
import type { HttpRequest } from '../../../platform/http/request';
import type { Route } from '../../../platform/http/router';
import type { EmailVerifications } from '../accounts/email-verifications';
import type { PasswordResets } from '../passwords/password-resets';

interface Form {
  readonly token: string;
  readonly password: string;
}

interface AccountPage {
  readonly path: string;
  readonly title: string;
  readonly button: string;
  readonly asksPassword: boolean;
  readonly done: string;
  readonly submit: (form: Form, client: Client) => Promise<void>;
}

const maxFormBytes = 8 * 1024;

/**
 * The pages that the mailed links lead to. They run no script. A link only opens its page, and the form of the page does the
 * work: mail scanners open links too. The form needs no protection against CSRF: the token in it is the only credential.
 */
export function accountPages(
  {
    emailVerifications,
    passwordResets,
  }: { emailVerifications: EmailVerifications; passwordResets: PasswordResets },
  trustedProxies: BlockList,
): Route[] {
  const pages: AccountPage[] = [
    {
      path: '/verify-email',
      title: 'Verify your email address',
      button: 'Verify',
      asksPassword: false,
      done: 'Your email address is verified.',
      submit: ({ token }, client) => emailVerifications.verify(token, client),
    },
    {
      path: '/reset-password',
      title: 'Choose a new password',
      button: 'Change the password',
      asksPassword: true,
      done: 'Your password is changed. All sessions have ended: sign in with the new password.',
      submit: ({ token, password }, client) => passwordResets.reset(token, password, client),
    },
    {
      path: '/accept-invitation',
      title: 'Choose your password',
      button: 'Accept the invitation',
      asksPassword: true,
      done: 'Your account is ready: sign in with your password.',
      submit: ({ token, password }, client) => passwordResets.reset(token, password, client, 'invitation'),
    },
  ];
  return pages.flatMap(page => [
    {
      method: 'GET' as const,
      path: page.path,
      handle: (request: HttpRequest) =>
        mailedPage(200, page.title, formOf(page, request.query.get('token') ?? '')),
    },
    {
      method: 'POST' as const,
      path: page.path,
      handle: async (request: HttpRequest) => {
        const form = await readForm(request);
        try {
          await page.submit(form, clientOf(request, trustedProxies));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          return mailedPage(error.status, page.title, formOf(page, form.token, reasonsOf(error)));
        }
        return mailedPage(200, page.title, `<p role="status">${page.done}</p>`);
      },
    },
  ]);
}

async function readForm(request: HttpRequest): Promise<Form> {
  const form = new URLSearchParams((await request.body(maxFormBytes)).toString());
  const only = (field: string): string => {
    const [value = '', ...others] = form.getAll(field);
    if (others.length > 0) throw new AppError(platformErrors.BAD_REQUEST, `Send the field ${field} once`);
    return value;
  };
  return { token: only('token'), password: only('password') };
}

function reasonsOf({ message, details }: AppError): string[] {
  return Array.isArray(details)
    ? details.map(({ field, message: reason }: FieldError) =>
        field === 'newPassword' ? `The password ${reason}` : `${field} ${reason}`,
      )
    : [message];
}

function formOf(
  { button, asksPassword }: AccountPage,
  token: string,
  reasons: readonly string[] = [],
): string {
  const alert = reasons.map(reason => `<p role="alert">${escapeHtml(reason)}</p>`).join('\n');
  const password = asksPassword
    ? '<p><label>New password <input type="password" name="password" autocomplete="new-password" required autofocus></label></p>\n'
    : '';
  return `${alert}
<form method="post" action="?">
<input type="hidden" name="token" value="${escapeHtml(token)}">
${password}<button>${button}</button>
</form>`;
}

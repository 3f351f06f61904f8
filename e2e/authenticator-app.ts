import { Secret, TOTP } from 'otpauth';
import { data, type Person, rest, urls } from './client';
import { ConfirmTotpDocument, EnrolTotpDocument } from './graphql/graphql';

const stepMs = 30_000;

/**
 * What people have on their phones. Each code is of a later step than the one before, because each is good once; one that
 * is two steps early is waited for.
 */
export class AuthenticatorApp {
  private lastStep = 0;

  constructor(readonly secret: string) {}

  async code(): Promise<string> {
    const now = () => Math.floor(Date.now() / stepMs);
    // The one of now and the next are good at the same moment, also when the step ends on the way.
    this.lastStep = Math.max(this.lastStep + 1, now());
    const earlyMs = (this.lastStep - 1) * stepMs - Date.now();
    if (earlyMs > 0) await new Promise(resolve => setTimeout(resolve, earlyMs + 50));
    return TOTP.generate({ secret: Secret.fromBase32(this.secret), timestamp: this.lastStep * stepMs });
  }
}

/** Begins somebody's second factor. */
export async function enrol(
  person: Pick<Person, 'accessToken'>,
  at = urls.gateway,
): Promise<AuthenticatorApp> {
  const { enrolTotp } = await data(EnrolTotpDocument, {}, person.accessToken, at);
  return new AuthenticatorApp(enrolTotp.secret);
}

/** Turns somebody's second factor on. */
export async function protect(
  person: Pick<Person, 'accessToken'>,
  at = urls.gateway,
): Promise<{ app: AuthenticatorApp; recoveryCodes: string[] }> {
  const app = await enrol(person, at);
  const code = await app.code();
  const { confirmTotp } = await data(ConfirmTotpDocument, { code }, person.accessToken, at);
  return { app, recoveryCodes: confirmTotp.codes };
}

/** The first step of a sign-in: the challenge that it answers. */
export async function challengeOf(
  { username, password }: Pick<Person, 'username' | 'password'>,
  at = urls.gateway,
): Promise<string> {
  const { status, body } = await rest('POST', '/auth/login', { at, body: { username, password } });
  if (status !== 401 || (body['error'] as unknown) !== 'MFA_REQUIRED')
    throw new Error(`login: ${status} ${JSON.stringify(body)}`);
  return (body['details'] as unknown as { challenge: string }).challenge;
}

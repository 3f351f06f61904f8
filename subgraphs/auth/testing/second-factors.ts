import { Secret, TOTP } from 'otpauth';
import type { RestResult } from '../../../platform/testing/rest-client';
import type { TestAuth, TestUser } from './test-auth';

/** The length of a time step (RFC 6238), in milliseconds. */
export const stepMs = 30_000;

/** Six digits that no test uses as a code. */
export const noCode = '000000';

/** A user with a second factor. */
export interface ProtectedUser extends TestUser {
  secret: string;
  recoveryCodes: string[];
}

export const enrol = 'mutation { enrolTotp { secret uri } }';
export const confirm = 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }';
export const disable =
  'mutation ($code: String!) { disableTotp(code: $code) { totpEnabled recoveryCodesLeft } }';
export const renew = 'mutation { renewRecoveryCodes { codes } }';
export const reauthenticate =
  'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { accessToken refreshToken } }';

export const mine = '{ me { totpEnabled recoveryCodesLeft lastLogin sessions { isCurrent } } }';
export type Mine = {
  me: { totpEnabled: boolean; recoveryCodesLeft: number | null; lastLogin: string | null };
};

/** The status of a success, and the code of an error. */
export const outcome = ({ status, body }: RestResult) => (status === 200 ? 200 : body['error']);

/** The authenticator app of the users of one auth service, and their sign-in in two steps. */
export class SecondFactors {
  constructor(private readonly auth: TestAuth) {}

  /** @param steps before or after the present step of 30 seconds */
  readonly codeOf = (secret: string, steps = 0): string =>
    TOTP.generate({
      secret: Secret.fromBase32(secret),
      timestamp: this.auth.clock.now() + steps * stepMs,
    });

  /** A code that is valid neither now nor one step before or after. */
  readonly wrongCode = (secret: string): string => {
    const valid = [-1, 0, 1].map(steps => this.codeOf(secret, steps));
    return [noCode, '111111', '222222', '333333'].find(code => !valid.includes(code))!;
  };

  /** Moves the clock, so that the next code was not used yet. */
  readonly nextStep = (): void => this.auth.clock.advance(stepMs);

  readonly enrolled = async (token: string): Promise<{ secret: string; uri: string }> =>
    (await this.auth.graphql<{ enrolTotp: { secret: string; uri: string } }>(token, enrol)).data.enrolTotp;

  readonly protect = async (user: TestUser): Promise<ProtectedUser> => {
    const { secret } = await this.enrolled(user.accessToken);
    const { data, text } = await this.auth.graphql<{ confirmTotp: { codes: string[] } }>(
      user.accessToken,
      confirm,
      { code: this.codeOf(secret) },
    );
    if (data?.confirmTotp == null) throw new Error(text);
    this.nextStep();
    return { ...user, secret, recoveryCodes: data.confirmTotp.codes };
  };

  readonly register = async (): Promise<ProtectedUser> => this.protect(await this.auth.register());

  /** Signs in with the password. @returns the challenge for the second step */
  readonly challenged = async ({ username, password }: TestUser, url?: string): Promise<string> =>
    challengeOf(await this.auth.requestLogIn(username, password, url));

  readonly verify = (
    challenge: string,
    code: string,
    options: { url?: string; from?: string } = {},
  ): Promise<RestResult> =>
    this.auth.rest('POST', '/login/verify', {
      body: { challenge, code },
      ...(options.url === undefined ? {} : { url: options.url }),
      ...(options.from === undefined ? {} : { headers: { 'x-forwarded-for': options.from } }),
    });

  /** The types of the account's security events about factors, the oldest first. */
  readonly events = async (accountId: string): Promise<unknown[]> =>
    (await this.auth.database.rows('security_events', `account_id = '${accountId}' ORDER BY id`))
      .map(row => row['type'])
      .filter(type => /TOTP|RECOVERY|REAUTH/.test(String(type)));
}

export const challengeOf = ({ body }: RestResult) => (body['details'] as { challenge: string }).challenge;

import { AppError, type FieldError, invalid, unauthenticated } from '../../../platform/errors';
import { authErrors } from '../errors';
import { commonPasswords } from '../passwords/common-passwords';

export interface NewAccount {
  username: string;
  email: string;
  password: string;
}

type Names = Pick<NewAccount, 'username' | 'email'>;

const shortestPassword = 8;
const longestPassword = 1024;
const longestEmail = 254;

const usernamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$/;

/** The addresses of RFC 5321 that mail servers accept in practice: no quotes, no comments, a domain with a dot. */
const emailPattern =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;

/** Control characters and unpaired surrogates, which databases treat differently. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** Whether the text is one line of printable characters. */
export function isLine(text: string): boolean {
  return !unprintable.test(text);
}

/** The key under which spellings of the same name are equal. */
export function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** @throws AppError 422 with every wrong field and the reason, never the password */
export function validAccount(input: NewAccount): NewAccount {
  const mistakes = mistakesInAccount(input);
  if (mistakes.length > 0) throw invalid(mistakes);
  return input;
}

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

/** @throws AppError 422 */
export function validEmail(email: string): void {
  const faults = emailFaults(email);
  if (faults.length > 0) throw invalid(faults.map(message => ({ field: 'email', message })));
}

/** @throws AppError 422 with every reason */
export function validNewPassword(newPassword: string, owner: Names): void {
  const mistakes = mistakesInNewPassword(newPassword, owner);
  if (mistakes.length > 0) throw invalid(mistakes);
}

/** @throws AppError 422 with every reason, and for a new password that is the current one */
export function validPasswordChange({ currentPassword, newPassword }: PasswordChange, owner: Names): void {
  const mistakes = [
    ...mistakesInGivenPassword(currentPassword, 'currentPassword'),
    ...mistakesInNewPassword(newPassword, owner),
  ];
  if (newPassword.normalize('NFC') === currentPassword.normalize('NFC')) {
    mistakes.push({ field: 'newPassword', message: 'must differ from the current password' });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
}

function mistakesInNewPassword(newPassword: string, owner: Names): FieldError[] {
  return passwordFaults(newPassword, namesOf(owner)).map(message => ({ field: 'newPassword', message }));
}

/** Without a password, for an account whose owner chooses one later, the rest is checked alone. */
export function mistakesInAccount({
  username,
  email,
  password,
}: Omit<NewAccount, 'password'> & { password?: string | undefined }): FieldError[] {
  const names = namesOf({ username, email });
  return [
    ...usernameFaults(username).map(message => ({ field: 'username', message })),
    ...emailFaults(email).map(message => ({ field: 'email', message })),
    ...(password === undefined ? [] : passwordFaults(password, names)).map(message => ({
      field: 'password',
      message,
    })),
  ];
}

/** The names from which a password must not be derived. */
function namesOf({ username, email }: Names): string[] {
  return [username, email.slice(0, Math.max(0, email.indexOf('@')))];
}

function usernameFaults(username: string): string[] {
  return usernamePattern.test(username)
    ? []
    : ['must be 3 to 32 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit'];
}

function emailFaults(email: string): string[] {
  const isValid = email.length <= longestEmail && email.lastIndexOf('@') <= 64 && emailPattern.test(email);
  return isValid ? [] : [`must be an email address of at most ${longestEmail} characters`];
}

/** Every reason at once. Length is what counts (NIST SP 800-63B §3.1.1.2): no rule asks for digits or signs. */
function passwordFaults(password: string, names: readonly string[]): string[] {
  const faults: string[] = [];
  const length = [...password.slice(0, longestPassword + 1)].length;
  if (length < shortestPassword) faults.push(`must be at least ${shortestPassword} characters`);
  if (password.length > longestPassword) return [`must be at most ${longestPassword} characters`];
  if (unprintable.test(password)) faults.push('must not hold control characters');
  const plain = keyOf(password);
  if (commonPasswords.has(plain) || isSequence(plain)) faults.push('is one of the most common passwords');
  if (names.some(name => isMostlyName(plain, keyOf(name)))) {
    faults.push('must not be derived from your username or email address');
  }
  return faults;
}

/** `aaaaaaaa`, `12345678`, `abcdefgh`. */
function isSequence(text: string): boolean {
  const codes = [...text].map(character => character.codePointAt(0)!);
  const step = codes.length > 1 ? codes[1]! - codes[0]! : 0;
  return Math.abs(step) <= 1 && codes.every((code, at) => at === 0 || code - codes[at - 1]! === step);
}

/** Whether the password without the name is too short to be a secret. */
function isMostlyName(password: string, name: string): boolean {
  return name.length >= 3 && password.includes(name) && password.replaceAll(name, '').length < 6;
}

/** Checks the form of sign-in input only, so that the answer does not depend on whether the account exists. @throws AppError 422 */
export function validLogin(input: { username: string; password: string }): void {
  const mistakes: FieldError[] = [];
  const { username, password } = input;
  if (username === '' || username.length > longestEmail || unprintable.test(username)) {
    mistakes.push({ field: 'username', message: `must be a username or email address` });
  }
  mistakes.push(...mistakesInGivenPassword(password, 'password'));
  if (mistakes.length > 0) throw invalid(mistakes);
}

function mistakesInGivenPassword(password: string, field: string): FieldError[] {
  const isText = password !== '' && password.length <= longestPassword && !/\p{Cs}/u.test(password);
  return isText ? [] : [{ field, message: `must be 1 to ${longestPassword} characters of text` }];
}

/** The same error for a wrong name, a wrong password and a suspended account. */
export function invalidCredentials(): AppError {
  return unauthenticated('Wrong username or password', authErrors.INVALID_CREDENTIALS);
}

/** The same error for a wrong and a used code. */
export function invalidCode(): AppError {
  return unauthenticated('This code is wrong, too old, or was used before', authErrors.INVALID_CODE);
}

/** Whether the error is a wrong password or code, which counts for the throttle. */
export function isWrongGuess(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    [authErrors.INVALID_CREDENTIALS.code, authErrors.INVALID_CODE.code].some(code => code === error.code)
  );
}

import type { Caller } from '../../../platform/caller';
import type { SignedIn } from '../accounts';
import type { AccountRow, SessionRow } from '../tables';
import type { AuthPayload, User, UserSession } from './types';

export function userOf(account: AccountRow): User {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    isActive: account.isActive,
    createdAt: new Date(account.createdAt),
    lastLogin: account.lastLogin === null ? null : new Date(account.lastLogin),
  };
}

export function payloadOf({ account, ...tokens }: SignedIn): AuthPayload {
  return { ...tokens, user: userOf(account) };
}

export function sessionOf(session: SessionRow, caller: Caller): UserSession {
  return {
    id: session.id,
    device: deviceOf(session.userAgent),
    userAgent: session.userAgent,
    address: session.address,
    createdAt: new Date(session.createdAt),
    lastSeenAt: new Date(session.lastSeenAt),
    expiresAt: new Date(session.expiresAt),
    isCurrent: session.id === caller.sessionId,
  };
}

const browsers = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
] as const;
const systems = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const;

/** Enough to recognise one's own device; the order matters, since browsers claim to be each other. */
function deviceOf(userAgent: string): string {
  const browser = browsers.find(([mark]) => mark.test(userAgent))?.[1];
  const system = systems.find(([mark]) => mark.test(userAgent))?.[1];
  if (browser !== undefined && system !== undefined) return `${browser} on ${system}`;
  return browser ?? system ?? 'Unknown device';
}

import { Keyring } from '../platform/security/keyring';

/** `npm run key:create`: prints a new entry for ENCRYPTION_KEYS. Put it first to encrypt with it from now on. */
console.log(Keyring.generate());

import { totpContract } from './testing/totp-contract';

totpContract('sqlite');

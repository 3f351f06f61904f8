import { authContract } from './testing/auth-contract';

authContract('sqlite');

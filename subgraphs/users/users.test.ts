import { usersContract } from './testing/users-contract';

usersContract('sqlite', () => undefined);

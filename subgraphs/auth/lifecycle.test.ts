import { lifecycleContract } from './testing/lifecycle-contract';

lifecycleContract('SQLite, in process', () => undefined);

import { searchContract } from './testing/search-contract';

searchContract('sqlite', () => undefined);

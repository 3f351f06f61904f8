import { apiKeyRightsContract } from './testing/api-key-rights-contract';

apiKeyRightsContract('sqlite');

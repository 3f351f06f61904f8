import { decided, type ServicePermissions } from './row';

export default {
  operations: {
    'Query.gateway': { document: '{ gateway { version } }', ...decided('gateway:read') },
  },
} satisfies ServicePermissions;

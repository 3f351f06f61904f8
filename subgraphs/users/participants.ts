/**
 * The services that take part when a user is deleted or exports their data (platform/erasure.ts): all of rover.yaml. A new
 * service adds its name here; what was asked before that waits for those who were asked then.
 */
export const participants = ['auth', 'users', 'notifications', 'files', 'monitoring'] as const;

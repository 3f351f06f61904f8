/** The tag of a subscription whose first result is the current state. */
export const currentStateTag = 'current-state';

/**
 * `@Directive(startsWithCurrentState)` on a subscription: its first result is the current state, for which the resolver is
 * called without a payload. After a break the gateway subscribes again, and the client gets the current state once more.
 * Without it a subscription ends after a break with SUBSCRIPTION_INTERRUPTED, because events may be missing.
 */
export const startsWithCurrentState = `@tag(name: "${currentStateTag}")`;

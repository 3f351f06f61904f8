/** The topics of live updates. Their payloads name what has changed; subscribers read it. */
export const alertChanged = 'alertChanged';
export const serviceHealthChanged = 'serviceHealthChanged';
export const logAdded = 'logAdded';

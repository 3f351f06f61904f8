import type { Channel, Message } from '../message';

export interface Delivery {
  /** The same at each attempt: providers derive the Message-ID or their idempotency key from it. */
  readonly id: string;
  readonly userId: string | null;
  readonly channel: Channel;
  readonly category: string;
  readonly recipient: string;
  readonly isUrgent: boolean;
  readonly message: Message;
  /** Milliseconds since the Unix epoch at which it was accepted. */
  readonly createdAt: number;
  /** The link with which the recipient unsubscribes (RFC 8058); null for messages that nobody can switch off. */
  readonly unsubscribeUrl: string | null;
}

/** Sends messages of one channel. */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  /**
   * @throws PermanentError when another attempt cannot help; ProviderDownError when another provider can; any other error is
   * tried again
   */
  send(delivery: Delivery): Promise<void>;
  close(): Promise<void>;
}

/** The provider refused this message for good, such as an address that does not exist. */
export class PermanentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PermanentError';
  }
}

/** The provider cannot take any message now: it does not answer, is overloaded or refuses the credentials. */
export class ProviderDownError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProviderDownError';
  }
}

/** The provider wants this message later (HTTP 429). */
export class ThrottledError extends Error {
  constructor(
    message: string,
    /** Milliseconds; undefined when the provider named none. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
    this.name = 'ThrottledError';
  }
}

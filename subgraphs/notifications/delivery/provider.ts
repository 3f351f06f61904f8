import type { Channel, Message } from '../message';

export interface Delivery {
  /** The same at each attempt: providers derive the Message-ID or their idempotency key from it. */
  readonly id: string;
  readonly userId: string | null;
  readonly channel: Channel;
  readonly recipient: string;
  readonly message: Message;
}

/** Sends messages of one channel. */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  /** @throws PermanentError when another attempt cannot help; any other error is tried again */
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

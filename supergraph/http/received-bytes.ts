/**
 * The bytes of a connection that are received and not read yet. To append to them takes time in proportion to the bytes that are
 * appended, however many pieces they come in.
 */
export class ReceivedBytes {
  /** Larger than `length` where there is room to append. */
  private buffer: Buffer;
  private length: number;

  constructor(first: Buffer) {
    this.buffer = first;
    this.length = first.length;
  }

  get bytes(): Buffer {
    return this.length === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.length);
  }

  append(chunk: Buffer): void {
    const total = this.length + chunk.length;
    if (total > this.buffer.length) {
      // Bytes that were taken from the old buffer stay as they are: it is never written again.
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, total * 2));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    chunk.copy(this.buffer, this.length);
    this.length = total;
  }

  /** Drops bytes at the beginning. */
  drop(count: number): void {
    this.buffer = this.buffer.subarray(count);
    this.length -= count;
  }
}

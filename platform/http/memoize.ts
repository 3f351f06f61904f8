/** More different inputs than any honest clients send; those of others are worked out each time. */
const most = 200;

/** What a pure function said of inputs that come again and again, such as a header that all of a client's requests have. */
export class Remembered<Input, Output> {
  private readonly known = new Map<Input, Output>();

  /** @throws what `work` throws; that is not remembered */
  get(input: Input, work: (input: Input) => Output): Output {
    const known = this.known.get(input);
    if (known !== undefined) return known;
    const output = work(input);
    if (this.known.size < most) this.known.set(input, output);
    return output;
  }
}

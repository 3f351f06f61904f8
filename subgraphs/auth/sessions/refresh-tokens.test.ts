import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../../../platform/ids';
import { RefreshTokens } from './refresh-tokens';

describe('RefreshTokens', () => {
  const tokens = new RefreshTokens(randomBytes(32));
  const facts = { sessionId: uuidv7(Date.now()), generation: 12 };

  it('reads back what it wrote, and writes the same again', () => {
    const token = tokens.write(facts);
    expect(tokens.read(token)).toEqual(facts);
    expect(tokens.write(facts)).toBe(token);
  });

  it('refuses every changed character, and the tokens of another key', () => {
    const token = tokens.write(facts);
    for (let i = 0; i < token.length - 1; i++) {
      const other = token[i] === '1' ? '2' : '1';
      expect(tokens.read(`${token.slice(0, i)}${other}${token.slice(i + 1)}`)).toBeUndefined();
    }
    expect(new RefreshTokens(randomBytes(32)).read(token)).toBeUndefined();
    for (const text of ['', `${token} `, `${token}\n`, token.toUpperCase()]) {
      expect(tokens.read(text)).toBeUndefined();
    }
  });
});

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring, loadOrCreateKeyFile } from './keyring';

const first = Keyring.generate('one');
const second = Keyring.generate('two');

describe('Keyring', () => {
  it('reads back what it wrote, in its place only', () => {
    const keyring = new Keyring(first);
    const text = keyring.encrypt('+442079460000 \u{1f388}', 'profiles.phone:ada');
    expect(text).toMatch(/^v1\.one\./);
    expect(text).not.toContain('4420');
    expect(keyring.encrypt('same', 'c')).not.toBe(keyring.encrypt('same', 'c'));
    expect(keyring.decrypt(text, 'profiles.phone:ada')).toBe('+442079460000 \u{1f388}');
    expect(() => keyring.decrypt(text, 'profiles.phone:bob')).toThrow();
  });

  it('notices every flipped byte', () => {
    const keyring = new Keyring(first);
    const text = keyring.encrypt('secret', 'c');
    const body = text.lastIndexOf('.') + 1;
    for (let i = body; i < text.length - 1; i++) {
      const flipped = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
      expect(() => keyring.decrypt(flipped, 'c')).toThrow();
    }
  });

  it('rotates: a new key in front, the old one still reads, and what needs it is known', () => {
    const old = new Keyring(first).encrypt('secret', 'c');
    const both = new Keyring(`${second},${first}`);
    expect(both.decrypt(old, 'c')).toBe('secret');
    expect([both.needsRotation(old), both.needsRotation(both.encrypt('x', 'c'))]).toEqual([true, false]);
    expect(() => new Keyring(second).decrypt(old, 'c')).toThrow(/one/);
  });

  it.each(['', 'a passphrase', 'id:c2hvcnQ=', `${first},${first}`])('refuses %s, and shows no key', text => {
    let message = '';
    try {
      new Keyring(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toBe('');
    expect(message).not.toContain(first.split(':')[1]!);
  });

  it.each(['', 'v1.one', 'v2.one.a.b', 'v1.one.!.!', 'v1.one.AAAA.AAAA'])('refuses the text %s', text => {
    expect(() => new Keyring(first).decrypt(text, 'c')).toThrow();
  });
});

describe('a signature', () => {
  const ring = new Keyring(Keyring.generate('one'));

  it('is good for its text and its purpose, from any key of the ring', () => {
    const signature = ring.sign('text', 'links');
    expect(ring.isSigned('text', signature, 'links')).toBe(true);
    expect(ring.isSigned('texts', signature, 'links')).toBe(false);
    expect(ring.isSigned('text', signature, 'commands')).toBe(false);
    const text = Keyring.generate('old');
    const old = new Keyring(text).sign('text', 'links');
    expect(new Keyring(`${Keyring.generate('new')},${text}`).isSigned('text', old, 'links')).toBe(true);
    expect(ring.isSigned('text', old, 'links')).toBe(false);
  });

  it.each(['', '.', 'one', 'one.', 'one.AAAA', 'one.a.b', 'two.AAAA'])('is never %p', forged => {
    expect(ring.isSigned('text', forged, 'links')).toBe(false);
  });
});

describe('the key file', () => {
  it('is created once, by the first process, and is readable by its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-key-'));
    try {
      const path = join(folder, 'deep', 'secret.key');
      const keyrings = await Promise.all(Array.from({ length: 5 }, () => loadOrCreateKeyFile(path)));
      const text = keyrings[0]!.encrypt('secret', 'c');
      for (const keyring of keyrings) expect(keyring.decrypt(text, 'c')).toBe('secret');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await writeFile(path, 'nonsense');
      await expect(loadOrCreateKeyFile(path)).rejects.toThrow('not of the form');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

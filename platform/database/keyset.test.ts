import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysetContract } from '../testing/keyset-contract';

const folder = mkdtempSync(join(tmpdir(), 'plinth-page-'));

afterAll(() => rmSync(folder, { recursive: true }));

let places = 0;
keysetContract('SQLite', async () => ({
  url: `sqlite:${join(folder, `${places++}.db`)}`,
  service: 'things',
}));

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageContract } from '../testing/page-contract';

const folder = mkdtempSync(join(tmpdir(), 'plinth-page-'));

afterAll(() => rmSync(folder, { recursive: true }));

let places = 0;
pageContract('SQLite', async () => ({
  url: `sqlite:${join(folder, `${places++}.db`)}`,
  service: 'things',
}));

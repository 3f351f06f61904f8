/**
 * Removes built files without a source from dist/, after each build: an incremental build leaves them, and Node then loads
 * dist/tables.js where the source has become tables/index.ts.
 */
const { existsSync, readdirSync, rmSync } = require('node:fs');
const { join, relative } = require('node:path');

const root = join(__dirname, '..');
const dist = join(root, 'dist');
/** Vite empties this one itself. */
const dashboard = join(dist, 'dashboard');

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const built = join(entry.parentPath ?? entry.path, entry.name);
  const source = join(root, relative(dist, built).replace(/\.js(\.map)?$/, '.ts'));
  if (!built.startsWith(dashboard) && /\.js(\.map)?$/.test(entry.name) && !existsSync(source)) rmSync(built);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root';

/** Read once, when first asked for. */
let version: string | undefined;

/** The version of Plinth that this process was built from (https://semver.org). */
export function plinthVersion(): string {
  version ??= (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
  return version;
}

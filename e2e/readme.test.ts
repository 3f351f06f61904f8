import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { urls } from './client';

const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');

/** The tour's commands as they stand, each with the answer that the README shows for it. */
function tour(): { command: string; answer: unknown }[] {
  const [, section = ''] = /^## A two-minute tour$([\s\S]*?)^## /m.exec(readme) ?? [];
  return [...section.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
    ([, command = '', answer]) => ({
      command,
      answer: answer === undefined ? undefined : JSON.parse(answer),
    }),
  );
}

/** Runs the commands in one bash; what each of them printed. */
function run(commands: readonly string[]): string[] {
  const separator = '--- next ---';
  const script = commands
    .join(`\necho '${separator}'\n`)
    .replaceAll('http://localhost:8000', urls.gateway)
    .replaceAll('http://localhost:8002', urls.users);
  const { stdout, stderr, status } = spawnSync('bash', ['-e'], { input: script, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split(`${separator}\n`);
}

const varying = [
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  /^[0-9a-f]{32}$/,
];

/** The answer with the shown ids, times and trace ids in place of its own; a shown `abc…` stands for what begins with abc. */
function asShown(answer: unknown, shown: unknown): unknown {
  if (typeof answer === 'string' && typeof shown === 'string') {
    const isSame = shown.endsWith('…')
      ? answer.startsWith(shown.slice(0, -1))
      : varying.some(pattern => pattern.test(answer) && pattern.test(shown));
    return isSame ? shown : answer;
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const other = (shown ?? {}) as Record<string, unknown>;
  const entries = Object.entries(answer).map(([key, value]) => [key, asShown(value, other[key])]);
  return Array.isArray(answer) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

describe("the README's tour", () => {
  it('can be pasted into bash as it stands, and answers as shown', () => {
    const steps = tour();
    expect(steps.filter(({ answer }) => answer !== undefined)).toHaveLength(4);
    const printed = run(steps.map(({ command }) => command));
    const answers = printed.map((text, i) =>
      text === '' ? undefined : asShown(JSON.parse(text), steps[i]?.answer),
    );
    expect(answers).toEqual(steps.map(({ answer }) => answer));
  });
});

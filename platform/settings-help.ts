import { distance } from 'fastest-levenshtein';
import type { Environment, Setting } from './config';

/** Each setting once, sorted by its variable. */
function sorted(settings: readonly Setting<unknown>[]): Setting<unknown>[] {
  const byVariable = new Map(settings.map(each => [each.variable, each]));
  return [...byVariable.values()].sort((left, right) => left.variable.localeCompare(right.variable));
}

/** The settings as `--help` shows them. */
export function settingsHelp(settings: readonly Setting<unknown>[]): string {
  const entries = sorted(settings).map(({ variable, description, fallback, example }) => {
    const value = fallback ? ` (default: ${fallback})` : example ? ` (example: ${example})` : '';
    return `  ${variable}${value}\n      ${description}`;
  });
  return `Settings, as environment variables or in the file .env:\n\n${entries.join('\n')}`;
}

/** Variables that are no setting but nearly spelt like one; a line for each. */
export function misspeltSettings(settings: readonly Setting<unknown>[], environment: Environment): string[] {
  const known = new Set(settings.map(({ variable }) => variable));
  return Object.keys(environment).flatMap(name => {
    // Short names of other programs are near to anything.
    if (known.has(name) || name.length < 7) return [];
    const near = [...known].find(variable => distance(name, variable) <= (variable.length < 10 ? 1 : 2));
    return near === undefined ? [] : [`${name} is not a setting: ${near} is`];
  });
}

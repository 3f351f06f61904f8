import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Variables as `process.env` holds them. Only the `config.ts` files of the services read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** embedded: all in one process, nothing else installed. alone: one process a service, on PostgreSQL and Redis. */
export type Shape = 'embedded' | 'alone';

/** The environment, with `.env` of the working directory if it is there. A variable that is set already stays as it is. */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ConfigError([`The file .env cannot be read (${code})`]);
  }
  return process.env;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One variable: how it is read, and what docs/configuration.md says of it. */
export interface Setting<T> {
  readonly variable: string;
  readonly description: string;
  readonly type: z.ZodType<T, string>;
  /** The text that stands where the variable is not set. */
  readonly fallback: string | undefined;
  /** A value that must never be shown, not even when it is wrong. */
  readonly secret: boolean;
  /** What to set, said when a variable that must be there is not. */
  readonly example: string | undefined;
  readonly optional: boolean;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

interface SettingOptions {
  /** A function where it is read from a file, so that no file is read at import. */
  default?: string | (() => string);
  secret?: boolean;
  example?: string;
}

/** A variable that has a default, or must be set. */
export function setting<T>(
  variable: string,
  type: z.ZodType<T, string>,
  description: string,
  options: SettingOptions = {},
): Setting<T> {
  return {
    variable,
    type,
    description,
    get fallback() {
      return typeof options.default === 'function' ? options.default() : options.default;
    },
    secret: options.secret ?? false,
    example: options.example,
    optional: false,
  };
}

/** A variable that may be absent. */
export function optionalSetting<T>(
  variable: string,
  type: z.ZodType<T, string>,
  description: string,
  options: Omit<SettingOptions, 'default'> = {},
): Setting<T | undefined> {
  return { ...setting<T>(variable, type, description, options), optional: true } as Setting<T | undefined>;
}

/** Everything that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Reads every setting and throws one ConfigError that names every mistake. An empty variable counts as absent. */
export function readSettings<S extends Settings>(settings: S, environment: Environment): Values<S> {
  const values: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const [key, one] of Object.entries(settings)) {
    const set = environment[one.variable];
    const text = set === undefined || set === '' ? one.fallback : set;
    if (text === undefined) {
      if (!one.optional) mistakes.push(missing(one));
      continue;
    }
    const parsed = one.type.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else {
      const reason = parsed.error.issues.map(issue => issue.message).join(', ');
      mistakes.push(`${one.variable} ${reason}${one.secret ? '' : ` (it is ${JSON.stringify(text)})`}`);
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return values as Values<S>;
}

/** The line for a variable that this shape cannot do without. */
export function missing(one: Pick<Setting<unknown>, 'variable' | 'description' | 'example'>): string {
  return `${one.variable} is not set: ${one.description}${one.example ? `, for example ${one.example}` : ''}`;
}

/** Runs readers of several configurations and reports the mistakes of all of them at once. */
export function readAll<T extends Record<string, () => unknown>>(
  readers: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const values: Record<string, unknown> = {};
  const mistakes = new Set<string>();
  for (const [key, read] of Object.entries(readers)) {
    try {
      values[key] = read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const mistake of error.mistakes) mistakes.add(mistake);
    }
  }
  if (mistakes.size > 0) throw new ConfigError([...mistakes]);
  return values as { [K in keyof T]: ReturnType<T[K]> };
}

const whole = (least: number, most: number, unit = '') =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number${unit}`)
    .transform(Number)
    .refine(value => value >= least && value <= most, `must be from ${least} to ${most}${unit}`);

const urlOf = (...protocols: string[]) =>
  z.string().refine(
    text => {
      try {
        return protocols.includes(new URL(text).protocol);
      } catch {
        return false;
      }
    },
    `must be a URL that starts with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`,
  );

/** Adds an address, or a network in CIDR notation (RFC 4632). @returns whether it is one */
function addNetwork(networks: BlockList, text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || Number(bits ?? longest) > longest) return false;
  networks.addSubnet(address, Number(bits ?? longest), family === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** The kinds of values a variable may hold. */
export const kinds = {
  text: z.string(),
  whole,
  port: whole(0, 65_535),
  seconds: (least: number, most: number) => whole(least, most, ' seconds'),
  level: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
  onOff: z.enum(['on', 'off'], 'must be on or off').transform(value => value === 'on'),
  url: urlOf('http:', 'https:'),
  redisUrl: urlOf('redis:', 'rediss:'),
  databaseUrl: z
    .string()
    .refine(
      text => /^(postgres|postgresql):\/\/\S+$/.test(text) || /^sqlite:.+$/.test(text),
      'must start with postgres:// or sqlite:',
    ),
  oneOf: <const T extends string>(...values: T[]) => z.enum(values, `must be one of ${values.join(', ')}`),
  ratio: z
    .string()
    .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a number from 0 to 1')
    .transform(Number),
  headers: z.string().transform((text, issues) => {
    try {
      return Object.fromEntries(
        text.split(',').map(part => {
          const [, name = '', value = ''] = /^\s*([\w-]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
          if (name === '') throw new Error('no name=value');
          return [name, decodeURIComponent(value)];
        }),
      );
    } catch {
      issues.addIssue({ code: 'custom', message: 'must be name=value, separated by commas' });
      return z.NEVER;
    }
  }),
  networks: z.string().transform((text, issues) => {
    const networks = new BlockList();
    const parts = text.split(',').map(part => part.trim());
    if (parts.every(part => part === '' || addNetwork(networks, part))) return networks;
    issues.addIssue({
      code: 'custom',
      message: 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas',
    });
    return z.NEVER;
  }),
  list: z.string().transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  ),
};

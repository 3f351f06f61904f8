import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../platform/clock';
import { ConfigError, readEnvironment } from '../../platform/config';
import { Database } from '../../platform/database/database';
import { AppError } from '../../platform/errors';
import { printStartError } from '../../platform/process';
import { Administrators } from './accounts/administrators';
import { firstAdministrator, readAuthConfig } from './config';
import { migrations } from './migrations';
import { Passwords } from './passwords/passwords';
import { entities } from './tables';

const help = `Makes an administrator in the auth service's database, whether the service runs or not.

  npm run admin:create -- --email you@example.com [--username ${firstAdministrator}]

The password is asked for, or read from standard input where that is no terminal. The database is the one of
AUTH_DATABASE_URL, DATABASE_URL or DATA_DIR, as for the service itself.`;

/** Returns the exit code: 0 for success, 1 for a failure, 2 for wrong arguments. */
async function main(args: string[]): Promise<number> {
  let options: { email?: string; username?: string; help?: boolean };
  try {
    options = parseArgs({
      args,
      options: { email: { type: 'string' }, username: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const { email, username = firstAdministrator } = options;
  if (email === undefined) {
    console.error(`--email is missing\n\n${help}`);
    return 2;
  }
  try {
    const config = readAuthConfig('embedded', readEnvironment());
    const password = await askForPassword();
    const database = await Database.open({
      url: config.ownDatabaseUrl ?? config.databaseUrl ?? `sqlite:${join(config.dataDir, 'auth.db')}`,
      service: 'auth',
      entities,
      migrations,
      clock: systemClock,
    });
    try {
      await new Administrators(database, new Passwords(config.bcryptCost)).create({
        username,
        email,
        password,
      });
    } finally {
      await database.close();
    }
    console.log(
      `${username} is an administrator and can sign in. The other services know in a moment, or when they start.`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof AppError)) printStartError(error);
    else if (Array.isArray(error.details)) {
      for (const { field, message } of error.details) console.error(`The ${field} ${message}`);
    } else console.error(error.message);
    return 1;
  }
}

async function askForPassword(): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return firstLine();
  // Raw mode from before the first question until after the last, so that no typed character is shown.
  stdin.setRawMode(true);
  try {
    const password = await typed('Password: ');
    if ((await typed('The same again: ')) !== password) throw new ConfigError(['The two passwords differ']);
    return password;
  } finally {
    stdin.setRawMode(false);
  }
}

async function firstLine(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.includes('\n') || text.length > 10_000) break;
  }
  return text.split(/\r?\n/, 1)[0]!;
}

/** Reads a line from a terminal in raw mode, without an echo. */
function typed(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  let text = '';
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stdin.off('data', hear);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const hear = (typedNow: string) => {
      for (const key of typedNow) {
        if (key === '\r' || key === '\n') return end(() => resolve(text));
        if (key === '\u0003' || key === '\u0004') {
          return end(() => reject(new ConfigError(['No administrator was made'])));
        }
        if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('');
        else text += key;
      }
    };
    stdin.on('data', hear);
  });
}

void main(process.argv.slice(2)).then(code => {
  process.exitCode = code;
});

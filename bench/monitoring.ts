/** What log entries, metrics and traces cost. `npm run bench:monitoring -- --help` */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { benchFlood, benchMemory, benchShipping, benchTracing } from './monitoring/served';
import { benchAppends, benchSearches } from './monitoring/stores';

const help = `npm run bench:monitoring -- [options]

  --appends <entries>    entries a size into SQLite and PostgreSQL, beside bare statements that take turns with them (default, 50000)
  --searches <rows>      each filter of a search over so many rows, in both
  --flood <rounds>       p99 of \`me\` while entries flood in, beside idle rounds that take turns with it; on SQLite
  --memory <minutes>     memory of the process while entries flood in
  --shipping <rounds>    CPU of a service that ships its log, beside the same without
  --tracing <rounds>     CPU of the gateway with 1% of the traces recorded, beside the same without tracing, twice
  --help

--flood, --memory, --shipping and --tracing read /proc: Linux only.
`;

const option = { type: 'string' } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      appends: option,
      searches: option,
      flood: option,
      memory: option,
      shipping: option,
      tracing: option,
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return console.log(help);
  const load = () => loadavg()[0]?.toFixed(1);
  console.log(`Node ${process.version}, ${cpus()[0]?.model}, load ${load()}`);
  const isDefault = Object.keys(values).length === 0;
  if (isDefault || values.appends !== undefined) await benchAppends(Number(values.appends ?? 50_000));
  if (values.searches !== undefined) await benchSearches(Number(values.searches));
  if (values.flood !== undefined) await benchFlood(Number(values.flood));
  if (values.memory !== undefined) await benchMemory(Number(values.memory));
  if (values.shipping !== undefined) await benchShipping(Number(values.shipping));
  if (values.tracing !== undefined) await benchTracing(Number(values.tracing));
  console.log(`load ${load()}`);
}

void main();

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const pageSize = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** CPU (user and system, in µs) and resident memory (MB) of a process and all it started, as Linux counts them. */
export function usageOf(pid: number): { cpuUs: number; rssMb: number; processes: number } {
  const processes = new Map<number, { parent: number; ticks: number; pages: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [parent, user, system] = [Number(fields[1]), Number(fields[11]), Number(fields[12])];
      processes.set(Number(name), { parent, ticks: user + system, pages: Number(fields[21]) });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const isOurs = (each: number): boolean => {
    for (let at: number | undefined = each; at !== undefined; at = processes.get(at)?.parent) {
      if (at === pid) return true;
    }
    return false;
  };
  let ticks = 0;
  let pages = 0;
  let count = 0;
  for (const [each, found] of processes) {
    if (!isOurs(each)) continue;
    ticks += found.ticks;
    pages += found.pages;
    count++;
  }
  return { cpuUs: (ticks / ticksPerSecond) * 1e6, rssMb: (pages * pageSize) / 1e6, processes: count };
}

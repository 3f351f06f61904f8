import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { HealthBucketRow, HealthChangeRow, ServiceHealthRow } from '../tables';
import type { Target } from '../watch/targets';

export type HealthStatus = 'healthy' | 'unhealthy' | 'unknown';

export interface ServiceHealth {
  readonly name: string;
  readonly status: HealthStatus;
  /** Milliseconds since the Unix epoch; null before the first probe. */
  readonly since: number | null;
  readonly lastCheck: number | null;
  readonly responseMs: number | null;
  readonly error: string | null;
  /** Failed probes of the last 24 hours. */
  readonly errorCount: number;
  /** The part of the probes that succeeded, 0 to 1; null where there were none. */
  readonly uptime: {
    readonly day: number | null;
    readonly week: number | null;
    readonly month: number | null;
  };
}

/** The probes of a span of time. */
export interface HealthBucket {
  readonly at: number;
  readonly ok: number;
  readonly failed: number;
}

interface Outcome {
  readonly responseMs: number | null;
  readonly error: string | null;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const bucketMs = 5 * minuteMs;
const keptMs = 30 * dayMs;
/** A status changes after as many probes in a row that contradict it, so that one lost packet is no outage. */
const damping = 2;
/** Probes do not all begin at the same moment. */
const spreadMs = 250;

/** The health of every watched server. */
export class Health {
  constructor(
    private readonly db: Database,
    private readonly targets: readonly Target[],
    private readonly settings: { readonly intervalMs: number; readonly timeoutMs: number },
    /** Called after a change of status is committed. */
    private readonly onChange: (service: string) => void,
    private readonly random: () => number = Math.random,
  ) {}

  /** Probes every target once, spread over a quarter of a second. */
  async probeAll(): Promise<void> {
    await Promise.all(this.targets.map(target => this.probe(target)));
  }

  /** @throws AppError 401, 403 */
  async list(caller: Caller): Promise<ServiceHealth[]> {
    caller.require('monitoring:read');
    return this.states();
  }

  /** The states that need no caller: for alerts and metrics. */
  async states(): Promise<ServiceHealth[]> {
    const now = this.db.clock.now();
    const rows = new Map((await this.db.read.find(ServiceHealthRow)).map(row => [row.service, row]));
    const sums = await Promise.all([dayMs, 7 * dayMs, keptMs].map(span => this.sums(now - span)));
    return this.targets.map(({ name }) => {
      const row = rows.get(name);
      const [day, week, month] = sums.map(sum => sum.get(name));
      return {
        name,
        status: this.statusOf(row, now),
        since: row?.since ?? null,
        lastCheck: row?.checkedAt ?? null,
        responseMs: row?.responseMs ?? null,
        error: row?.error ?? null,
        errorCount: day?.failed ?? 0,
        uptime: { day: uptimeOf(day), week: uptimeOf(week), month: uptimeOf(month) },
      };
    });
  }

  /** Changes of status, the newest first. @throws AppError 401, 403 */
  async changes(caller: Caller, service: string, first: number): Promise<HealthChangeRow[]> {
    caller.require('monitoring:read');
    return this.db.read.find(HealthChangeRow, { where: { service }, order: { id: 'DESC' }, take: first });
  }

  /** The probes since `from`, by service, in spans of `stepMs`. */
  async strips(from: number, stepMs: number): Promise<Map<string, HealthBucket[]>> {
    const rows = await this.db.rows(HealthBucketRow, 'WHERE at >= ? ORDER BY at', [from]);
    const strips = new Map<string, HealthBucket[]>();
    for (const { service, at, ok, failed } of rows) {
      const strip = strips.get(service) ?? [];
      strips.set(service, strip);
      const start = Math.floor(at / stepMs) * stepMs;
      const last = strip.at(-1);
      if (last?.at === start)
        strip[strip.length - 1] = { at: start, ok: last.ok + ok, failed: last.failed + failed };
      else strip.push({ at: start, ok, failed });
    }
    return strips;
  }

  /** Deletes history that is older than 30 days. */
  async prune(): Promise<void> {
    const before = this.db.clock.now() - keptMs;
    await this.db.write('DELETE FROM health_buckets WHERE at < ?', [before]);
    await this.db.write('DELETE FROM health_changes WHERE at < ?', [before]);
  }

  private async probe(target: Target): Promise<void> {
    await sleep(this.random() * spreadMs);
    const started = performance.now();
    let error: string | null = null;
    try {
      await target.probe(this.settings.timeoutMs);
    } catch (cause) {
      error = cause instanceof Error ? cause.message : String(cause);
    }
    const responseMs = error === null ? Math.round((performance.now() - started) * 10) / 10 : null;
    await this.record(target.name, { responseMs, error });
  }

  private async record(service: string, outcome: Outcome): Promise<void> {
    const now = this.db.clock.now();
    const hasChanged = await this.db.transaction(async tx => {
      await tx.manager.query(
        `INSERT INTO health_buckets (service, at, ok, failed) VALUES (${this.parameters(4)})
         ON CONFLICT (service, at) DO UPDATE SET ok = health_buckets.ok + excluded.ok, failed = health_buckets.failed + excluded.failed`,
        [
          service,
          Math.floor(now / bucketMs) * bucketMs,
          outcome.error === null ? 1 : 0,
          outcome.error === null ? 0 : 1,
        ],
      );
      return this.recordStatus(tx, service, outcome, now);
    });
    if (hasChanged) this.onChange(service);
  }

  /** @returns whether the status has changed */
  private async recordStatus(
    tx: Transaction,
    service: string,
    outcome: Outcome,
    now: number,
  ): Promise<boolean> {
    const seen = outcome.error === null ? 'healthy' : 'unhealthy';
    const row = await tx.manager.findOneBy(ServiceHealthRow, { service });
    const known = row === null ? 'unknown' : this.statusOf(row, now);
    const contradictions = seen === known ? 0 : (row?.contradictions ?? 0) + 1;
    const isChanged = seen !== known && (known === 'unknown' || contradictions >= damping);
    await tx.manager.save(ServiceHealthRow, {
      service,
      status: isChanged || row === null ? seen : row.status,
      since: isChanged || row === null ? now : row.since,
      checkedAt: now,
      responseMs: outcome.responseMs,
      contradictions: isChanged ? 0 : contradictions,
      error: outcome.error,
    });
    if (isChanged) {
      await tx.manager.insert(HealthChangeRow, {
        id: uuidv7(now),
        service,
        status: seen,
        at: now,
        error: outcome.error,
      });
    }
    return isChanged;
  }

  /** Unknown where the last probe is too long ago: nobody watched. */
  private statusOf(row: ServiceHealthRow | undefined, now: number): HealthStatus {
    const longest = 4 * this.settings.intervalMs + this.settings.timeoutMs;
    if (row === undefined || now - row.checkedAt > longest) return 'unknown';
    return row.status as HealthStatus;
  }

  private async sums(since: number): Promise<Map<string, { ok: number; failed: number }>> {
    const rows: { service: string; ok: string | number; failed: string | number }[] =
      await this.db.read.query(
        `SELECT service, sum(ok) AS ok, sum(failed) AS failed FROM health_buckets
       WHERE at >= ${this.parameters(1)} GROUP BY service`,
        [since],
      );
    return new Map(
      rows.map(({ service, ok, failed }) => [service, { ok: Number(ok), failed: Number(failed) }]),
    );
  }

  private parameters(count: number): string {
    return Array.from({ length: count }, (_, at) => (this.db.kind === 'sqlite' ? '?' : `$${at + 1}`)).join(
      ', ',
    );
  }
}

function uptimeOf(sum: { ok: number; failed: number } | undefined): number | null {
  return sum === undefined ? null : sum.ok / (sum.ok + sum.failed);
}

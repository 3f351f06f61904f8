import type { Database } from '../../../platform/database/database';

/** Work that one instance of several does: the holder keeps it while it renews it, and another takes over when it expires. */
export class Lease {
  constructor(
    private readonly db: Pick<Database, 'write' | 'clock'>,
    private readonly name: string,
    private readonly holder: string,
    private readonly durationMs: number,
  ) {}

  /** Takes or renews the lease. @returns whether this instance has it */
  async hold(): Promise<boolean> {
    const now = this.db.clock.now();
    const rows = await this.db.write(
      `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
       WHERE leases.holder = excluded.holder OR leases.expires_at <= ? RETURNING holder`,
      [this.name, this.holder, now + this.durationMs, now],
    );
    return rows.length > 0;
  }

  /** Lets another instance take over at once. */
  async release(): Promise<void> {
    await this.db.write('DELETE FROM leases WHERE name = ? AND holder = ?', [this.name, this.holder]);
  }
}

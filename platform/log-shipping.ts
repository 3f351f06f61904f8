import { request } from 'undici';
import type { Clock } from './clock';
import { LogLines } from './observability/log-output';
import { LinesRefused, LogShipper } from './observability/log-shipper';
import type { Logger } from './observability/logger';
import type { Metrics } from './observability/metrics';
import type { Keyring } from './security/keyring';
import { signedAuthorization } from './service-commands';

const timeoutMs = 10_000;

export interface LogShippingConfig {
  logShipping: boolean;
  monitoringUrl: string | undefined;
  monitoringPort: number;
}

/**
 * Sends the lines that this process writes to its standard output to the monitoring service, signed with ENCRYPTION_KEYS.
 *
 * @returns sends the last lines and ends it
 */
export function shipLogsOverHttp(
  config: LogShippingConfig,
  parts: { keyring: Keyring; clock: Clock; metrics: Metrics; logger: Logger },
): () => Promise<void> {
  const url = new URL('/logs', config.monitoringUrl ?? `http://127.0.0.1:${config.monitoringPort}`);
  const { keyring, clock } = parts;
  return shipLogs(parts, async lines => {
    const body = Buffer.from(lines, 'utf8');
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        authorization: signedAuthorization(keyring, url.pathname, body, clock.now()),
      },
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    await answer.dump();
    if (statusCode === 202) return;
    const error = `monitoring answered ${statusCode}`;
    throw [400, 413, 415, 422].includes(statusCode) ? new LinesRefused(error) : new Error(error);
  });
}

/** Passes the lines of this process to `send`, in batches. @returns sends the last lines and ends it */
export function shipLogs(
  { metrics, logger }: { metrics: Metrics; logger: Logger },
  send: (lines: string) => Promise<void>,
): () => Promise<void> {
  const shipped = metrics.counter(
    'plinth_log_lines_shipped_total',
    'Lines of the log that monitoring stored',
  );
  const dropped = metrics.counter(
    'plinth_log_lines_dropped_total',
    'Lines of the log that were not sent to monitoring: it was away for too long, or refused them',
  );
  const shipper = new LogShipper({
    send,
    onShipped: lines => shipped.inc(lines),
    onDropped: lines => dropped.inc(lines),
    logger,
  });
  const stop = LogLines.followOutput((lines, count) => shipper.add(lines, count));
  return async () => {
    stop();
    await shipper.close();
  };
}

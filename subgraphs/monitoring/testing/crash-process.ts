import { silentLogger } from '../../../platform/observability/logger';
import { openProcessContext } from '../../../platform/process';
import { readMonitoringConfig } from '../config';
import { startMonitoring } from '../main';

/** The monitoring service in a process of its own, for a test to kill. Its variables come as one argument, in JSON. */
async function main(): Promise<void> {
  const environment = JSON.parse(process.argv[2]!) as Record<string, string>;
  const config = readMonitoringConfig(environment['REDIS_URL'] ? 'alone' : 'embedded', environment);
  const context = openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger });
  const { url } = await startMonitoring(config, context);
  console.log(url);
}

void main();

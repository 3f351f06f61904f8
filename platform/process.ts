import { type Clock, systemClock } from './clock';
import {
  ConfigError,
  type Environment,
  type LogLevel,
  readEnvironment,
  type Setting,
  type Settings,
  type Shape,
} from './config';
import { AppError } from './errors';
import { type EventBus } from './events/event-bus';
import { InProcessBus } from './events/in-process-bus';
import { createInProcessPubSub, createRedisPubSub, type LivePubSub } from './events/live-updates';
import { RedisBus } from './events/redis-bus';
import { ServiceTls } from './http/service-tls';
import { InProcessSpans } from './observability/in-process-spans';
import type { LogFormat } from './observability/log-format';
import { createLogger, type Logger } from './observability/logger';
import { RedisRegistry } from './registry/redis-registry';
import { InProcessRegistry, type ServiceRegistry } from './registry/service-registry';
import { misspeltSettings, settingsHelp } from './settings-help';

/** A server that answers until it is stopped. */
export interface RunningService {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** The clock and the connections that the services of one process share. */
export interface ProcessContext {
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly pubSub: LivePubSub;
  /** The running instances of all services. */
  readonly registry: ServiceRegistry;
  /** Whether the gateway and all services are in this process. */
  readonly isEmbedded?: boolean;
  /** Passes spans to the monitoring service of this process. */
  readonly spans?: InProcessSpans | undefined;
  /** How services are reached over TLS; undefined where nothing is set. */
  readonly serviceTls?: ServiceTls | undefined;
  close(): Promise<void>;
}

/** Events and live updates over Redis where there is one, otherwise within this process. */
export function openProcessContext(options: {
  redisUrl: string | undefined;
  logger: Logger;
  clock?: Clock;
  isEmbedded?: boolean;
  tls?: ServiceTlsConfig;
}): ProcessContext {
  const { redisUrl, logger, clock = systemClock, isEmbedded = false } = options;
  const serviceTls = openServiceTls(options.tls ?? {}, logger);
  const bus =
    redisUrl === undefined ? new InProcessBus({ clock, logger }) : new RedisBus(redisUrl, { clock, logger });
  const pubSub = redisUrl === undefined ? createInProcessPubSub() : createRedisPubSub(redisUrl, { logger });
  const registry =
    redisUrl === undefined ? new InProcessRegistry(clock) : new RedisRegistry(redisUrl, logger);
  return {
    clock,
    bus,
    pubSub,
    registry,
    isEmbedded,
    spans: isEmbedded ? new InProcessSpans() : undefined,
    serviceTls,
    close: async () => {
      await registry.close();
      await serviceTls?.close();
      await pubSub.close();
      await bus.close();
    },
  };
}

/** How this process reaches services over TLS. */
export interface ServiceTlsConfig {
  readonly serviceCaFile?: string | undefined;
  readonly serviceCertFile?: string | undefined;
  readonly serviceKeyFile?: string | undefined;
}

function openServiceTls(config: ServiceTlsConfig, logger: Logger): ServiceTls | undefined {
  const files = {
    caFile: config.serviceCaFile,
    certFile: config.serviceCertFile,
    keyFile: config.serviceKeyFile,
  };
  if (Object.values(files).every(file => file === undefined)) return undefined;
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new ConfigError([
      'SERVICE_TLS_CERT_FILE and SERVICE_TLS_KEY_FILE need each other: set both or none',
    ]);
  }
  const tls = new ServiceTls(files, logger);
  tls.useEverywhere();
  return tls;
}

/** What each server's configuration holds. */
export interface ServiceConfig extends ServiceTlsConfig {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly redisUrl?: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat | undefined;
}

/** A server, as its `main.ts` exports it under the name `service`. `start.ts` and the scripts load it by its name in rover.yaml. */
export interface ServiceModule<Config extends ServiceConfig = ServiceConfig> {
  readonly name: string;
  readonly settings: Settings;
  readConfig(shape: Shape, environment?: Environment): Config;
  start(config: Config, shared: ProcessContext): Promise<RunningService>;
}

export const isHelp = (argument: string): boolean => argument === '--help' || argument === '-h';

/** Writes a line to standard error for each variable that is nearly spelt like a setting. */
export function warnOfMisspelt(settings: readonly Setting<unknown>[], environment: Environment): void {
  for (const line of misspeltSettings(settings, environment)) console.error(`Warning: ${line}`);
}

/** Starts one server in a process of its own: `npm start -- auth`. Ends with one line for each thing that is wrong. */
export async function runService<Config extends ServiceConfig>(
  definition: ServiceModule<Config>,
): Promise<void> {
  const { name } = definition;
  let shared: ProcessContext | undefined;
  try {
    const settings = Object.values(definition.settings);
    if (process.argv.slice(2).some(isHelp)) return console.log(settingsHelp(settings));
    warnOfMisspelt(settings, readEnvironment());
    const config = definition.readConfig('alone');
    shared = openProcessContext({
      redisUrl: config.redisUrl,
      tls: config,
      logger: createLogger({ service: name, level: config.logLevel, format: config.logFormat }),
    });
    const service = await definition.start(config, shared);
    console.error(`${name} answers on ${service.url}; stop it with Ctrl-C`);
    stopOnSignal([service], shared);
  } catch (error) {
    await shared?.close();
    printStartError(error);
    process.exitCode = 1;
  }
}

/** SIGTERM and Ctrl-C let requests in flight finish; a second signal exits at once. */
export function stopOnSignal(services: readonly RunningService[], shared: ProcessContext): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    try {
      // The gateway is the first: it needs the others until it is closed.
      for (const service of services) await service.stop();
      await shared.close();
      process.exit(0);
    } catch (error) {
      printStartError(error);
      process.exit(1);
    }
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

/** A mistake that the operator can correct is one line; anything else is a fault of ours and comes with its stack. */
export function printStartError(error: unknown): void {
  for (const line of startErrorLines(error)) console.error(line);
}

export function startErrorLines(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.mistakes];
  // Such as a database that cannot be reached.
  if (error instanceof AppError) return [error.message];
  const { code, address, port, path } = (error ?? {}) as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE')
    return [`Port ${port} is taken: stop what listens on ${address}:${port}, or set another`];
  if (code === 'EACCES' && port !== undefined)
    return [`Port ${port} may not be used by this user: set another`];
  if (['EACCES', 'EROFS', 'EPERM', 'EEXIST', 'ENOTDIR'].includes(code ?? '') && path !== undefined)
    return [`${path} cannot be written: check DATA_DIR`];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

import type { ErrorDetails } from '../../../platform/errors';
import type { LogLevelName } from './log-entry';
import type { LogFormat, RejectedLine } from './log-lines';
import type { LogQuery } from './log-storage';

/** The messages between the service and the thread of its log. */
export type LogRequest = { readonly id: number } & (
  | { readonly kind: 'append'; readonly body: Uint8Array; readonly format: LogFormat; readonly now: number }
  | { readonly kind: 'search'; readonly query: LogQuery; readonly limit: number }
  | { readonly kind: 'erase'; readonly terms: readonly string[] }
  | { readonly kind: 'prune'; readonly now: number }
  | { readonly kind: 'close' }
);

export interface LogResponse {
  readonly id: number;
  readonly result?: unknown;
  /** With a status: an error that the caller may see. */
  readonly error?: {
    readonly message: string;
    readonly code?: string;
    readonly status?: number;
    readonly details?: ErrorDetails | undefined;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export interface AppendOutcome {
  readonly accepted: number;
  readonly rejected: readonly RejectedLine[];
  readonly isSingle: boolean;
  /** The accepted entries. */
  readonly counts: readonly { readonly service: string; readonly level: LogLevelName; count: number }[];
}

export interface LogWorkerOptions {
  /** Of PostgreSQL; SQLite files in `folder` when undefined. */
  readonly url: string | undefined;
  readonly schema: string;
  readonly folder: string;
  readonly batchSize: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

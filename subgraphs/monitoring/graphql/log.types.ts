import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';

export enum LogLevel {
  TRACE = 'trace',
  DEBUG = 'debug',
  INFO = 'info',
  WARN = 'warn',
  ERROR = 'error',
  FATAL = 'fatal',
}

registerEnumType(LogLevel, { name: 'LogLevel', description: 'The severity of a log entry.' });

@ObjectType('LogEntry', { simpleResolvers: true, description: 'One line of the log of a service.' })
export class LogEntry {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'The service that wrote it, such as `auth`.' })
  service: string;

  @Field(() => LogLevel)
  level: LogLevel;

  @Field(() => String, { description: 'At most 65,536 characters.' })
  message: string;

  @Field(() => DateTime, { description: 'When it was written; when it arrived, if it does not say so.' })
  timestamp: Date;

  @Field(() => JSONObject, { nullable: true, description: 'All other fields of the line.' })
  metadata: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description: 'The trace of the request that it belongs to: 32 hexadecimal digits (W3C Trace Context).',
  })
  traceId: string | null;
}

export const LogEntryConnection = connectionOf('LogEntry', () => LogEntry);

@InputType('LogFilter', { description: 'Conditions that all hold.' })
export class LogFilterInput {
  @Field(() => String, { nullable: true, description: 'The name of the service.' })
  service?: string | null;

  @Field(() => [LogLevel], { nullable: true, description: 'Any of these levels.' })
  levels?: LogLevel[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Written at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Written before this moment.' })
  to?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Words that all occur in the message, in any order, without regard to case and accents. A word of three or more characters also finds longer words that begin with it. At most 500 characters.',
  })
  text?: string | null;

  @Field(() => String, { nullable: true, description: '32 hexadecimal digits.' })
  traceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The path of a value in `metadata`, such as `user.id`; for a list, the path of the list. Goes with `metadataValue`.',
  })
  metadataPath?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The value at `metadataPath`: a text of at most 200 characters, a whole number, `true` or `false`.',
  })
  metadataValue?: string | null;
}

@InputType('LogEntryInput', { description: 'One line of a log.' })
export class LogEntryInput {
  @Field(() => String, { description: '1 to 100 letters, digits, `.`, `_`, `:`, `/` or `-`.' })
  service: string;

  @Field(() => LogLevel)
  level: LogLevel;

  @Field(() => String, { description: 'At most 65,536 characters.' })
  message: string;

  @Field(() => DateTime, { nullable: true, description: 'The moment of its arrival by default.' })
  timestamp?: Date | null;

  @Field(() => JSONObject, { nullable: true, description: 'At most 65,536 characters of JSON.' })
  metadata?: Record<string, unknown> | null;

  @Field(() => String, { nullable: true, description: '32 hexadecimal digits.' })
  traceId?: string | null;
}

@ObjectType('RejectedLogEntry', { simpleResolvers: true, description: 'An entry that was not stored.' })
export class RejectedLogEntry {
  @Field(() => Int, { description: 'Its place in the list, from 1.' })
  line: number;

  @Field(() => String, { description: 'Why; it never repeats a value.' })
  reason: string;
}

@ObjectType('LogIngestion', { simpleResolvers: true, description: 'The outcome of `ingestLogs`.' })
export class LogIngestion {
  @Field(() => Int, { description: 'Entries that are stored.' })
  accepted: number;

  @Field(() => [RejectedLogEntry])
  rejected: readonly RejectedLogEntry[];
}

@ObjectType('LogAddition', { simpleResolvers: true, description: 'The new entries of about a second.' })
export class LogAddition {
  @Field(() => [LogEntry], { description: 'The newest first, at most 50.' })
  entries: LogEntry[];

  @Field(() => Int, { description: 'How many more the filter selects; counted up to 950.' })
  omitted: number;
}

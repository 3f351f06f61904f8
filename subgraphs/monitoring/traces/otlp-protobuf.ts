import protobuf from 'protobufjs/light';

/**
 * The parts of OTLP that are stored (https://github.com/open-telemetry/opentelemetry-proto, version 1). A decoder skips all other fields.
 * protobufjs (BSD-3-Clause) reads these descriptions, so that no code is generated.
 */
const field = (id: number, type: string, isList = false) => ({
  id,
  type,
  ...(isList ? { rule: 'repeated' as const } : {}),
});

const common = {
  AnyValue: {
    oneofs: {
      value: {
        oneof: [
          'stringValue',
          'boolValue',
          'intValue',
          'doubleValue',
          'arrayValue',
          'kvlistValue',
          'bytesValue',
        ],
      },
    },
    fields: {
      stringValue: field(1, 'string'),
      boolValue: field(2, 'bool'),
      intValue: field(3, 'int64'),
      doubleValue: field(4, 'double'),
      arrayValue: field(5, 'ArrayValue'),
      kvlistValue: field(6, 'KeyValueList'),
      bytesValue: field(7, 'bytes'),
    },
  },
  ArrayValue: { fields: { values: field(1, 'AnyValue', true) } },
  KeyValueList: { fields: { values: field(1, 'KeyValue', true) } },
  KeyValue: { fields: { key: field(1, 'string'), value: field(2, 'AnyValue') } },
  Resource: { fields: { attributes: field(1, 'KeyValue', true) } },
};

const traces = {
  ExportTraceServiceRequest: { fields: { resourceSpans: field(1, 'ResourceSpans', true) } },
  ResourceSpans: { fields: { resource: field(1, 'Resource'), scopeSpans: field(2, 'ScopeSpans', true) } },
  ScopeSpans: { fields: { spans: field(2, 'Span', true) } },
  Span: {
    fields: {
      traceId: field(1, 'bytes'),
      spanId: field(2, 'bytes'),
      parentSpanId: field(4, 'bytes'),
      name: field(5, 'string'),
      kind: field(6, 'int32'),
      startTimeUnixNano: field(7, 'fixed64'),
      endTimeUnixNano: field(8, 'fixed64'),
      attributes: field(9, 'KeyValue', true),
      status: field(15, 'Status'),
    },
  },
  Status: { fields: { message: field(2, 'string'), code: field(3, 'int32') } },
  ExportTraceServiceResponse: { fields: { partialSuccess: field(1, 'TracePartialSuccess') } },
  TracePartialSuccess: { fields: { rejectedSpans: field(1, 'int64'), errorMessage: field(2, 'string') } },
};

const logs = {
  ExportLogsServiceRequest: { fields: { resourceLogs: field(1, 'ResourceLogs', true) } },
  ResourceLogs: { fields: { resource: field(1, 'Resource'), scopeLogs: field(2, 'ScopeLogs', true) } },
  ScopeLogs: { fields: { logRecords: field(2, 'LogRecord', true) } },
  LogRecord: {
    fields: {
      timeUnixNano: field(1, 'fixed64'),
      severityNumber: field(2, 'int32'),
      severityText: field(3, 'string'),
      body: field(5, 'AnyValue'),
      attributes: field(6, 'KeyValue', true),
      traceId: field(9, 'bytes'),
      spanId: field(10, 'bytes'),
      observedTimeUnixNano: field(11, 'fixed64'),
    },
  },
  ExportLogsServiceResponse: { fields: { partialSuccess: field(1, 'LogsPartialSuccess') } },
  LogsPartialSuccess: { fields: { rejectedLogRecords: field(1, 'int64'), errorMessage: field(2, 'string') } },
};

const root = protobuf.Root.fromJSON({ nested: { ...common, ...traces, ...logs } });

export type OtlpMessage =
  | 'ExportTraceServiceRequest'
  | 'ExportTraceServiceResponse'
  | 'ExportLogsServiceRequest'
  | 'ExportLogsServiceResponse';

/** As the JSON encoding of OTLP has it, with bytes as Buffers. @throws Error for bytes that are no such message */
export function decode(message: OtlpMessage, bytes: Buffer): unknown {
  const type = root.lookupType(message);
  return type.toObject(type.decode(bytes), { longs: String });
}

export function encode(message: OtlpMessage, value: Record<string, unknown>): Buffer {
  const type = root.lookupType(message);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

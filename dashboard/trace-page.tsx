import { type TargetedSubmitEvent } from 'preact';
import { dayAndTime, duration } from './format';
import { DashboardTraceDocument, type DashboardTraceQuery } from './graphql/graphql';
import { execute } from './graphql-client';
import { LogTable } from './logs-page';
import { Notice } from './notice';
import { usePoll } from './use-poll';

type Trace = NonNullable<DashboardTraceQuery['trace']>;
type Span = NonNullable<Trace['spans']>[number];

const day = 86_400_000;

/** One trace: its spans as a waterfall, and its log entries. */
export function TracePage(props: { id: string; onTrace: (id: string) => void; onSignedOut: () => void }) {
  const { id, onTrace } = props;
  const load = async () =>
    id === '' ? null : ((await execute(DashboardTraceDocument, { id })).trace ?? null);
  const { data, error } = usePoll(load, id, day, props.onSignedOut);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onTrace(
      String(new FormData(event.currentTarget).get('id') ?? '')
        .trim()
        .toLowerCase(),
    );
  };
  return (
    <>
      <form class="filters" onSubmit={submit}>
        <label>
          Trace id
          <input key={id} name="id" size={34} required pattern="\s*[0-9a-fA-F]{32}\s*" defaultValue={id} />
        </label>
        <button type="submit">Show</button>
      </form>
      <Notice error={error} />
      {id === '' && (
        <p class="empty">
          Enter the trace id of a log entry, or of an answer’s trace_id or traceresponse header.
        </p>
      )}
      {id !== '' && data === null && <p class="empty">Nothing of this trace is stored</p>}
      {data != null && <TraceView trace={data} />}
    </>
  );
}

function TraceView({ trace }: { trace: Trace }) {
  const spans = trace.spans ?? [];
  const total = Math.max(...spans.map(({ offsetMs, durationMs }) => offsetMs + durationMs), 0.001);
  return (
    <>
      <h2>
        {spans[0] === undefined
          ? 'No spans: the trace is not sampled'
          : `${spans.length} spans, ${duration(total)}, ${dayAndTime(spans[0].startedAt)}`}
      </h2>
      {trace.isTruncated === true && <p class="notice">The trace has more spans than are shown.</p>}
      <ol class="waterfall">
        {inTreeOrder(spans).map(({ span, depth }) => (
          <SpanRow key={span.id} span={span} depth={depth} total={total} />
        ))}
      </ol>
      {trace.logs != null && (
        <>
          <h2>Log entries</h2>
          <LogTable entries={trace.logs.nodes} />
        </>
      )}
    </>
  );
}

function SpanRow({ span, depth, total }: { span: Span; depth: number; total: number }) {
  const { service, name, offsetMs, durationMs, isError, attributes } = span;
  return (
    <li class={isError ? 'error' : ''}>
      <details style={{ paddingInlineStart: `${depth}rem` }}>
        <summary>
          <strong>{service}</strong> {name}
          {isError && <span class="level-error"> failed</span>}
        </summary>
        <pre>{JSON.stringify(attributes, null, 2)}</pre>
      </details>
      <div class="track">
        <div
          class="bar"
          style={{
            insetInlineStart: `${(offsetMs / total) * 100}%`,
            width: `${(durationMs / total) * 100}%`,
          }}
        />
      </div>
      <span class="duration">{duration(durationMs)}</span>
    </li>
  );
}

/** Each span below the span that caused it; a span whose parent is not stored stands at the left. */
function inTreeOrder(spans: readonly Span[]): { span: Span; depth: number }[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string | undefined, Span[]>();
  for (const span of spans) {
    const parent = span.parentId != null && ids.has(span.parentId) ? span.parentId : undefined;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: { span: Span; depth: number }[] = [];
  const visit = (parent: string | undefined, depth: number) => {
    // Spans whose parents form a circle are never reached.
    for (const span of children.get(parent) ?? []) {
      rows.push({ span, depth });
      visit(span.id, depth + 1);
    }
  };
  visit(undefined, 0);
  return rows;
}

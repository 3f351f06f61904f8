import { useState } from 'preact/hooks';
import { dayAndTime, timeOfDay } from './format';
import type { DashboardLogEntryFragment, LogFilter, LogLevel } from './graphql/graphql';
import { Notice } from './notice';
import { useLogTail } from './use-log-tail';

const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

interface Filter {
  readonly service: string;
  /** The least severe level; empty for all. */
  readonly level: string;
  readonly text: string;
  readonly traceId: string;
}

const none: Filter = { service: '', level: '', text: '', traceId: '' };

/** The newest entries with a filter, which follow live. */
export function LogsPage(props: { onTrace: (id: string) => void; onSignedOut: () => void }) {
  const [filter, setFilter] = useState(none);
  const [isPaused, setPaused] = useState(false);
  const { entries, omitted, error } = useLogTail(filterOf(filter), isPaused, props.onSignedOut);
  const change = (part: Partial<Filter>) => setFilter(current => ({ ...current, ...part }));

  return (
    <>
      <form class="filters" aria-label="Filters" onSubmit={event => event.preventDefault()}>
        <label>
          Service
          <input
            type="search"
            value={filter.service}
            onInput={event => change({ service: event.currentTarget.value.trim() })}
          />
        </label>
        <label>
          Least severe level
          <select value={filter.level} onChange={event => change({ level: event.currentTarget.value })}>
            <option value="">All</option>
            {levels.map(level => (
              <option key={level}>{level}</option>
            ))}
          </select>
        </label>
        <label>
          Words
          <input
            type="search"
            value={filter.text}
            onInput={event => change({ text: event.currentTarget.value.trim() })}
          />
        </label>
        <label>
          Trace id
          <input
            type="search"
            pattern="[0-9a-fA-F]{32}"
            value={filter.traceId}
            onInput={event => change({ traceId: event.currentTarget.value.trim() })}
          />
        </label>
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Paused' : 'Pause'}
        </button>
      </form>
      <Notice error={error} />
      <p class="empty" role="status">
        {omitted > 0 && `${omitted} more came too fast to be shown here. Narrow the filter to see them.`}
      </p>
      {entries !== undefined && <LogTable entries={entries} onTrace={props.onTrace} />}
    </>
  );
}

function filterOf({ service, level, text, traceId }: Filter): LogFilter {
  return {
    ...(service === '' ? {} : { service }),
    ...(level === '' ? {} : { levels: levels.slice(levels.indexOf(level as LogLevel)) }),
    ...(text === '' ? {} : { text }),
    ...(traceId === '' ? {} : { traceId }),
  };
}

export function LogTable(props: {
  entries: readonly DashboardLogEntryFragment[];
  onTrace?: (id: string) => void;
}) {
  if (props.entries.length === 0) return <p class="empty">No entries match</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="scroll" aria-label="Log entries" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Service</th>
            <th scope="col">Level</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {props.entries.map(entry => (
            <LogRow key={entry.id} entry={entry} onTrace={props.onTrace} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LogRow({
  entry,
  onTrace,
}: {
  entry: DashboardLogEntryFragment;
  onTrace?: ((id: string) => void) | undefined;
}) {
  const { service, level, message, timestamp, metadata, traceId } = entry;
  return (
    <tr>
      <td title={dayAndTime(timestamp)}>{timeOfDay(timestamp)}</td>
      <td>{service}</td>
      <td class={`level-${level.toLowerCase()}`}>{level}</td>
      <td class="log">
        {textOf(message, metadata)}
        {metadata != null && (
          <details>
            <summary>Fields</summary>
            {JSON.stringify(metadata, null, 2)}
          </details>
        )}
        {traceId != null && onTrace !== undefined && (
          <div>
            <button type="button" class="link" onClick={() => onTrace(traceId)}>
              Trace {traceId.slice(0, 8)}…
            </button>
          </div>
        )}
      </td>
    </tr>
  );
}

/** The line of a request says only `request`: its fields say which. */
function textOf(message: string, metadata: Record<string, unknown> | null | undefined): string {
  const field = (name: string) => String(metadata?.[name] ?? '');
  return message === 'request' && metadata?.['http_request_method'] !== undefined
    ? `${field('http_request_method')} ${field('url_path')} ${field('http_response_status_code')}`
    : message;
}

import { useMemo, useState } from 'preact/hooks';
import { AlertTable } from './alert-table';
import { Chart } from './chart';
import { dayAndTime, duration, percent, rate } from './format';
import {
  DashboardAlertChangesDocument,
  type DashboardAlertFragment,
  DashboardHealthChangesDocument,
  DashboardOverviewDocument,
  type DashboardOverviewQuery,
  type DashboardServiceFragment,
} from './graphql/graphql';
import { execute, follow } from './graphql-client';
import { LogTable } from './logs-page';
import { Notice } from './notice';
import { usePoll } from './use-poll';

const ranges = ['15m', '1h', '6h', '1d', '7d', '30d'];
const everyMs = 5_000;

type Dashboard = NonNullable<DashboardOverviewQuery['dashboard']>;
type Point = DashboardServiceFragment['points'][number];

/** Health, rates, errors and latencies of all services in a range of time. */
export function OverviewPage(props: { onTrace: (id: string) => void; onSignedOut: () => void }) {
  const [range, setRange] = useState('1h');
  const load = async () => {
    const { dashboard, alerts } = await execute(DashboardOverviewDocument, { range });
    return dashboard == null ? undefined : { dashboard, alerts: alerts?.nodes ?? [] };
  };
  const { data, error } = usePoll(load, range, everyMs, props.onSignedOut, listen);
  return (
    <>
      <div class="filters">
        <label>
          Range
          <select value={range} onChange={event => setRange(event.currentTarget.value)}>
            {ranges.map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {data != null && <p class="empty">As of {dayAndTime(data.dashboard.to)}</p>}
      </div>
      <Notice error={error} />
      {data == null && error === undefined && <p class="empty">Loading…</p>}
      {data != null && <Overview {...data} onTrace={props.onTrace} />}
    </>
  );
}

/** Health and alerts change at once; rates are asked for regularly. */
function listen(changed: () => void, signal: AbortSignal): void {
  const followChanges = async (followOnce: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      // Why a stream fails, the next question says too.
      await followOnce().catch(() => undefined);
      await new Promise(resolve => setTimeout(resolve, everyMs));
    }
  };
  const on = { open: () => {}, result: changed, signal };
  void followChanges(() => follow(DashboardHealthChangesDocument, {}, on));
  void followChanges(() => follow(DashboardAlertChangesDocument, {}, on));
}

function Overview(props: {
  dashboard: Dashboard;
  alerts: readonly DashboardAlertFragment[];
  onTrace: (id: string) => void;
}) {
  const { dashboard, alerts, onTrace } = props;
  const { services, recentErrors } = dashboard;
  return (
    <>
      <h2>Services</h2>
      <ul class="services">
        {services.map(each => (
          <ServiceCard key={each.service.name} {...each} />
        ))}
      </ul>
      <h2>Alerts</h2>
      <AlertTable alerts={alerts} />
      <h2>Requests</h2>
      <div class="charts">
        <ServicesChart
          title="Requests a second"
          services={services}
          read={point => point.requestRate}
          format={rate}
        />
        <ServicesChart
          title="Errors (5xx) a second"
          services={services}
          read={point => point.errorRate}
          format={rate}
        />
        <ServicesChart
          title="Duration, median"
          services={services}
          read={point => milliseconds(point.p50)}
          format={duration}
        />
        <ServicesChart
          title="Duration, 95th percentile"
          services={services}
          read={point => milliseconds(point.p95)}
          format={duration}
        />
        <ServicesChart
          title="Duration, 99th percentile"
          services={services}
          read={point => milliseconds(point.p99)}
          format={duration}
        />
      </div>
      <RequestTable services={services} />
      {recentErrors != null && (
        <>
          <h2>Recent errors</h2>
          <LogTable entries={recentErrors} onTrace={onTrace} />
        </>
      )}
    </>
  );
}

const milliseconds = (seconds: number | null | undefined): number | null =>
  seconds == null ? null : seconds * 1_000;

const statusTexts = { HEALTHY: 'Healthy', UNHEALTHY: 'Unhealthy', UNKNOWN: 'Unknown' } as const;

function ServiceCard({ service, health }: DashboardServiceFragment) {
  const { name, status, uptime, responseTime, error, since } = service;
  const uptimeText = uptime.day == null ? 'no probes yet' : `${percent(uptime.day)} in 24 h`;
  return (
    <li class={status.toLowerCase()}>
      <strong>
        {name} <span>{statusTexts[status]}</span>
      </strong>
      <small>
        {uptimeText}
        {responseTime != null && `, probe ${duration(responseTime)}`}
        {since != null && `, since ${dayAndTime(since)}`}
      </small>
      {error != null && <div class="level-error">{error}</div>}
      <div class="history" aria-hidden="true">
        {health.map(({ at, ok, failed }) => (
          <span key={at} class={failed > 0 ? 'unhealthy' : ok > 0 ? 'healthy' : ''} title={dayAndTime(at)} />
        ))}
      </div>
    </li>
  );
}

function ServicesChart(props: {
  title: string;
  services: Dashboard['services'];
  read: (point: Point) => number | null;
  format: (value: number) => string;
}) {
  const { title, services, read, format } = props;
  const { times, series } = useMemo(
    () => ({
      times: (services[0]?.points ?? []).map(({ at }) => Date.parse(at) / 1_000),
      series: services.map(({ service, points }) => ({ label: service.name, values: points.map(read) })),
    }),
    [services],
  );
  return <Chart title={title} times={times} series={series} format={format} />;
}

/** The numbers of the whole range, for people who read them rather than lines. */
function RequestTable({ services }: { services: Dashboard['services'] }) {
  const time = (seconds: number | null | undefined) => (seconds == null ? '–' : duration(seconds * 1_000));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="scroll" aria-label="Requests of each service" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
            <th scope="col">Median</th>
            <th scope="col">95 %</th>
            <th scope="col">99 %</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ service, requests }) => (
            <tr key={service.name}>
              <th scope="row">{service.name}</th>
              <td>{rate(requests.requestRate)}</td>
              <td>{rate(requests.errorRate)}</td>
              <td>{time(requests.p50)}</td>
              <td>{time(requests.p95)}</td>
              <td>{time(requests.p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

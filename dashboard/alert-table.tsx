import { dayAndTime } from './format';
import type { DashboardAlertFragment } from './graphql/graphql';

/** The newest alerts, those that fire first. */
export function AlertTable({ alerts }: { alerts: readonly DashboardAlertFragment[] }) {
  if (alerts.length === 0) return <p class="empty">No alerts in the last 30 days</p>;
  const order = { FIRING: 0, PENDING: 1, RESOLVED: 2 };
  const sorted = [...alerts].sort((one, other) => order[one.state] - order[other.state]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="scroll" aria-label="Alerts" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Alert</th>
            <th scope="col">Service</th>
            <th scope="col">Severity</th>
            <th scope="col">Since</th>
            <th scope="col">Acknowledged by</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(alert => (
            <tr key={alert.id}>
              <td class={alert.state.toLowerCase()}>{alert.state.toLowerCase()}</td>
              <td>{alert.name}</td>
              <td>{alert.service === '' ? 'none' : alert.service}</td>
              <td>{alert.severity.toLowerCase()}</td>
              <td>{dayAndTime(alert.resolvedAt ?? alert.firingSince ?? alert.pendingSince)}</td>
              <td>{alert.acknowledgedBy ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

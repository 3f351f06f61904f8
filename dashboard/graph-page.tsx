import { dayAndTime } from './format';
import { DashboardGraphDocument, type DashboardGraphQuery } from './graphql/graphql';
import { execute } from './graphql-client';
import { Notice } from './notice';
import { usePoll } from './use-poll';

type Gateway = NonNullable<DashboardGraphQuery['gateway']>;
type Service = Gateway['services'][number];

const everyMs = 5_000;

/** The services of the supergraph that the gateway serves now, their instances, and the entities that join them. */
export function GraphPage({ onSignedOut }: { onSignedOut: () => void }) {
  const load = async () => (await execute(DashboardGraphDocument, {})).gateway ?? undefined;
  const { data, error } = usePoll(load, 'graph', everyMs, onSignedOut);
  return (
    <>
      <Notice error={error} />
      {data == null && error === undefined && <p class="empty">Loading…</p>}
      {data != null && <Graph gateway={data} />}
    </>
  );
}

function Graph({ gateway: { schema, services } }: { gateway: Gateway }) {
  const others = services.filter(({ name }) => name !== 'gateway');
  return (
    <>
      <p class="empty">
        Supergraph <code>{schema.hash.slice(0, 12)}</code>, served since {dayAndTime(schema.servedSince)}
      </p>
      {schema.refused.map(({ subgraph, errors }) => (
        <p key={subgraph} class="notice">
          The new schema of {subgraph} does not compose: {errors.join('. ')}
        </p>
      ))}
      <Drawing services={others} />
      <InstanceTable services={others} />
    </>
  );
}

const rowHeight = 64;
const width = 900;
const boxWidth = 190;
const boxHeight = 40;

/** The gateway calls every service. On the right, each entity is joined to the services that have it. */
function Drawing({ services }: { services: readonly Service[] }) {
  const entities = [...new Set(services.flatMap(service => service.entities))].filter(
    entity => services.filter(service => service.entities.includes(entity)).length > 1,
  );
  const height = Math.max(services.length, 1) * rowHeight;
  const rowOf = (index: number, count: number) => (height / count) * (index + 0.5);
  const [left, middle, right] = [10, (width - boxWidth) / 2, width - boxWidth - 10];
  return (
    <svg class="graph" viewBox={`0 0 ${width} ${height}`} role="img" aria-labelledby="graph-title">
      <title id="graph-title">
        {`The gateway calls ${services.map(({ name }) => name).join(', ')}. They share ${entities.join(', ')}.`}
      </title>
      {services.map((service, index) => {
        const y = rowOf(index, services.length);
        return (
          <g key={service.name}>
            <line x1={left + boxWidth} y1={height / 2} x2={middle} y2={y} />
            {entities.map(
              (entity, place) =>
                service.entities.includes(entity) && (
                  <line
                    key={entity}
                    x1={middle + boxWidth}
                    y1={y}
                    x2={right}
                    y2={rowOf(place, entities.length)}
                    class="entity"
                  />
                ),
            )}
            <Box x={middle} y={y} text={service.name} state={isCallable(service) ? 'healthy' : 'unhealthy'} />
          </g>
        );
      })}
      <Box x={left} y={height / 2} text="gateway" state="healthy" />
      {entities.map((entity, place) => (
        <Box key={entity} x={right} y={rowOf(place, entities.length)} text={entity} state="entity" />
      ))}
    </svg>
  );
}

function Box(props: { x: number; y: number; text: string; state: string }) {
  const { x, y, text, state } = props;
  return (
    <g class={state}>
      <rect x={x} y={y - boxHeight / 2} width={boxWidth} height={boxHeight} rx={6} />
      <text x={x + boxWidth / 2} y={y + 5} text-anchor="middle">
        {text}
      </text>
    </g>
  );
}

const isCallable = ({ instances }: Service): boolean =>
  instances.some(({ isReady, breaker }) => isReady && breaker !== 'OPEN');

function InstanceTable({ services }: { services: readonly Service[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="scroll" aria-label="Instances" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Instance</th>
            <th scope="col">Version</th>
            <th scope="col">Ready</th>
            <th scope="col">Circuit breaker</th>
            <th scope="col">Calls in flight</th>
          </tr>
        </thead>
        <tbody>
          {services.flatMap(({ name, instances }) =>
            instances.map(({ id, url, version, isReady, breaker, outstanding }) => (
              <tr key={`${name} ${id}`}>
                <th scope="row">{name}</th>
                <td>
                  <code>{url}</code>
                </td>
                <td>{version ?? '–'}</td>
                <td class={isReady ? '' : 'level-error'}>{isReady ? 'yes' : 'no'}</td>
                <td class={breaker === 'CLOSED' ? '' : 'level-warn'}>
                  {breaker.toLowerCase().replace('_', '-')}
                </td>
                <td>{outstanding}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}

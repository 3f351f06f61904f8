import { randomBytes } from 'node:crypto';
import { data, eventually, rest, urls } from '../client';
import {
  decided,
  everybody,
  type Scene,
  type ServicePermissions,
  subscription,
  unique,
  type Variables,
} from './row';

/** An entry that only this caller's search finds. */
async function newLogEntry({ root }: Scene): Promise<Variables> {
  const service = unique('matrix');
  const { status } = await rest('POST', '/metrics/logs', {
    token: root,
    body: { service, level: 'info', message: 'seen' },
  });
  if (status !== 202) throw new Error(`ingest: ${status}`);
  return { service };
}

async function newTrace({ root }: Scene): Promise<Variables> {
  const id = randomBytes(16).toString('hex');
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: id,
    spanId: 'b'.repeat(16),
    name: 'matrix',
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now),
  };
  const { status } = await rest('POST', '/v1/traces', {
    token: root,
    at: urls.monitoring!,
    body: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] },
  });
  if (status !== 200) throw new Error(`traces: ${status}`);
  return { id };
}

async function newAlertRule({ root }: Scene): Promise<Variables> {
  const { createAlertRule } = await data<{ createAlertRule: { id: string } }, object>(
    'mutation ($name: String!) { createAlertRule(input: { name: $name, condition: "health < 0" }) { id } }',
    { name: unique('matrix') },
    root,
  );
  return { id: createAlertRule.id };
}

async function newSilence({ root }: Scene): Promise<Variables> {
  const { createSilence } = await data<{ createSilence: { id: string } }, object>(
    'mutation ($endsAt: DateTime!) { createSilence(input: { service: "none", comment: "matrix", endsAt: $endsAt }) { id } }',
    { endsAt: new Date(Date.now() + 3_600_000).toISOString() },
    root,
  );
  return { id: createSilence.id };
}

let firing: Promise<Variables> | undefined;

/** An alert that fires as long as the services are watched; the same for all rows. */
function firingAlert({ root }: Scene): Promise<Variables> {
  firing ??= (async () => {
    await data<object, object>(
      'mutation ($name: String!) { createAlertRule(input: { name: $name, condition: "health >= 0" }) { id } }',
      { name: unique('matrix') },
      root,
    );
    return eventually(async () => {
      const { alerts } = await data<{ alerts: { nodes: { id: string }[] } }, object>(
        '{ alerts(first: 1, filter: { states: [FIRING] }) { nodes { id } } }',
        {},
        root,
      );
      expect(alerts.nodes.length).toBe(1);
      return { id: alerts.nodes[0]!.id };
    });
  })();
  return firing;
}

export default {
  operations: {
    'Query.monitoringService': { document: '{ monitoringService { name } }', outcomes: everybody },
    'Query.services': {
      document: '{ services { name } }',
      ...decided('monitoring:read'),
      rest: { method: 'GET', path: () => '/metrics/health/services' },
    },
    'Query.dashboard': {
      document: '{ dashboard(range: "15m") { step } }',
      ...decided('monitoring:read'),
      rest: { method: 'GET', path: () => '/metrics/dashboard/data?range=15m' },
    },
    'Query.logs': {
      document: 'query ($service: String) { logs(filter: { service: $service }) { nodes { id } } }',
      ...decided('logs:read'),
      variables: newLogEntry,
      rest: { method: 'GET', path: ({ service }) => `/metrics/logs?service=${service}` },
    },
    'Query.trace': {
      document: 'query ($id: ID!) { trace(id: $id) { id } }',
      ...decided('traces:read'),
      variables: newTrace,
    },
    'Query.alerts': {
      document: '{ alerts(first: 1) { nodes { id } } }',
      ...decided('monitoring:read'),
      variables: firingAlert,
      rest: { method: 'GET', path: () => '/metrics/alerts' },
    },
    'Query.alertRules': {
      document: '{ alertRules(first: 1) { nodes { id } } }',
      ...decided('monitoring:read'),
    },
    'Query.silences': {
      document: '{ silences { id } }',
      ...decided('monitoring:read'),
      variables: newSilence,
    },
    'Mutation.createAlertRule': {
      document: 'mutation ($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { id } }',
      ...decided('monitoring:write'),
      variables: () => ({ input: { name: unique('matrix'), condition: 'health < 0' } }),
      rest: {
        method: 'POST',
        path: () => '/metrics/alerts',
        body: () => ({ name: unique('matrix'), condition: 'health < 0' }),
      },
    },
    'Mutation.updateAlertRule': {
      document: 'mutation ($id: ID!) { updateAlertRule(id: $id, input: { for: "1m" }) { id } }',
      ...decided('monitoring:write'),
      variables: newAlertRule,
    },
    'Mutation.deleteAlertRule': {
      document: 'mutation ($id: ID!) { deleteAlertRule(id: $id) }',
      ...decided('monitoring:write'),
      variables: newAlertRule,
    },
    'Mutation.acknowledgeAlert': {
      document: 'mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }',
      ...decided('monitoring:write'),
      variables: firingAlert,
    },
    'Mutation.createSilence': {
      document:
        'mutation ($endsAt: DateTime!) { createSilence(input: { service: "none", comment: "matrix", endsAt: $endsAt }) { id } }',
      ...decided('monitoring:write'),
      variables: () => ({ endsAt: new Date(Date.now() + 3_600_000).toISOString() }),
    },
    'Mutation.endSilence': {
      document: 'mutation ($id: ID!) { endSilence(id: $id) }',
      ...decided('monitoring:write'),
      variables: newSilence,
    },
    'Mutation.ingestLogs': {
      document:
        'mutation { ingestLogs(entries: [{ service: "matrix", level: INFO, message: "seen" }]) { accepted } }',
      ...decided('logs:write'),
    },
    'Subscription.alertChanged': subscription('subscription { alertChanged { id } }'),
    'Subscription.logAdded': subscription('subscription { logAdded { omitted } }'),
    'Subscription.serviceHealthChanged': subscription('subscription { serviceHealthChanged { name } }'),
  },
} satisfies ServicePermissions;

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { type AlertNotificationRequested, alertNotificationRequested } from '../events';
import { TestMonitoring } from '../testing/test-monitoring';
import { WatchedServer } from '../testing/watched-server';

let watched: WatchedServer;
let monitoring: TestMonitoring;

beforeAll(async () => {
  watched = await WatchedServer.start();
  watched.metrics = 'queue 0\n';
  monitoring = new TestMonitoring({
    WATCH_INTERVAL: '1',
    ALERT_EMAILS: 'ops@example.com',
    USERS_URL: watched.url,
    NOTIFICATIONS_URL: watched.url,
    FILES_URL: watched.url,
    GATEWAY_URL: watched.url,
  });
  await monitoring.start();
}, 60_000);

afterAll(async () => {
  await monitoring.close();
  await watched.close();
});

interface ShownAlert {
  id: string;
  name: string;
  service: string;
  state: string;
  value: number | null;
  acknowledgedBy: string | null;
}

const reader = () => monitoring.may('monitoring:read');
const writer = () => monitoring.may('monitoring:write', 'monitoring:read');
const fields = 'id name service state value acknowledgedBy';

async function alertsOf(name: string): Promise<ShownAlert[]> {
  const { data } = await monitoring.graphql<{ alerts: { nodes: ShownAlert[] } }>(
    reader(),
    `{ alerts(first: 100) { nodes { ${fields} } } }`,
  );
  return data.alerts.nodes.filter(alert => alert.name === name);
}

async function statesOf(name: string): Promise<string[]> {
  return (await alertsOf(name)).map(({ service, state }) => `${service} ${state.toLowerCase()}`).sort();
}

const mailsAbout = (name: string) =>
  monitoring.events
    .filter(({ type }) => type === alertNotificationRequested)
    .map(({ data }) => data as AlertNotificationRequested)
    .filter(({ text }) => text.startsWith(`${name}\n`));

let number = 0;
/** A rule over a metric of its own, of two servers. */
async function newRule(more: object = {}): Promise<{ name: string; id: string; metric: string }> {
  const metric = `queue_${++number}`;
  const name = `Rule ${number}`;
  const condition = `${metric}{service!="x"} > 5`;
  const { status, body } = await monitoring.rest('POST', '/alerts', {
    token: writer(),
    body: { name, condition, ...more },
  });
  expect([status, body['source']]).toEqual([201, 'api']);
  return { name, metric, id: body['id'] as string };
}

const services = ['files', 'gateway', 'notifications', 'users'];
const all = (state: string) => services.map(service => `${service} ${state}`);

describe('alert rules', () => {
  it('are checked, unique, changed under their version, and deleted with their alerts', async () => {
    const { id, name } = await newRule({ for: '5m', severity: 'critical', notify: ['a@example.com'] });
    const codeOf = async (body: object) => {
      const answer = await monitoring.rest('POST', '/alerts', { token: writer(), body });
      return [answer.status, answer.body['error'], answer.body['details']];
    };
    expect(await codeOf({ name, condition: 'a > 1' })).toEqual([409, 'ALERT_RULE_NAME_TAKEN', null]);
    const [status, code, details] = await codeOf({
      name: '',
      condition: 'a >',
      for: '1y',
      keep_firing_for: '25h',
      notify: ['nobody'],
    });
    expect([status, code]).toEqual([422, 'VALIDATION_FAILED']);
    expect((details as { field: string }[]).map(({ field }) => field).sort()).toEqual([
      'condition',
      'for',
      'keep_firing_for',
      'name',
      'notify',
    ]);
    const update = (version: number) =>
      monitoring.graphql(
        writer(),
        'mutation ($id: ID!, $version: Int) { updateAlertRule(id: $id, input: { for: "1m" }, version: $version) { for version } }',
        { id, version },
      );
    expect((await update(7)).errors?.[0]?.extensions.code).toBe('VERSION_CONFLICT');
    expect((await update(1)).data).toEqual({ updateAlertRule: { for: 60, version: 2 } });
    const remove = () => monitoring.graphql(writer(), `mutation { deleteAlertRule(id: "${id}") }`);
    expect((await remove()).data).toEqual({ deleteAlertRule: true });
    expect((await remove()).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('that are built in are there, can be switched off, and cannot be changed otherwise', async () => {
    const query = '{ alertRules(first: 100) { nodes { id name source isEnabled } } }';
    const { data } = await monitoring.graphql<{
      alertRules: { nodes: { id: string; name: string; source: string; isEnabled: boolean }[] };
    }>(reader(), query);
    const rule = data.alertRules.nodes.find(({ name }) => name === 'Disk nearly full')!;
    expect(rule).toMatchObject({ source: 'BUILT_IN', isEnabled: true });
    const update = (input: string) =>
      monitoring.graphql(
        writer(),
        `mutation { updateAlertRule(id: "${rule.id}", input: ${input}) { isEnabled } }`,
      );
    expect((await update('{ condition: "a > 1" }')).errors?.[0]?.extensions.code).toBe('ALERT_RULE_DECLARED');
    expect((await update('{ isEnabled: false }')).data).toEqual({ updateAlertRule: { isEnabled: false } });
    await monitoring.restart();
    const again = await monitoring.graphql<typeof data>(reader(), query);
    expect(again.data.alertRules.nodes.find(({ id }) => id === rule.id)?.isEnabled).toBe(false);
  });
});

describe('alerts', () => {
  it('fire, are mailed once for all services together, and are resolved', async () => {
    const { name, metric } = await newRule();
    watched.metrics = `${metric} 9\n`;
    await eventually(async () => expect(await statesOf(name)).toEqual(all('firing')));
    await eventually(() => expect(mailsAbout(name).length).toBe(1));
    expect(mailsAbout(name)[0]).toMatchObject({
      recipients: ['ops@example.com'],
      subject: expect.stringContaining(`[warning] ${name} is firing: `),
      text: expect.stringContaining('FIRING files: 9'),
    });
    watched.metrics = `${metric} 1\n`;
    await eventually(async () => expect(await statesOf(name)).toEqual(all('resolved')));
    await eventually(() => expect(mailsAbout(name).length).toBe(2));
    expect(mailsAbout(name)[1]?.subject).toContain('is resolved');
  });

  it('wait for `for`, keep their state over a restart, and can be acknowledged', async () => {
    const { name, metric } = await newRule({ for: '10m', notify: ['oncall@example.com'] });
    watched.metrics = `${metric} 6\n`;
    await eventually(async () => expect(await statesOf(name)).toEqual(all('pending')));
    await monitoring.restartAfter(9 * 60_000);
    expect(await statesOf(name)).toEqual(all('pending'));
    monitoring.clock.advance(2 * 60_000);
    await eventually(async () => expect(await statesOf(name)).toEqual(all('firing')));
    await eventually(() => expect(mailsAbout(name)[0]?.recipients).toEqual(['oncall@example.com']));
    const [{ id }] = (await alertsOf(name)) as [ShownAlert];
    const live = new LiveClient(monitoring.url, { authorization: `Bearer ${reader()}` });
    const changes = live.subscribe<{ alertChanged: ShownAlert | null }>(
      `subscription { alertChanged { ${fields} } }`,
    );
    // Again until the subscription is there: what was before it is not told.
    await eventually(async () => {
      const { data } = await monitoring.graphql(
        writer(),
        `mutation { acknowledgeAlert(id: "${id}") { acknowledgedBy } }`,
      );
      expect(data).toEqual({ acknowledgeAlert: { acknowledgedBy: expect.stringMatching(/^user:/) } });
      expect(changes.results.at(-1)?.data?.alertChanged).toMatchObject({ id, state: 'FIRING' });
    });
    await live.close();
    const { body } = await monitoring.rest('GET', '/dashboard/data', { token: reader() });
    expect(
      (body['alerts'] as { id: string; acknowledged_by: string | null }[]).find(each => each.id === id)
        ?.acknowledged_by,
    ).toMatch(/^user:/);
    watched.metrics = 'queue 0\n';
    await eventually(async () => expect(await statesOf(name)).toEqual(all('resolved')));
  });

  it('are not mailed while they are silenced, and then are', async () => {
    const { name, metric, id } = await newRule();
    const { data } = await monitoring.graphql<{ createSilence: { id: string } }>(
      writer(),
      'mutation ($input: CreateSilenceInput!) { createSilence(input: $input) { id } }',
      {
        input: {
          ruleId: id,
          comment: 'maintenance',
          endsAt: new Date(monitoring.clock.now() + 3_600_000).toISOString(),
        },
      },
    );
    watched.metrics = `${metric} 6\n`;
    await eventually(async () => expect(await statesOf(name)).toEqual(all('firing')));
    expect(mailsAbout(name)).toEqual([]);
    await monitoring.graphql(writer(), `mutation { endSilence(id: "${data.createSilence.id}") }`);
    await eventually(() => expect(mailsAbout(name).length).toBe(1));
    watched.metrics = 'queue 0\n';
    await eventually(async () => expect(await statesOf(name)).toEqual(all('resolved')));
  });

  it('come from a file too, and end with the rule that is no longer in it', async () => {
    const file = join(monitoring.folder, 'rules.yaml');
    await writeFile(
      file,
      'rules:\n  - name: From a file\n    condition: health{service="gateway"} == 1\n    no_data: keep\n',
    );
    await monitoring.restart({ ALERT_RULES_FILE: file });
    await eventually(async () => expect(await statesOf('From a file')).toEqual(['gateway firing']));
    await writeFile(file, 'rules: []\n');
    await monitoring.restart();
    expect(await statesOf('From a file')).toEqual([]);
  });

  it('need monitoring:read to be seen and monitoring:write to be changed', async () => {
    const codeOf = async (token: string, text: string) =>
      (await monitoring.graphql(token, text)).errors?.[0]?.extensions.code;
    for (const query of [
      '{ alerts { nodes { id } } }',
      '{ alertRules { nodes { id } } }',
      '{ silences { id } }',
    ]) {
      expect(await codeOf(monitoring.may('logs:read'), query)).toBe('FORBIDDEN');
    }
    for (const change of [
      'createAlertRule(input: { name: "a", condition: "a > 1" }) { id }',
      'updateAlertRule(id: "a", input: {}) { id }',
      'deleteAlertRule(id: "a")',
      'acknowledgeAlert(id: "a") { id }',
      'createSilence(input: { comment: "a", endsAt: "2030-01-01T00:00:00Z" }) { id }',
      'endSilence(id: "a")',
    ]) {
      expect(await codeOf(reader(), `mutation { ${change} }`)).toBe('FORBIDDEN');
    }
  });
});

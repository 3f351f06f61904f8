import { administratorToken, data, eventually, rest } from './client';

interface Mailbox {
  mailbox: { nodes: { subject: string; content: string }[] };
}

describe('alerts (M5)', () => {
  it('are made by a rule, mailed to the people it names, and gone with the rule', async () => {
    const token = await administratorToken();
    const name = `Gateway answers ${Date.now().toString(36)}`;
    const address = `ops-${Date.now().toString(36)}@example.com`;
    const made = await rest('POST', '/metrics/alerts', {
      token,
      body: {
        name,
        condition: 'health{service="gateway"} == 1',
        for: '1s',
        severity: 'critical',
        notify: [address],
      },
    });
    expect([made.status, made.body['for'], made.body['severity']]).toEqual([201, 1, 'critical']);
    const states = async () => {
      const { alerts } = await data<
        { alerts: { nodes: { name: string; service: string; state: string }[] } },
        object
      >('{ alerts(first: 100) { nodes { name service state } } }', {}, token);
      return alerts.nodes.filter(alert => alert.name === name);
    };
    await eventually(async () => {
      expect(await states()).toEqual([{ name, service: 'gateway', state: 'FIRING' }]);
    }, 30_000);
    await eventually(async () => {
      const { mailbox } = await data<Mailbox, object>(
        'query ($search: String) { mailbox(search: $search) { nodes { subject content } } }',
        { search: address },
      );
      expect(mailbox.nodes).toEqual([
        {
          subject: `[critical] ${name} is firing: gateway`,
          content: expect.stringContaining('FIRING gateway: 1'),
        },
      ]);
    });
    await data('mutation ($id: ID!) { deleteAlertRule(id: $id) }', { id: made.body['id'] }, token);
    expect(await states()).toEqual([]);
  });
});

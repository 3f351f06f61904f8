import { source as axe } from 'axe-core';
import { type Browser, openBrowser } from './browser';
import { administratorToken, data, eventually, makeKey, somebody, urls } from './client';
import { administrator } from './plinth';

let browser: Browser;
let root: string;

beforeAll(async () => {
  root = await administratorToken();
  browser = await openBrowser();
}, 60_000);

afterAll(() => browser.close());

const url = (place = '') => `${urls.gateway}/dashboard${place}`;

async function signIn(username: string, password: string): Promise<void> {
  const { page } = browser;
  await page.goto(url());
  await page.getByLabel('Username or email').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The rules of WCAG 2.2 that axe finds broken. */
async function brokenRules(): Promise<string[]> {
  await browser.page.evaluate(axe);
  return browser.page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await engine.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}

describe('the dashboard (M6)', () => {
  it('refuses a wrong password with the message of the API, and can be used by a screen reader', async () => {
    await signIn(administrator.email, 'not the password');
    await eventually(async () =>
      expect(await browser.page.getByRole('alert').textContent()).toMatch(/username|password/i),
    );
    expect(await brokenRules()).toEqual([]);
  });

  it('says which permission an account needs', async () => {
    const { username, password } = await somebody();
    await signIn(username, password);
    await browser.page.getByText('needs the permission monitoring:read').waitFor();
    await browser.page.getByRole('button', { name: 'Sign out' }).click();
    await browser.page.getByLabel('Password').waitFor();
  });

  it('shows the health and the requests of every service, as the API has them', async () => {
    const { page } = browser;
    await signIn(administrator.email, administrator.password);
    const services = page.locator('.services li');
    await eventually(async () => expect(await services.count()).toBe(6), 30_000);
    const { services: known } = await data<{ services: { name: string; status: string }[] }, object>(
      '{ services { name status } }',
      {},
      root,
    );
    await eventually(async () =>
      expect((await services.allTextContents()).map(text => /^[a-z]+/.exec(text)?.[0])).toEqual(
        known.map(({ name }) => name),
      ),
    );
    for (const { name } of known) {
      await page.getByRole('rowheader', { name, exact: true }).waitFor();
    }
    expect(await page.locator('figure').count()).toBe(5);
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
    expect(await brokenRules()).toEqual([]);
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await brokenRules()).toEqual([]);
  });

  it('shows an alert at once, without asking again', async () => {
    const { page } = browser;
    const streams = ['DashboardHealthChanges', 'DashboardAlertChanges'].map(name =>
      page.waitForResponse(response => response.request().postData()?.includes(name) === true),
    );
    await page.clock.install();
    await page.reload();
    await page.locator('.services li').first().waitFor();
    await Promise.all(streams);
    // Timers of the page stand still from here on: nothing is asked for regularly.
    await page.clock.pauseAt(Date.now() + 60_000);
    const name = `always ${Date.now().toString(36)}`;
    const { createAlertRule: rule } = await data<{ createAlertRule: { id: string } }, object>(
      'mutation ($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { id } }',
      { input: { name, condition: 'health == 1' } },
      root,
    );
    await page.getByText(name).first().waitFor();
    await data('mutation ($id: ID!) { deleteAlertRule(id: $id) }', { id: rule.id }, root);
    await page.clock.resume();
  });

  it('follows the log live, filters it, and leads from an entry to its trace', async () => {
    const { page } = browser;
    const { key } = await makeKey(root, ['logs:write', 'traces:write']);
    const service = `shop-${Date.now().toString(36)}`;
    const traceId = `${Date.now().toString(16)}${'b'.repeat(32)}`.slice(0, 32);
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByLabel('Service').fill(service);
    await page.getByText('No entries match').waitFor();
    let searches = 0;
    page.on('request', request => {
      if (request.postData()?.includes('query DashboardLogs(') === true) searches += 1;
    });
    const now = BigInt(Date.now()) * 1_000_000n;
    const span = {
      traceId,
      spanId: 'c'.repeat(16),
      name: 'GET /cart',
      kind: 2,
      startTimeUnixNano: String(now),
      endTimeUnixNano: String(now + 12_000_000n),
    };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
    await fetch(`${urls.monitoring}/v1/traces`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    await fetch(`${urls.gateway}/metrics/logs`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ service, level: 'error', message: 'the cart <b>broke</b>', trace_id: traceId }),
    });
    await page.getByText('the cart <b>broke</b>').waitFor();
    expect(searches).toBe(0);
    expect(await brokenRules()).toEqual([]);
    // Of a clock that is ahead: on a busy machine the entries would arrive after their second was announced.
    const timestamp = new Date(Date.now() + 5_000).toISOString();
    const flood = Array.from({ length: 60 }, (_, at) => ({
      service,
      level: 'info',
      message: `flood ${at}`,
      timestamp,
    }));
    await fetch(`${urls.gateway}/metrics/logs`, { method: 'POST', headers, body: JSON.stringify(flood) });
    await page.getByText('10 more came too fast to be shown here').waitFor();
    expect(await page.getByText(/^flood /).count()).toBe(50);
    expect(searches).toBe(0);
    expect(await brokenRules()).toEqual([]);
    await page.getByRole('button', { name: /^Trace / }).click();
    await page.getByText('1 spans, 12 ms').waitFor();
    await page.getByText('GET /cart').waitFor();
    await page.getByText('the cart <b>broke</b>').waitFor();
    expect(await brokenRules()).toEqual([]);
    await page.goBack();
    await page.getByLabel('Service').waitFor();
  });

  it('draws the services of the supergraph with their instances and the entities that join them', async () => {
    const { page } = browser;
    await page.getByRole('link', { name: 'Graph' }).click();
    const title = await page.locator('svg title').textContent();
    for (const name of ['auth', 'users', 'notifications', 'files', 'monitoring']) {
      expect(title).toContain(name);
      await page.getByRole('rowheader', { name, exact: true }).waitFor();
    }
    expect(await page.locator('svg .healthy').count()).toBe(6);
    expect(await page.locator('svg .entity text').allTextContents()).toContain('User');
    expect(await brokenRules()).toEqual([]);
  });

  it('keeps its numbers and says so while the gateway cannot be reached, and goes on when it can', async () => {
    const { page, context } = browser;
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.locator('.services li').first().waitFor();
    await context.setOffline(true);
    await page.getByText('The gateway cannot be reached').waitFor();
    expect(await page.locator('.services li').count()).toBe(6);
    await context.setOffline(false);
    await page.getByText('The gateway cannot be reached').waitFor({ state: 'detached' });
  });

  it('stays signed in when it is loaded again, and asks no other server for anything', async () => {
    const { page, faults } = browser;
    await page.reload();
    await page.locator('.services li').first().waitFor();
    expect(faults).toEqual([]);
  });
});

import type { Page } from 'playwright-core';
import { type Browser, openBrowser } from './browser';
import { data, eventually, somebody, urls } from './client';
import { DeleteUserDocument } from './graphql/graphql';

describe('the explorers (G13)', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    page = browser.page;
    // Scripts of 9 MB take long on a busy machine.
    page.setDefaultTimeout(90_000);
  }, 120_000);

  afterAll(() => browser.close());

  /** Replaces the text of one of the editors. */
  const write = async (editor: 'operation.graphql' | 'request-headers.json', text: string) => {
    await page.locator(`.monaco-editor[data-uri$="${editor}"]`).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  };
  const run = () => page.locator('.graphiql-execute-button').click();
  const answer = async () =>
    ((await page.locator('.graphiql-response .view-lines').textContent()) ?? '').replaceAll('\u00a0', ' ');

  it('GraphiQL signs in, uses the token, and watches a deletion live, without the internet', async () => {
    const ada = await somebody();
    await page.goto(`${urls.gateway}/graphiql`);
    await page.locator('.graphiql-query-editor .monaco-editor').waitFor();

    await write(
      'operation.graphql',
      `mutation { login(input: { username: "${ada.username}", password: "${ada.password}" }) { accessToken } }`,
    );
    const answered = page.waitForResponse(
      response => response.request().postData()?.includes('login') === true,
    );
    await run();
    await eventually(async () => expect(await answer()).toContain('accessToken'));
    // The editor shows only the part of a long line that is in view.
    const signedIn = (await (await answered).json()) as { data: { login: { accessToken: string } } };
    const token = signedIn.data.login.accessToken;

    await page.getByText('Headers', { exact: true }).click();
    await write('request-headers.json', JSON.stringify({ authorization: `Bearer ${token}` }));
    await write('operation.graphql', '{ me { username } }');
    await run();
    await eventually(async () => expect(await answer()).toContain(ada.username));

    const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken);
    // The access of ada has ended, and the id is enough to watch.
    await write('request-headers.json', '{}');
    await write('operation.graphql', `subscription { deletionChanged(id: "${deleteUser.id}") { status } }`);
    await run();
    await eventually(async () => expect(await answer()).toContain('COMPLETED'), 30_000);
    expect(browser.faults).toEqual([]);
  }, 180_000);

  it('Apollo Sandbox is the landing page, with both endpoints, and Studio may call the gateway', async () => {
    const landing = await fetch(urls.gateway!, { headers: { accept: 'text/html' } });
    const html = await landing.text();
    expect(html).toContain("initialEndpoint: location.origin + '/graphql'");
    expect(html).toContain("initialSubscriptionEndpoint: location.origin.replace('http', 'ws') + '/graphql'");
    const origin = 'https://studio.apollographql.com';
    const { headers } = await fetch(`${urls.gateway}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
  });
});

import { type Browser, openBrowser } from './browser';
import { administratorToken, data, urls } from './client';

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

describe('the page of the dev mailbox (N11)', () => {
  it('shows a message as soon as it is caught, in a frame that runs nothing', async () => {
    const { page } = browser;
    const root = await administratorToken();
    const recipient = `live-${Date.now()}@example.com`;
    await page.goto(`${urls.gateway}/notifications/mailbox?search=${recipient}`);
    await page.getByText('No messages.').waitFor();
    const send = (subject: string) =>
      data(
        'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }',
        {
          input: {
            channel: 'EMAIL',
            recipient,
            subject,
            content: '<h1>Grüße 🎈</h1><script>document.body.innerHTML = "broken"</script>',
            contentType: 'HTML',
          },
        },
        root,
      );
    await send('The first');
    await page.getByRole('heading', { name: 'The first' }).waitFor();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Grüße 🎈' }).waitFor();

    // A message that is being read stays while others come.
    await page.getByRole('link', { name: /The first/ }).click();
    await page.waitForURL(/message=/);
    await send('The second');
    await page.getByRole('link', { name: /The second/ }).waitFor();
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('The first');
    // The frame refuses the script of the message, and says so.
    expect(browser.faults.filter(fault => !fault.includes('sandbox'))).toEqual([]);
  });
});

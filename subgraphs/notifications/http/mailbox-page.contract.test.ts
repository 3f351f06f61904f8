import { createHash, randomUUID } from 'node:crypto';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

describe('the page of the dev mailbox', () => {
  it('runs no script but its own, and loads nothing from elsewhere', async () => {
    const to = newAddress();
    const sent = await notifications.send({
      ...hello,
      recipient: to,
      subject: '<script>alert(1)</script>',
      content: '<p>Hi</p><script>alert(1)</script><img src="https://example.com/x.png">',
      contentType: 'HTML',
    });
    const { id } = await notifications.settled(sent.id);
    const page = await fetch(`${notifications.url}/mailbox?search=${to}`);
    const policy = page.headers.get('content-security-policy')!;
    const text = await page.text();
    const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script!);
    const hashes = scripts.map(script => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy).toContain(`default-src 'none'; script-src ${hashes.join(' ')};`);
    expect(scripts).toEqual([expect.not.stringContaining('alert')]);
    expect(text).toContain(`src="mailbox/${id}"`);
    const message = await fetch(`${notifications.url}/mailbox/${id}`);
    expect(message.headers.get('content-security-policy')).toMatch(/^sandbox .*default-src 'none'/);
    expect((await fetch(`${notifications.url}/mailbox/${randomUUID()}`)).status).toBe(404);
  });
});

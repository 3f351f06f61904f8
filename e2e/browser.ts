import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Chromium makes no request of its own with these, and runs as root. */
const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Requests to other servers than the gateway, and violations of the Content-Security-Policy: both must stay empty. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** Debian's Chromium, or the one of the variable CHROMIUM, with a profile of its own. */
export async function openBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'plinth-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: chromiumArguments,
    viewport: { width: 1400, height: 900 },
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('request', request => {
    if (!/^(http:\/\/127\.0\.0\.1|blob:|data:)/.test(request.url())) faults.push(request.url());
  });
  page.on('console', message => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text());
  });
  page.on('pageerror', error => faults.push(error.message));
  return {
    context,
    page,
    faults,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

import { eventually } from '../../../platform/testing/eventually';
import { ClamdServer, malware } from '../testing/clamd-server';
import { TestFiles, type UploadedFile } from '../testing/test-files';

const files = new TestFiles({ CLAMD_TIMEOUT: '1' });
let clamd: ClamdServer;

// CI installs it (.ci/run), and must not pass without these tests.
const describeClamd = ClamdServer.isInstalled() || process.env['CI'] ? describe : describe.skip;

const statusOf = async (id: string, token: string) => {
  const { data } = await files.graphql<{ file: { status: string; malware: string | null } }>(
    token,
    'query ($id: ID!) { file(id: $id) { status malware } }',
    { id },
  );
  return [data.file.status, data.file.malware];
};

const administrator = () => files.user({ permissions: ['files:quarantine'] }).token;

describeClamd('clamd (Debian package clamav-daemon)', () => {
  beforeAll(async () => {
    clamd = await ClamdServer.start();
    await files.prepare();
    files.variables['CLAMD_URL'] = clamd.tcpUrl;
    await files.restart();
  }, 120_000);
  afterAll(async () => {
    await files.close();
    await clamd?.close();
  });

  it('refuses an upload with malware over TCP and over a Unix socket, and nothing of it stays', async () => {
    const { id, token } = files.user();
    for (const url of [clamd.tcpUrl, clamd.socketUrl]) {
      await files.restart({ CLAMD_URL: url });
      const before = await files.objects();
      expect(await files.send(token, `a ${malware} b`)).toMatchObject({
        status: 422,
        body: { error: 'FILE_INFECTED', details: { malware: expect.stringContaining('Plinth.Test') } },
      });
      const late = Buffer.concat([Buffer.alloc(1_500_000), Buffer.from(malware)]);
      expect((await files.send(token, late)).status).toBe(422);
      expect(await files.objects()).toEqual(before);
      expect(await files.database.rows('files', `owner_id = '${id}'`)).toEqual([]);
      const { id: clean } = await files.upload(token, 'nothing bad');
      expect(await statusOf(clean, token)).toEqual(['AVAILABLE', null]);
      expect((await files.download(clean, token)).status).toBe(200);
      await files.rest('DELETE', `/${clean}`, { token });
    }
  });

  it('that is down has files held, not served, and scanned later', async () => {
    const { token } = files.user();
    await clamd.stop();
    await files.restart();
    const [good, bad] = [await files.upload(token, 'good'), await files.upload(token, malware)];
    await heldBack([good, bad], token);
    await files.restart({ FILES_SERVE_UNSCANNED: 'on' });
    expect((await files.download(good.id, token)).status).toBe(200);

    await clamd.start();
    await files.restart({ FILES_SERVE_UNSCANNED: 'off' });
    expect(await statusOf(good.id, token)).toEqual(['PENDING_SCAN', null]);
    await files.restartAfter(5 * 60_000);
    const now = files.user({ permissions: ['files:*'] }).token;
    await eventually(async () => expect(await statusOf(good.id, now)).toEqual(['AVAILABLE', null]));
    await eventually(async () =>
      expect(await statusOf(bad.id, now)).toEqual(['QUARANTINED', expect.stringContaining('Plinth.Test')]),
    );
    expect(await (await files.download(good.id, now)).text()).toBe('good');
    await quarantined(bad, now);
  });

  it('that does not answer in time, or refuses a content for its size, has it held', async () => {
    const { token } = files.user();
    const large = await files.upload(token, Buffer.alloc(3_000_000));
    await heldBack([large], token);
    // A file that is too large is no reason not to scan the next.
    const next = await files.upload(token, 'small');
    expect(await statusOf(next.id, token)).toEqual(['AVAILABLE', null]);
    clamd.pause();
    await heldBack([await files.upload(token, 'slow')], token);
    await clamd.stop();
    await clamd.start();
  });

  it('is shown the files that were stored before it was there, once each', async () => {
    const { token } = files.user();
    const variables = { ...files.variables };
    delete files.variables['CLAMD_URL'];
    await files.restart();
    const [good, bad] = [
      await files.upload(token, 'an old file'),
      await files.upload(token, `old ${malware}`),
    ];
    expect(await statusOf(bad.id, token)).toEqual(['AVAILABLE', null]);
    await files.restart({ CLAMD_URL: variables['CLAMD_URL']!, FILES_SCAN_STORED: 'off' });
    expect((await files.download(bad.id, token)).status).toBe(200);

    await files.restart({ FILES_SCAN_STORED: 'on' });
    await eventually(async () =>
      expect(await statusOf(bad.id, token)).toEqual(['QUARANTINED', expect.stringContaining('Plinth.Test')]),
    );
    await eventually(async () => {
      const [row] = await files.database.rows('files', `id = '${good.id}'`);
      expect([row!['status'], row!['scanned_at'], row!['next_scan_at']]).toEqual([
        'available',
        expect.anything(),
        null,
      ]);
    });
    expect((await files.download(good.id, token)).status).toBe(200);
    await quarantined(bad, token);
    const scans = await scanCount();
    await files.restart();
    await files.upload(token, 'a new file');
    await eventually(async () => expect(await scanCount()).toBe(1));
    expect(scans).toBeGreaterThan(1);
  });

  /** Scans since the service was started. */
  async function scanCount(): Promise<number> {
    const page = await (await fetch(`${files.url}/metrics`)).text();
    const counts = page.matchAll(/^plinth_file_scans_total\{.*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async function heldBack(held: UploadedFile[], token: string): Promise<void> {
    for (const { id } of held) {
      expect(await statusOf(id, token)).toEqual(['PENDING_SCAN', null]);
      const refused = await files.download(id, token);
      expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
        503,
        '60',
        { error: 'FILE_PENDING_SCAN' },
      ]);
    }
  }

  async function quarantined({ id }: UploadedFile, token: string): Promise<void> {
    const refused = await files.download(id, token);
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: 'FILE_QUARANTINED' }]);
    const { body } = await files.rest('POST', `/${id}/share`, { token, body: {} });
    expect((await fetch(`${files.url}${(body as { url: string }).url}`)).status).toBe(403);

    const list = '{ quarantinedFiles { nodes { id malware } } }';
    const denied = await files.graphql(files.user().token, list);
    expect(denied.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await files.graphql(administrator(), list)).data).toEqual({
      quarantinedFiles: { nodes: [{ id, malware: expect.any(String) }] },
    });
    const release = 'mutation ($id: ID!) { releaseFile(id: $id) { status malware } }';
    const stranger = await files.graphql(files.user().token, release, { id });
    expect(stranger.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await files.graphql(administrator(), release, { id })).data).toEqual({
      releaseFile: { status: 'AVAILABLE', malware: null },
    });
    expect((await files.download(id, token)).status).toBe(200);
    const again = await files.graphql(administrator(), release, { id });
    expect(again.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
  }
});

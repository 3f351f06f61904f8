import { TestFiles } from './testing/test-files';

const files = new TestFiles();

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

/** The value of each series of the page; labels in the order of the page, without that of the service. */
async function series(): Promise<Record<string, number>> {
  const page = await (await fetch(`${files.url}/metrics`)).text();
  const lines = page.split('\n').filter(line => line.startsWith('plinth_'));
  return Object.fromEntries(
    lines.map(line => {
      const [, name = '', value] =
        /^(.+) (\S+)$/.exec(line.replace(/service="files",?/, '').replace(',}', '}')) ?? [];
      return [name.replace('{}', ''), Number(value)];
    }),
  );
}

it('counts bytes and files, and times the storage', async () => {
  const { token } = files.user();
  const { id } = await files.upload(token, 'sixteen bytes...');
  const { id: second } = await files.upload(token, '4444');
  await (await files.download(id, token)).text();
  await (await files.download(id, token, { range: 'bytes=0-2' })).text();
  await (await files.download(id, token, {}, 'HEAD')).text();
  await files.rest('DELETE', `/${second}`, { token });
  const found = await series();
  expect(found).toMatchObject({
    plinth_stored_bytes: 16,
    plinth_stored_files: 1,
    plinth_file_uploads_total: 2,
    plinth_file_uploaded_bytes_total: 20,
    plinth_file_downloaded_bytes_total: 19,
  });
  const count = (operation: string) =>
    found[
      `plinth_file_storage_duration_seconds_count{operation="${operation}",backend="folder",outcome="ok"}`
    ];
  expect([count('commit'), count('read'), count('remove')]).toEqual([2, 2, 1]);
});

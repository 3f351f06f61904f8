import sharp from 'sharp';
import { describeStoredKeys } from '../../platform/testing/stored-keys-contract';
import { encryptedColumns, entities } from './tables';
import { TestFiles } from './testing/test-files';

const files = new TestFiles({ FILES_ENCRYPTION: 'on' });
let fileId: string;
let token: string;

describeStoredKeys({
  service: files,
  entities,
  encryptedColumns,
  store: async () => {
    ({ token } = files.user());
    const picture = sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } });
    fileId = (await files.upload(token, await picture.png().toBuffer(), { name: 'red.png' })).id;
    const headers = { authorization: `Bearer ${token}` };
    const thumbnail = await fetch(`${files.url}/thumbnails/${fileId}?width=16`, { headers });
    expect(thumbnail.status).toBe(200);
  },
  read: async () => {
    const bytes = Buffer.from(await (await files.download(fileId, token)).arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 32 });
  },
});

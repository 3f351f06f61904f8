import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../../../platform/testing/free-port';

const run = promisify(execFile);
const credentials = { accessKeyId: 'plinth-test', secretAccessKey: 'plinth-test-secret' };
const startMs = 90_000;

/** A Ceph cluster with an S3 gateway: one monitor, one OSD that keeps its data in memory, and radosgw. */
export interface CephServer {
  /** The variables of the files service. */
  readonly environment: Record<string, string>;
  readonly endpoint: string;
  close(): Promise<void>;
}

export function isCephInstalled(): boolean {
  return ['ceph-mon', 'ceph-osd', 'radosgw'].every(
    command => spawnSync(command, ['--version']).error === undefined,
  );
}

/** @throws Error that names what did not start; the Debian packages are `radosgw`, `ceph-mon` and `ceph-osd` */
export async function startCeph(): Promise<CephServer> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-ceph-'));
  const processes: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of processes) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const closeAtExit = () => processes.forEach(child => void child.kill('SIGKILL'));
  process.once('exit', closeAtExit);
  try {
    const [monitor, gateway] = [await freePort(), await freePort()];
    const [cluster, disk] = [randomUUID(), randomUUID()];
    await mkdir(join(folder, 'mon'));
    await mkdir(join(folder, 'osd'));
    const conf = join(folder, 'ceph.conf');
    await writeFile(conf, configuration(folder, cluster, monitor));
    const env = { ...process.env, CEPH_CONF: conf };
    const once = (command: string, ...args: string[]) => run(command, args, { env, timeout: startMs });
    const keepRunning = (command: string, ...args: string[]): ChildProcess => {
      const child = spawn(command, ['-c', conf, '-f', ...args], { env, stdio: 'ignore' });
      child.on('error', () => undefined);
      processes.push(child);
      return child;
    };
    const map = join(folder, 'monmap');
    const address = `[v2:127.0.0.1:${monitor}]`;
    await once('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', address, map);
    await once('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
    keepRunning('ceph-mon', '-i', 'a');
    await once('ceph', 'osd', 'new', disk, '0');
    await once('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', disk);
    keepRunning('ceph-osd', '-i', '0');
    const { accessKeyId, secretAccessKey } = credentials;
    const user = ['--uid', 'plinth', '--display-name', 'plinth'];
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    await once('radosgw-admin', '--id', 'rgw', 'user', 'create', ...user, ...keys);
    keepRunning('radosgw', '--id', 'rgw', '--rgw-frontends', `beast endpoint=127.0.0.1:${gateway}`);
    const endpoint = `http://127.0.0.1:${gateway}`;
    await createBucket(endpoint);
    return {
      endpoint,
      environment: {
        S3_ENDPOINT: endpoint,
        S3_BUCKET: 'plinth',
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
      },
      close: async () => {
        process.off('exit', closeAtExit);
        await close();
      },
    };
  } catch (error) {
    process.off('exit', closeAtExit);
    await close();
    throw new Error(
      `The S3 server (radosgw of Ceph) did not start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function createBucket(endpoint: string): Promise<void> {
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials });
  const deadline = Date.now() + startMs;
  for (;;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'plinth' }));
      return client.destroy();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

function configuration(folder: string, cluster: string, monitor: number): string {
  return `[global]
fsid = ${cluster}
mon host = v2:127.0.0.1:${monitor}
mon initial members = a
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 0
mon max pg per osd = 1000
osd max pg per osd hard ratio = 100
osd objectstore = memstore
memstore device bytes = 4294967296
run dir = ${folder}
log file = ${folder}/$name.log
admin socket = ${folder}/$name.asok
mon data = ${folder}/mon
osd data = ${folder}/osd
keyring = ${folder}/keyring
`;
}

/**
 * A process of its own that takes and gives files: the files service as it ships, or the plain limit, node:http with busboy that stores the
 * same bytes as durably: it writes and syncs a file under a temporary name, renames it, and syncs the folder. It says what it has used when it is asked.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { createLogger } from '../../platform/observability/logger';
import { openProcessContext } from '../../platform/process';
import { readFilesConfig } from '../../subgraphs/files/config';
import { startFiles } from '../../subgraphs/files/main';

async function startLimit(folder: string): Promise<number> {
  const upload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parser = new Busboy({ headers: request.headers as { 'content-type': string } });
    let name = '';
    let written: Promise<void> | undefined;
    parser.on('file', (_field, content) => {
      name = randomUUID();
      written = (async () => {
        const temporary = join(folder, `${name}.part`);
        const file = await open(temporary, 'wx');
        for await (const chunk of content as AsyncIterable<Buffer>) await file.write(chunk);
        await file.sync();
        await file.close();
        await rename(temporary, join(folder, name));
        const parent = await open(folder, 'r');
        await parent.sync();
        await parent.close();
      })();
    });
    await pipeline(request, parser);
    await written;
    const body = JSON.stringify({ id: name });
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  };
  const download = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = join(folder, request.url!.split('/').at(-1)!);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const { size } = await stat(path);
    const [start, end] = first === undefined ? [0, size - 1] : [Number(first), Number(last)];
    response.writeHead(first === undefined ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': end - start + 1,
    });
    await pipeline(createReadStream(path, { start, end, highWaterMark: 256 * 1024 }), response);
  };
  const server = createServer((request, response) => {
    const answer = request.method === 'POST' ? upload : download;
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function startService(): Promise<number> {
  const config = readFilesConfig('embedded');
  const logger = createLogger({ service: 'files', level: config.logLevel });
  return (await startFiles(config, openProcessContext({ ...config, logger }))).port;
}

async function main(what: string): Promise<void> {
  const port = what === 'limit' ? await startLimit(process.env['DATA_DIR']!) : await startService();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

void main(process.argv[2] ?? '').catch(error => {
  console.error(error);
  process.exit(1);
});

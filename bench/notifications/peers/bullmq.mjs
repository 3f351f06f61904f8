/** Emails with BullMQ and nodemailer: an HTTP server that adds jobs, and a worker that starts when it is told to. */
import { createServer } from 'node:http';
import { Queue, Worker } from 'bullmq';
import nodemailer from 'nodemailer';

const [redisUrl, smtpUrl, concurrency, connections] = process.argv.slice(2);
const { hostname: host, port } = new URL(redisUrl);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue('mail', { connection });
const options = { attempts: 10, backoff: { type: 'exponential', delay: 10_000 } };

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', async () => {
    const { recipient, subject, html, text } = JSON.parse(Buffer.concat(chunks)).variables.input;
    const { id } = await queue.add('mail', { recipient, subject, html, text }, options);
    const body = JSON.stringify({ data: { id } });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

let worker;
function deliver() {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: Number(connections),
  });
  worker = new Worker(
    'mail',
    ({ id, data }) =>
      transport.sendMail({
        from: 'no-reply@plinth.local',
        to: data.recipient,
        subject: data.subject,
        text: data.text,
        html: data.html,
        messageId: `<${id}@plinth.local>`,
        headers: {
          'Auto-Submitted': 'auto-generated',
          // As long as that of Plinth, and not signed.
          'List-Unsubscribe': `<http://127.0.0.1:8000/notifications/unsubscribe?token=${data.recipient.padEnd(145, '-')}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      }),
    { connection, concurrency: Number(concurrency) },
  );
}

process.on('message', async message => {
  if (message === 'deliver') deliver();
  if (message === 'stop') {
    await worker?.close();
    process.exit(0);
  }
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(1));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

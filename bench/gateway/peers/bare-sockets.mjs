// The least that a Node.js process can do: sockets without HTTP on either side. Each read is taken for one request and answered
// with the same bytes, after as many calls in a row as `x-calls` says; calls of one turn go out in one write, answers are counted.
import { connect, createServer } from 'node:net';

const [, port] = process.argv.slice(2);
const url = new URL(Object.values(JSON.parse(process.env.SUBGRAPHS))[0]);
const body = '{"query":"{me{id username}}"}';
const call = `POST /echo HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const text = '{"data":{"me":{"id":"1","username":"user-1"}}}';
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

const waiting = [];
let outgoing = [];
const service = connect({ port: url.port, host: url.hostname, noDelay: true });
service.setEncoding('latin1');
service.on('data', chunk => {
  for (let at = chunk.indexOf('HTTP/1.1'); at >= 0; at = chunk.indexOf('HTTP/1.1', at + 8))
    waiting.shift()?.();
});
const flush = () => {
  const those = outgoing;
  outgoing = [];
  waiting.push(...those);
  service.write(call.repeat(those.length), 'latin1');
};
const ask = done => {
  if (outgoing.push(done) === 1) setImmediate(flush);
};

createServer({ noDelay: true }, socket => {
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', request => {
    let left = Number(/x-calls: (\d+)/.exec(request)?.[1] ?? 1);
    const next = () => {
      if (left-- > 0) ask(next);
      else socket.write(answer, 'latin1');
    };
    next();
  });
}).listen(Number(port), '127.0.0.1');

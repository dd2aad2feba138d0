#!/usr/bin/env node
// hello-web: a small HTTP service. GET / greets, GET /version says which version is installed: both are read from files
// beside this one, so that what answers is what was deployed. GET /process says which process answers. HELLO_PORT and
// HELLO_ADDRESS say where to listen.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const port = Number(process.env.HELLO_PORT ?? 8080);
const address = process.env.HELLO_ADDRESS ?? '127.0.0.1';
const files = { '/': 'greeting.txt', '/version': 'version' };

const server = createServer(async (request, answer) => {
  if (request.url === '/process') return answer.end(`${process.pid}\n`);
  const file = files[request.url];
  if (file === undefined) return answer.writeHead(404).end('There is nothing here.\n');
  try {
    const text = await readFile(new URL(file, import.meta.url));
    answer.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  } catch (error) {
    console.error(`${file} cannot be read: ${error.message}`);
    answer.writeHead(500).end(`${file} cannot be read.\n`);
  }
});

server.listen(port, address, () => console.log(`hello-web listens on http://${address}:${port}`));

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

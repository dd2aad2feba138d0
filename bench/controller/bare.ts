// What the memory of sessions is measured against: a TCP server in Node that does nothing with its connections.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export async function bareConnections(port: number, count: number): Promise<{ close(): void }> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    sockets.push(socket);
    if (i % 64 === 63) await once(socket, 'connect');
  }
  await Promise.all(sockets.filter((socket) => socket.connecting).map((socket) => once(socket, 'connect')));
  return { close: () => sockets.forEach((socket) => socket.destroy()) };
}

/** As a process of its own: says its port, then holds whatever connects. */
if (import.meta.main) {
  const held = new Set<Socket>();
  const server = createServer((socket) => {
    held.add(socket);
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => held.delete(socket));
  });
  server.listen(0, '127.0.0.1', 1024, () => process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`));
}

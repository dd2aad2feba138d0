// Ports for services that are stopped and started again. They lie below the ports the kernel gives to outgoing connections:
// under load one of those would take a service's port while it is away.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 10_000;
/** Where to look next: what was given away once may not be listened at yet. Different processes begin at different places. */
let next = firstOutgoingPort() - 1 - ((process.pid * 61) % 8_000);

export async function stablePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (; found.length < count; next -= 1) {
    if (next < lowest) throw new Error(`There are no ${count} free ports left above ${lowest}.`);
    if (await isFree(next)) found.push(next);
  }
  return found;
}

function firstOutgoingPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  } catch {
    return 32_768;
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

// A stand-in for what systemd does for the units of examples/steady-web/one-host, where there is no systemd: it keeps the
// listening socket, hands it to the slots that it starts, and ends them as their unit says. `npm run test:fleet` has the units
// run by systemd itself.
//
//   slot-keeper.ts ROOT CONTROL WARM_MS    SOCKET_FD is the listening socket, which it never accepts from
//
// CONTROL is the socket for its systemctl: a line of words, an answer, the end. `set-kill-signal` is ours alone: from then on it
// ends slots as units with that KillSignal= are.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';

const [root = '', control = '', warmMs = '0'] = process.argv.slice(2);
const socket = Number(process.env.SOCKET_FD);
let killSignal: NodeJS.Signals = 'SIGTERM';
const slots = new Map<string, { readonly child: ChildProcess; readonly ended: Promise<void> }>();

function start(slot: string): void {
  mkdirSync(`${root}/run/steady-web/counts`, { recursive: true });
  const env = { ...process.env, LISTEN_FDS: '1', STEADY_NAME: slot, STEADY_READY: `${root}/run/steady-web/${slot}.sock`, STEADY_COUNTS: `${root}/run/steady-web/counts`, STEADY_WARM_MS: warmMs };
  const child = spawn(process.execPath, [`${root}/opt/steady-web/slots/${slot}/app/service.mjs`], { stdio: ['ignore', 'ignore', 'inherit', socket], env });
  slots.set(slot, { child, ended: new Promise((resolve) => child.once('exit', () => resolve())) });
}

async function carryOut(words: readonly string[]): Promise<string> {
  const slot = /^steady-web@(blue|green)\.service$/.exec(words.at(-1) ?? '')?.[1];
  switch (words[0]) {
    case 'daemon-reload':
    case 'enable':
    case 'disable':
      return '';
    case 'set-kill-signal':
      killSignal = words[1] as NodeJS.Signals;
      return '';
    case 'start':
      if (slot === undefined) break;
      if (slots.get(slot)?.child.exitCode === undefined) start(slot);
      return '';
    case 'stop': {
      if (slot === undefined) break;
      const running = slots.get(slot);
      running?.child.kill(killSignal);
      await running?.ended;
      slots.delete(slot);
      return '';
    }
  }
  return `The stand-in for systemctl does not know: ${words.join(' ')}`;
}

createServer((connection) => {
  connection.setEncoding('utf8').once('data', (line: string) => {
    void carryOut(line.trim().split(' ')).then((answer) => connection.end(answer));
  });
}).listen(control, () => process.stdout.write('ready\n'));
process.once('SIGTERM', () => {
  for (const { child } of slots.values()) child.kill('SIGKILL');
  process.exit(0);
});

// The host of two slots at one socket: the keeper of the socket, and a systemctl that asks it.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Opens the socket, and becomes another program that has it. Node cannot: it would take connections. */
const listenAndBecome = '$^F = 255; use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); bind($s, sockaddr_in(shift, inet_aton("127.0.0.1"))) or die "bind: $!"; listen($s, 1024); $ENV{SOCKET_FD} = fileno($s); exec @ARGV';

export interface SlotHost extends AsyncDisposable {
  readonly url: string;
  /** What ends a slot from now on: SIGTERM at first. */
  killWith(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** For host.conf. */
export const systemctlBelow = (folder: string): string => path.join(folder, 'systemctl');

export async function startSlotHost(settings: { readonly port: number; readonly folder: string; readonly root: string; readonly warmMs: number }): Promise<SlotHost> {
  const { port, folder, root, warmMs } = settings;
  const control = path.join(folder, 'keeper.sock');
  // netcat is not everywhere.
  const asking = `const c = require('node:net').connect(process.argv[1]); let said = ''; c.on('data', (piece) => (said += piece)); c.on('end', () => { if (said !== '') { console.error(said); process.exit(1); } }); c.write(process.argv.slice(2).join(' ') + '\\n');`;
  await writeFile(systemctlBelow(folder), `#!/bin/sh\nexec '${process.execPath}' -e "$(cat <<'END'\n${asking}\nEND\n)" '${control}' "$@"\n`, { mode: 0o755 });
  const keeper = [process.execPath, '--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'slot-keeper.ts'), root, control, String(warmMs)];
  const child = spawn('perl', ['-e', listenAndBecome, String(port), ...keeper], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${port}/`,
    killWith: async (signal) => void (await promisify(execFile)(systemctlBelow(folder), ['set-kill-signal', signal])),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

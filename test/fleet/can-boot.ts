// Whether this machine can boot the hosts of the fleet tests: one is, with a disk and an address of its own. Says why not, and
// ends with 1.

import { Bridge } from './bridge.ts';
import { Container } from './container.ts';
import { findRootFolder } from './root-folder.ts';

try {
  const root = findRootFolder();
  using bridge = new Bridge();
  await using host = new Container(root, [], { wiring: { bridge, number: 2, hostname: 'trial' }, diskMebibytes: 64 });
  await host.boot();
  if ((await host.run('cat', '/etc/hostname')).trim() !== 'trial') throw new Error('the host does not know its name');
} catch (error) {
  process.stderr.write(`This machine cannot boot the hosts of the fleet tests: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

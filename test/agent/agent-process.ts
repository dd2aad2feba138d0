// The agent as a process of its own, for tests that end it from outside. Arguments: controller URL, data folder, root.

import { runAgent } from '../../agent/main.ts';

const [controller, dataDir, root] = process.argv.slice(2);

try {
  process.exitCode = await runAgent({ controller: controller!, dataDir: dataDir!, root: root!, name: 'web-1', joinToken: 'sesame-4711', tags: [{ Key: 'role', Value: 'web' }] });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

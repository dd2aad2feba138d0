// `npm run demo`: the whole product on this machine, in front of your eyes. `-- --blue-green` shows traffic that moves between two
// fleets behind a real HAProxy; `-- --stay` leaves it up until Ctrl-C. Exit status 0 only if everything happened as expected; 130
// after Ctrl-C, if that was not what it waited for.

import { once } from 'node:events';
import { findBalancer } from '../traffic/balancer-program.ts';
import { blueGreenPlay } from './blue-green/play.ts';
import { steadyWeb } from './blue-green/steady-hosts.ts';
import { trafficLine } from './blue-green/traffic-line.ts';
import { applicationName, groupName } from './fleet.ts';
import { runDemo, type DemoOptions } from './run-demo.ts';
import { stayLines } from './stay.ts';

const words = process.argv.slice(2);
const unknown = words.filter((word) => word !== '--stay' && word !== '--blue-green');
if (unknown.length > 0) {
  process.stderr.write(`The demo does not know ${unknown.join(' ')}. It takes --blue-green and --stay: npm run demo -- --blue-green\n`);
  process.exit(2);
}
const isBlueGreen = words.includes('--blue-green');
if (isBlueGreen) {
  try {
    findBalancer('haproxy');
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort(new Error(name)));

const line = trafficLine(process.stdout);
const options: DemoOptions = {
  out: isBlueGreen ? line : process.stdout,
  signal: interruption.signal,
  ...(words.includes('--stay')
    ? {
        beforeCleanUp: async (fleet) => {
          process.stdout.write(`${stayLines(fleet, isBlueGreen ? steadyWeb : applicationName, groupName).join('\n')}\n`);
          if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
        },
      }
    : {}),
};
const report = isBlueGreen ? await runDemo({ ...options, timeoutMs: 300_000 }, blueGreenPlay(line)) : await runDemo(options);
line.end();
process.exitCode = report.allHeld ? 0 : interruption.signal.aborted ? 130 : 1;

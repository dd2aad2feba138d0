// `npm run demo`: the whole product on this machine, in front of your eyes. `-- --stay` leaves it up until Ctrl-C. Exit
// status 0 only if everything happened as expected; 130 after Ctrl-C, if that was not what it waited for.

import { once } from 'node:events';
import { runDemo } from './run-demo.ts';
import { stayLines } from './stay.ts';

const unknown = process.argv.slice(2).filter((word) => word !== '--stay');
if (unknown.length > 0) {
  process.stderr.write(`The demo does not know ${unknown.join(' ')}. It takes --stay alone: npm run demo -- --stay\n`);
  process.exit(2);
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort(new Error(name)));

const stays = process.argv.includes('--stay');
const report = await runDemo({
  out: process.stdout,
  signal: interruption.signal,
  ...(stays
    ? {
        beforeCleanUp: async (fleet) => {
          process.stdout.write(`${stayLines(fleet).join('\n')}\n`);
          if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
        },
      }
    : {}),
});
process.exitCode = report.allHeld ? 0 : interruption.signal.aborted ? 130 : 1;

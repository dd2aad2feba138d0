// The engine in a process of its own, to be killed: `node engine-in-a-process.ts RUN JOURNAL RESULT`. RUN is an EventRun
// as JSON without its signal; JOURNAL holds one StartedScript per line; RESULT is written at the end.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runEvent } from '../../hooks/engine.ts';
import type { EventRun, StartedScript } from '../../hooks/event-run.ts';
import { world } from './bench.ts';

const [runFile = '', journalFile = '', resultFile = ''] = process.argv.slice(2);
const run = JSON.parse(readFileSync(runFile, 'utf8')) as Omit<EventRun, 'killSignal'>;
const startedScripts = existsSync(journalFile)
  ? readFileSync(journalFile, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as StartedScript)
  : [];

const result = await runEvent({ ...run, killSignal: new AbortController().signal }, world, {
  startedScripts,
  async scriptStarting(start) {
    appendFileSync(journalFile, `${JSON.stringify(start)}\n`);
    if (process.env['DIE_AT'] === `journalled ${start.index}`) process.kill(process.pid, 'SIGKILL');
  },
});
writeFileSync(resultFile, JSON.stringify(result));

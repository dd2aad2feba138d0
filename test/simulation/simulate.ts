// npm run simulate -- --seed 7            one story, told
// npm run simulate -- --from 1 --to 2000  many, each run once; stops at the first violation

import { parseArgs } from 'node:util';
import { rates, weatherOf } from './rates.ts';
import { tellStory } from './story.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, quiet: { type: 'boolean' } },
});
const from = Number(values.seed ?? values.from ?? '1');
const to = Number(values.seed ?? values.to ?? String(from));
const began = performance.now();
let deployments = 0;
let scripts = 0;
for (let seed = from; seed <= to; seed += 1) {
  const weather = weatherOf(seed);
  const verdict = await tellStory(`seed ${seed}`, rates[weather]);
  deployments += verdict.deployments.length;
  scripts += verdict.scriptsStarted;
  if (values.seed !== undefined && values.quiet !== true) for (const line of verdict.trace) console.log(line);
  if (values.seed !== undefined) for (const line of verdict.deployments) console.log(line);
  if (verdict.violations.length > 0) {
    for (const violation of verdict.violations.slice(0, 10)) console.error(violation);
    console.error(`Replay: npm run simulate -- --seed ${seed}`);
    process.exit(1);
  }
}
console.log(`${to - from + 1} stories, ${deployments} deployments, ${scripts} scripts, 0 violations, ${((performance.now() - began) / 1000).toFixed(1)} s`);

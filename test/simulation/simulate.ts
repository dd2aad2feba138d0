// npm run simulate -- --seed 7            one story, told
// npm run simulate -- --from 1 --to 2000  many, over all processors; stops at the first violation unless --all
// npm run simulate -- --plot promotions … of promotions through several groups, instead of deployments to one; --plot fleets from one fleet to another, --plot provided to
// instances that are made for it
// npm run simulate:many                   two thousand of them

import { parseArgs } from 'node:util';
import { tellSeeds } from './pool.ts';
import { rates, weatherOf } from './rates.ts';
import { type PlotName, plots, tellStory } from './story.ts';
import type { SeedVerdict } from './tell-seed.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, quiet: { type: 'boolean' }, all: { type: 'boolean' }, processes: { type: 'string' }, plot: { type: 'string', default: 'deployments' } },
});
const plot = values.plot as PlotName;
if (!Object.hasOwn(plots, plot)) throw new Error(`There is no plot ${plot}: ${Object.keys(plots).join(', ')}.`);

if (values.seed !== undefined) await tellOne(Number(values.seed));
else await tellMany(Number(values.from ?? '1'), Number(values.to ?? values.from ?? '1'));

async function tellOne(seed: number): Promise<void> {
  const verdict = await tellStory(`seed ${seed}`, rates[weatherOf(seed)], plots[plot]);
  if (values.quiet !== true) for (const line of verdict.trace) console.log(line);
  for (const line of verdict.deployments) console.log(line);
  for (const violation of verdict.violations) console.error(violation);
  console.log(`${verdict.deployments.length} deployments, ${verdict.scriptsStarted} scripts, ${verdict.writes} writes, ${verdict.violations.length} violations`);
  if (verdict.violations.length > 0) process.exitCode = 1;
}

async function tellMany(from: number, to: number): Promise<void> {
  const beganAt = performance.now();
  const verdicts: SeedVerdict[] = [];
  await tellSeeds({
    seeds: Array.from({ length: to - from + 1 }, (_, index) => from + index),
    isTwice: () => false,
    plot,
    ...(values.processes === undefined ? {} : { processes: Number(values.processes) }),
    heard(verdict) {
      verdicts.push(verdict);
      if (verdict.violations.length > 0) complain(verdict);
      return verdict.violations.length === 0 || values.all === true;
    },
  });
  const sum = (of: (verdict: SeedVerdict) => number): number => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const broken = verdicts.filter((verdict) => verdict.violations.length > 0);
  const seconds = ((performance.now() - beganAt) / 1000).toFixed(1);
  console.log(`${verdicts.length} stories, ${sum((v) => v.deployments)} deployments, ${sum((v) => v.scripts)} scripts, ${sum((v) => v.writes)} writes, ${sum((v) => v.applied)} plans applied, ${broken.length} with violations, ${seconds} s`);
  if (broken.length > 0) process.exitCode = 1;
}

function complain({ seed, violations }: SeedVerdict): void {
  for (const violation of violations.slice(0, 10)) console.error(violation);
  console.error(`Replay: npm run simulate -- ${plot === 'deployments' ? '' : `--plot ${plot} `}--seed ${seed}`);
}

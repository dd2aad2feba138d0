// npm run fuzz                                        every door, each for a minute, from a seed of today
// npm run fuzz -- --door frames --seconds 600         one door for longer
// npm run fuzz -- --door operations --seed S --cases N   the same cases again
// Ends with 1 at the first complaint, which says how to hear it again.

import { parseArgs } from 'node:util';
import { doors } from './doors.ts';
import { fuzz } from './fuzzer.ts';

const { values } = parseArgs({ options: { door: { type: 'string' }, seed: { type: 'string' }, seconds: { type: 'string' }, cases: { type: 'string' } } });
const seed = values.seed ?? new Date().toISOString().slice(0, 10);
const chosen = Object.entries(doors).filter(([name]) => values.door === undefined || values.door === name);
if (chosen.length === 0) throw new Error(`There is no door ${values.door}; there are ${Object.keys(doors).join(', ')}.`);
for (const [door, open] of chosen) {
  const report = await fuzz({ door, open, seed, cases: Number(values.cases ?? Infinity), ms: values.cases === undefined ? 1_000 * Number(values.seconds ?? 60) : Infinity });
  console.log(`${door}: ${report.cases} cases from seed ${seed}, slowest ${report.slowestMs.toFixed(0)} ms, memory grown by ${(report.grownBytes / 2 ** 20).toFixed(1)} MiB`);
  if (report.complaint !== null) {
    console.error(report.complaint);
    process.exit(1);
  }
}

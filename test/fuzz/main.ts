// npm run fuzz                                        every door, each for a minute, from a seed of today
// npm run fuzz -- --door frames --seconds 600         one door for longer
// npm run fuzz -- --door operations --seed S --cases N   the same cases again
// npm run fuzz -- --database PostgreSQL                over a PostgreSQL server of its own instead of SQLite
// Ends with 1 at the first complaint, which says how to hear it again.

import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { database: { type: 'string', default: 'SQLite' }, door: { type: 'string' }, seed: { type: 'string' }, seconds: { type: 'string' }, cases: { type: 'string' } } });
// Before the doors are read, which go by it.
process.env['FAIRLEAD_TEST_STORE'] = values.database;
const [{ doors }, { fuzz }, { stores }, { databaseServer }] = await Promise.all([import('./doors.ts'), import('./fuzzer.ts'), import('../store/stores.ts'), import('../store/database-server.ts')]);
if (stores.every(({ name }) => name !== values.database)) throw new Error(`There is no database ${values.database}; there are ${stores.map(({ name }) => name).join(', ')}.`);
const seed = values.seed ?? new Date().toISOString().slice(0, 10);
const chosen = Object.entries(doors).filter(([name]) => values.door === undefined || values.door === name);
if (chosen.length === 0) throw new Error(`There is no door ${values.door}; there are ${Object.keys(doors).join(', ')}.`);
for (const [door, open] of chosen) {
  const report = await fuzz({ door, open, seed, cases: Number(values.cases ?? Infinity), ms: values.cases === undefined ? 1_000 * Number(values.seconds ?? 60) : Infinity });
  console.log(`${door}: ${report.cases} cases from seed ${seed}, slowest ${report.slowestMs.toFixed(0)} ms, memory grown by ${(report.grownBytes / 2 ** 20).toFixed(1)} MiB`);
  if (report.complaint === null) continue;
  console.error(report.complaint);
  process.exitCode = 1;
  break;
}
if (values.database !== 'SQLite') await (await databaseServer())[Symbol.asyncDispose]();
process.exit();

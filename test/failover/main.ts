// npm run test:failover                       thirty rounds: the holder paused for 1 to 30 s, killed, the database killed
// npm run test:failover -- --rounds 200 --seed S --agents 3 --pause-seconds 30
// Prints what was seen and ends with 1 when anything stale, lost or done twice is among it.

import { parseArgs } from 'node:util';
import { runCampaign, type Fault } from './campaign.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' }, agents: { type: 'string' }, 'pause-seconds': { type: 'string' } } });
const kinds: readonly Fault[] = ['pause', 'kill', 'database'];
const rounds = Array.from({ length: Number(values.rounds ?? 30) }, (_, index) => kinds[index % kinds.length]!);
const outcome = await runCampaign({ seed: values.seed ?? '1', rounds, agents: Number(values.agents ?? 3), pauseMs: 1_000 * Number(values['pause-seconds'] ?? 30), told: (line) => console.log(line) });
for (const kind of kinds) {
  const sorted = outcome.outages.filter(({ fault }) => fault === kind).map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted.length === 0 ? '-' : (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]! / 1000).toFixed(1));
  console.log(`${kind}: ${sorted.length} times, answered again after p50 ${at(0.5)} s, p99 ${at(0.99)} s, at most ${at(1)} s`);
}
const { writes, epochs, stale, answered, lost, hooks, twice, deployments } = outcome;
console.log(`${writes} writes under ${epochs} epochs, ${stale.length} stale; ${answered} answered, ${lost.length} lost; ${hooks} hooks, ${twice.length} twice; deployments ${JSON.stringify(deployments)}`);
for (const line of [...stale, ...lost, ...twice].slice(0, 20)) console.error(line);
if (stale.length + lost.length + twice.length > 0) process.exitCode = 1;

// The crash campaign: the shipped agent is killed with SIGKILL before every change to the disk, every sync, and before and
// after every start of a process, of a deployment of two revisions, is started anew, and must end like an agent that
// nobody disturbed. Run as a program it tries all points (npm run test:crash; from, to and step may follow: … -- 100 200 5); crash.test.ts
// tries some of them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { buildAgent } from '../../../packaging/build.ts';
import { runTrial } from './trial.ts';
import type { Kit, Trial } from './trial.ts';

export interface Verdict {
  readonly at: number;
  readonly point: string;
  readonly restarts: number;
  /** Scripts that were started more than once. */
  readonly doubleStarts: readonly string[];
  /** How the end differs from an undisturbed one; empty when it does not. */
  readonly differences: readonly string[];
}

/** Builds what trials need into a new folder. */
export async function makeKit(): Promise<Kit & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-kit-'));
  mkdirSync(join(folder, 'agent'));
  await buildAgent(join(folder, 'agent'));
  const { code } = await transform(readFileSync(join(import.meta.dirname, 'die-at.ts'), 'utf8'), { loader: 'ts', format: 'esm' });
  writeFileSync(join(folder, 'die-at.mjs'), code);
  return { agent: join(folder, 'agent'), dieAt: join(folder, 'die-at.mjs'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Kills at each of the points, two trials at a time, and tells `each` of every verdict as it comes. */
export async function tryPoints(kit: Kit, undisturbed: Trial, points: readonly number[], each: (verdict: Verdict) => void = () => undefined): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const waiting = [...points];
  const takeTurns = async (): Promise<void> => {
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      const verdict = compare(at, undisturbed.points[at - 1] ?? 'beyond the last', undisturbed, await runTrial(kit, at));
      verdicts.push(verdict);
      each(verdict);
    }
  };
  await Promise.all([takeTurns(), takeTurns()]);
  return verdicts.sort((left, right) => left.at - right.at);
}

function compare(at: number, point: string, undisturbed: Trial, trial: Trial): Verdict {
  const doubleStarts = [...new Set(trial.host.starts.filter((start, index, all) => all.indexOf(start) !== index))];
  const differences = [
    ...(trial.trouble === null ? [] : [trial.trouble]),
    ...differ('outcomes', trial.outcomes.join('\n'), undisturbed.outcomes.join('\n')),
    ...trial.miscounted.map((attemptId) => `${attemptId} was not reported exactly once`),
    ...differ('deployed', trial.host.deployed, undisturbed.host.deployed),
    ...differ('kept', trial.host.kept, undisturbed.host.kept),
    ...differ('starts', trial.host.starts.join('\n'), undisturbed.host.starts.join('\n')),
  ];
  return { at, point, restarts: trial.restarts, doubleStarts, differences };
}

function differ(what: string, found: string, expected: string): readonly string[] {
  if (found === expected) return [];
  const [here, there] = [found.split('\n'), expected.split('\n')];
  const lines = [...here.filter((line) => !there.includes(line)).map((line) => `+ ${line}`), ...there.filter((line) => !here.includes(line)).map((line) => `- ${line}`)];
  const shown = lines.slice(0, 4).map((line) => `${what}: ${line.slice(0, 300)}`);
  return [...shown, `${what}: ${lines.length === 0 ? 'in another order or number' : `${lines.length} lines differ`}`];
}

if (import.meta.main) {
  using kit = await makeKit();
  const undisturbed = await runTrial(kit, 0, true);
  const [from = 1, to = undisturbed.points.length, step = 1] = process.argv.slice(2).map(Number);
  process.stdout.write(`${undisturbed.points.length} points; ${undisturbed.outcomes.length} lifecycle events, ${undisturbed.host.starts.length} scripts\n`);
  const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
  const verdicts = await tryPoints(kit, undisturbed, points, ({ at, point, doubleStarts, differences }) => {
    if (doubleStarts.length + differences.length > 0) process.stdout.write(`point ${at} (${point}): ${[...doubleStarts.map((start) => `started twice: ${start}`), ...differences].join('\n  ')}\n`);
    else if (at % 100 < step) process.stdout.write(`… ${at}\n`);
  });
  const sum = (count: (verdict: Verdict) => number): number => verdicts.reduce((total, verdict) => total + count(verdict), 0);
  const wrong = sum(({ differences }) => (differences.length > 0 ? 1 : 0));
  const twice = sum(({ doubleStarts }) => doubleStarts.length);
  process.stdout.write(`points ${verdicts.length}  restarts ${sum(({ restarts }) => restarts)}  double starts ${twice}  wrong ends ${wrong}\n`);
  process.exitCode = wrong + twice === 0 ? 0 : 1;
}

// npm run simulate:planted                  all planted bugs, as many at a time as there are processors
// npm run simulate:planted -- freeze clock  those whose kind or name holds one of these words
// Prints a table, with the first seed that finds each. Ends with 1 when one is missed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard, plantedBugs, promotionGuard, releaseGuard, type PlantedBug } from './planted-bugs.ts';

const home = join(import.meta.dirname, '../..');
const rooms = ['agent', 'hooks', 'protocol', 'server', 'test', 'world', 'cli', 'package.json', 'tsconfig.json'];

export interface Finding {
  /** The first seed of those tried that shows the bug; null when none does. */
  readonly seed: number | null;
  /** What is seen of it. */
  readonly symptom: string;
}

/** Throws when the bug cannot be planted any more, or the copy does not run. */
export async function findBug(bug: PlantedBug, seeds: number): Promise<Finding> {
  const copy = mkdtempSync(join(tmpdir(), 'fairlead-planted-'));
  try {
    for (const room of rooms) cpSync(join(home, room), join(copy, room), { recursive: true });
    symlinkSync(join(home, 'node_modules'), join(copy, 'node_modules'));
    plant(copy, bug);
    if (bug.isGuarded === true) plant(copy, bug.plot === 'promotions' ? promotionGuard : bug.plot === 'provided' ? releaseGuard : guard);
    const run = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(copy, 'test/simulation/simulate.ts'), '--from', '1', '--to', String(seeds), '--processes', '1', '--plot', bug.plot ?? 'deployments'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    run.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const [status] = (await once(run, 'close')) as [number | null];
    if (status === 0) return { seed: null, symptom: '' };
    const seed = /--seed (\d+)/.exec(said)?.[1];
    if (seed === undefined) throw new Error(`With the bug "${bug.name}" the simulation does not run: ${said.slice(0, 500)}`);
    return { seed: Number(seed), symptom: said.split('\n', 1)[0]! };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

type Place = Pick<PlantedBug, 'file' | 'find' | 'replace'>;

/** Whether the text to be replaced stands in its file exactly once. */
export function canPlant({ file, find }: Place): boolean {
  return readFileSync(join(home, file), 'utf8').split(find).length === 2;
}

function plant(copy: string, { file, find, replace }: Place): void {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold this exactly once any more: ${find}`);
  writeFileSync(path, text.replace(find, () => replace));
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const waiting = plantedBugs.filter(({ kind, name }) => words.length === 0 || words.some((word) => kind === word || name.includes(word)));
  const found = new Map<PlantedBug, Finding>();
  const all = [...waiting];
  const work = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const finding = await findBug(bug, 200);
      found.set(bug, finding);
      console.error(`${finding.seed === null ? 'MISSED' : `seed ${finding.seed}`}: ${bug.name}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log('| of | planted bug | first seed |\n|---|---|---|');
  for (const bug of all) console.log(`| ${bug.kind} | ${bug.name} | ${found.get(bug)!.seed ?? '**missed**'} |`);
  if ([...found.values()].some(({ seed }) => seed === null)) process.exitCode = 1;
}

// Bugs planted one at a time in a copy of the house. Each must be found by the simulation within 200 seeds: only that
// makes "0 violations" mean something. `npm run simulate:planted` tries them all; none of this touches the house itself.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** For bugs that the check before each commit would stop: the check is taken away as well. */
  readonly isGuarded?: boolean;
}

export const plantedBugs: readonly PlantedBug[] = [
  { name: 'the planner forgets failed hosts in the budget', file: 'server/planner/healthy-hosts.ts', find: 'return fleet.total - fleet.failed;', replace: 'return fleet.total;', isGuarded: true },
  { name: 'the planner forgets hosts in flight', file: 'server/planner/healthy-hosts.ts', find: ' - minimum - fleet.inFlight;', replace: ' - minimum;', isGuarded: true },
  { name: 'the planner starts one host too many', file: 'server/planner/healthy-hosts.ts', find: ' - minimum - fleet.inFlight;', replace: ' - minimum - fleet.inFlight + 1;', isGuarded: true },
  { name: 'the planner forgets who runs the once scripts', file: 'server/planner/once.ts', find: 'if (names.has(event.name)) this.#note(target, event, snapshot);', replace: 'if (names.has(event.name) && event.status === \'Failed\') this.#note(target, event, snapshot);', isGuarded: true },
  { name: 'a success is not remembered by its group', file: 'server/deployer/commit-plan.ts', find: "if (action.status !== 'Succeeded') return;", replace: 'return;' },
  { name: 'reports are acknowledged and not stored', file: 'server/fleet/reports.ts', find: 'if (await merge(tx, command, report, now)) changed.add(command.deployment_id);', replace: "if (report.kind !== 'Ended' || report.number % 10 !== 0) if (await merge(tx, command, report, now)) changed.add(command.deployment_id);" },
  { name: 'the server forgets how far an agent has reported', file: 'server/fleet/session.ts', find: 'lastReport: instance.last_report,', replace: 'lastReport: instance.last_report + 1,' },
  { name: 'the server sends each session all commands from the newest on', file: 'server/fleet/session.ts', find: 'this.#lastSent = hello.lastCommand;', replace: 'this.#lastSent = instance.last_command;' },
  { name: 'the agent starts scripts without writing it down', file: 'agent/attempt-queue.ts', find: "journal.append({ kind: 'scriptStarting', attemptId: command.attemptId, ...start })", replace: 'Promise.resolve(void start)' },
  { name: 'the agent takes a command again that it has taken', file: 'agent/inbox.ts', find: "if (number <= state.lastCommand) return { kind: 'duplicate' };", replace: '' },
  { name: 'the agent forgets reports that were under way when it died', file: 'agent/outbox.ts', find: 'journal.state.unacknowledged.filter((report) => report.number > number && report.number <= durable)', replace: 'journal.state.unacknowledged.filter((report) => report.number > number && report.number <= durable).slice(1)' },
  { name: 'the agent forgets what it had accepted', file: 'agent/inbox.ts', find: 'for (const attemptId of journal.state.attempts.keys()) queue.add(attemptId);', replace: '' },
  { name: 'the journal is written and not synced', file: 'agent/journal.ts', find: 'await this.#file!.sync();', replace: '' },
];

const home = join(import.meta.dirname, '../..');
const rooms = ['agent', 'hooks', 'protocol', 'server', 'test', 'world', 'cli', 'package.json', 'tsconfig.json'];

/** The seed that found the bug, or null. Throws when the bug cannot be planted any more. */
function find(bug: PlantedBug, seeds: number): string | null {
  const copy = mkdtempSync(join(tmpdir(), 'fairlead-planted-'));
  try {
    for (const room of rooms) cpSync(join(home, room), join(copy, room), { recursive: true });
    symlinkSync(join(home, 'node_modules'), join(copy, 'node_modules'));
    plant(copy, bug.file, bug.find, bug.replace);
    if (bug.isGuarded === true) plant(copy, 'server/deployer/reconciler.ts', 'const violations = check(loaded.snapshot, plan);', 'const violations: string[] = []; void check;');
    try {
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(copy, 'test/simulation/simulate.ts'), '--from', '1', '--to', String(seeds)], { stdio: 'pipe', encoding: 'utf8', timeout: 600_000 });
      return null;
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      return /--seed (\d+)/.exec(stderr ?? '')?.[1] ?? `a crash: ${(stderr ?? String(error)).slice(0, 300)}`;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function plant(copy: string, file: string, find: string, replace: string): void {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold this exactly once any more: ${find}`);
  writeFileSync(path, text.replace(find, () => replace));
}

if (import.meta.main) {
  const only = process.argv[2];
  let missed = 0;
  for (const bug of plantedBugs.filter(({ name }) => only === undefined || name.includes(only))) {
    const seed = find(bug, 200);
    if (seed === null) missed += 1;
    console.log(`${seed === null ? 'MISSED' : `found at seed ${seed}`}: ${bug.name}`);
  }
  if (missed > 0) process.exitCode = 1;
}

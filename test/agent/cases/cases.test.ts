// All cases observed on CodeDeploy's agent 1.8.1, and variations of them, in one run: AppSpecs through the parser,
// deployments end to end through the executors of the real agent. The table of verdicts is printed at the end.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { parseAppSpec } from '../../../hooks/appspec/parse.ts';
import type { AgentCase, DeployCase } from './agent-case.ts';
import { deliberateDifferences } from './deliberate-differences.ts';
import { judgeDeploy, judgeParse } from './judge.ts';
import type { Judgement } from './judge.ts';
import { makeScratchHost } from './scratch-host.ts';
import { variations } from './variations.ts';

const observedCases = JSON.parse(fs.readFileSync(new URL('agent-cases.json', import.meta.url), 'utf8')) as readonly AgentCase[];
const isRoot = process.getuid?.() === 0;

/** Other users' files and processes are root's business. */
const needsRoot = (example: AgentCase): boolean => example.phase === 'deploy' && /^\s*(owner|group|runas):/m.test(example.appspec) && example.expect === 'valid';

interface Row extends Judgement {
  readonly id: string;
  readonly verdict: 'same' | 'differs on purpose' | 'differs' | 'without root: refused';
}

const rows: Row[] = [];

async function judge(example: AgentCase): Promise<Judgement & { readonly message: string }> {
  if (example.phase === 'parse') return { ...judgeParse(example, parseAppSpec(example.appspec)), message: '' };
  const host = await makeScratchHost();
  try {
    host.plant(example.pre_existing ?? {});
    for (const previous of example.previous ?? []) {
      const before = await host.deploy(previous);
      assert.equal(before.observed.failed_event === undefined, previous.expect !== 'invalid', `the deployment before it: ${before.message}`);
    }
    const { observed, message } = await host.deploy(example);
    return { ...judgeDeploy(withPlaces(example, host.dest), observed), message };
  } finally {
    await host.remove();
  }
}

const withPlaces = (example: DeployCase, dest: string): DeployCase => ({ ...example, observed: JSON.parse(JSON.stringify(example.observed).replaceAll('${DEST}', dest)) as DeployCase['observed'] });

/** Deployments mostly wait, so a few go on at once. */
const atOnce = 4;

function startAll(examples: readonly AgentCase[]): ReadonlyMap<string, Promise<Awaited<ReturnType<typeof judge>>>> {
  const lanes: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve());
  return new Map(examples.map((example, index) => {
    const lane = index % atOnce;
    const judgement = lanes[lane]!.then(() => judge(example));
    lanes[lane] = judgement.catch(() => undefined);
    return [example.id, judgement];
  }));
}

let judgements: ReturnType<typeof startAll> = new Map();

function claim(example: AgentCase): void {
  const difference = deliberateDifferences.find(({ id }) => id === example.id);
  const isRefused = needsRoot(example) && !isRoot;
  const note = isRefused ? ' (without root: refused with a sentence)' : difference === undefined ? '' : ` (differs: ${difference.reason})`;
  it(`${example.id}: ${example.reason}${note}`, async () => {
    const { message, ...judgement } = await judgements.get(example.id)!;
    const verdict = isRefused ? 'without root: refused' : judgement.differences.length === 0 ? 'same' : difference === undefined ? 'differs' : 'differs on purpose';
    rows.push({ id: example.id, ...judgement, verdict });
    if (isRefused) assert.match(message, /root/, judgement.differences.join('\n'));
    else if (difference === undefined) assert.deepEqual(judgement.differences, [], message);
    else assert.notDeepEqual(judgement.differences, [], 'this case does not differ any more; take it off the list');
  });
}

describe('the agent, judged by what CodeDeploy’s agent did', function () {
  this.timeout(120_000);

  before(() => {
    judgements = startAll([...observedCases, ...variations]);
  });

  describe('observed cases', () => {
    it('are all here', () => assert.equal(observedCases.length, 150));
    for (const example of observedCases) claim(example);
  });

  describe('variations of them, after the same rules', () => {
    for (const example of variations) claim(example);
  });

  it('differs only where the list says so, and the list names no case that is not here', () => {
    const ids = new Set([...observedCases, ...variations].map(({ id }) => id));
    assert.equal(ids.size, observedCases.length + variations.length, 'an id occurs twice');
    assert.deepEqual(deliberateDifferences.filter(({ id }) => !ids.has(id)), []);
  });

  after(() => {
    const widths = [0, 'expected'.length, 'observed'.length];
    const lines = [['case', 'expected', 'observed', 'verdict'], ...rows.map(({ id, expected, observed, verdict }) => [id, expected, observed, verdict])];
    for (const line of lines) line.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
    const table = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
    const count = (verdict: Row['verdict']): number => rows.filter((row) => row.verdict === verdict).length;
    process.stdout.write(`\n${table.join('\n')}\n\n${rows.length} cases: ${count('same')} same, ${count('differs on purpose')} differ on purpose, ${count('differs')} differ.\n\n`);
  });
});

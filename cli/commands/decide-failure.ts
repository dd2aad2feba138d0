// `fairlead deployment decide-failure`: the word that failed targets of a group with guided failure wait for. It is about
// the very attempt that failed, as explained just before: a call that is repeated never decides about the next failure.

import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { collect } from '../flags.ts';
import { printable, showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import { decideDeploymentFailure } from '../../protocol/operations/decide-deployment-failure.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';

interface DecideFlags extends ClientFlags {
  readonly retry?: boolean;
  readonly skip?: boolean;
  readonly fail?: boolean;
  readonly target?: readonly string[];
  readonly all?: boolean;
  readonly comment?: string;
}

type Question = Extract<Waiting, { readonly reason: 'FailureDecision' }>;

interface Chosen {
  readonly targetId: string;
  /** Null: it does not wait, as far as is known here. */
  readonly attempt: number | null;
}

export function addDecideFailure(deployment: Command, shell: Shell): void {
  const command = deployment
    .command('decide-failure')
    .summary('say what is to become of failed targets that wait for it')
    .description('Decides about failed targets that wait for it, in deployments of groups created with --guided-failure. What waits is said by: fairlead deployment explain')
    .argument('<id>')
    .option('--retry', 'run the failed event once more; those before it are not run again')
    .option('--skip', 'leave the target out: the deployment may succeed without it, but the instance does not count as healthy')
    .option('--fail', 'let the target fail, as without guided failure')
    .option('--target <name>', 'this target; repeat for more; not needed where only one waits', collect)
    .option('--all', 'all that wait')
    .option('--comment <text>', 'kept with the decision')
    .action(async (deploymentId: string, flags: DecideFlags) => {
      const decision = decisionOf(flags);
      const client = await shell.client(flags);
      const questions = await chosen(deploymentId, flags, client);
      const comment = flags.comment === undefined ? {} : { comment: flags.comment };
      for (const [attempt, targetIds] of byAttempt(questions)) {
        const input = { deploymentId, targetIds, decision, ...(attempt === null ? {} : { attempt }), ...comment };
        await client.call(decideDeploymentFailure, input);
      }
      const names = questions.map(({ targetId }) => printable(targetId)).join(', ');
      shell.print(flags, spellAnswer(decideDeploymentFailure, {}), [`${names}: ${words[decision]}.`]);
      shell.remark(`See what follows: fairlead deployment watch ${deploymentId}`);
    });
  clientCommand(command, [
    'fairlead deployment decide-failure d-ABCDEFGHI --retry',
    "fairlead deployment decide-failure d-ABCDEFGHI --skip --target web-7 --comment 'its disk is broken'",
    'fairlead deployment decide-failure d-ABCDEFGHI --fail --all',
  ]);
}

const words = { RETRY: 'the failed event is run again', SKIP: 'left out', FAIL: 'failed' } as const satisfies Record<FailureDecision, string>;

function decisionOf({ retry, skip, fail }: DecideFlags): FailureDecision {
  const given = ([retry === true ? 'RETRY' : null, skip === true ? 'SKIP' : null, fail === true ? 'FAIL' : null] as const).filter((word) => word !== null);
  const [decision] = given;
  if (decision === undefined || given.length > 1) throw new Refusal('Give exactly one of --retry, --skip and --fail.');
  return decision;
}

/** A target that does not wait is named all the same: the server says why it cannot be decided about. */
async function chosen(deploymentId: string, { target, all }: DecideFlags, client: Client): Promise<readonly Chosen[]> {
  if (target !== undefined && all === true) throw new Refusal('Give either --target or --all.');
  const { waitingOn, status } = await client.call(explainDeployment, { deploymentId });
  const waiting = waitingOn.filter((each): each is Question => each.reason === 'FailureDecision');
  if (target !== undefined) return target.map((targetId) => waiting.find((each) => each.targetId === targetId) ?? { targetId, attempt: null });
  if (waiting.length === 0) throw new Refusal(`Nothing of ${showPrintable(deploymentId)} waits for a decision; it is ${status}.`, { advice: [`See how it stands: fairlead deployment show ${deploymentId}`] });
  if (waiting.length > 1 && all !== true) {
    throw new Refusal(`${waiting.length} targets wait for a decision: ${waiting.map(({ targetId }) => printable(targetId)).join(', ')}. Name those you mean with --target, or give --all.`);
  }
  return waiting;
}

/** In calls of at most a hundred targets. */
function byAttempt(questions: readonly Chosen[]): readonly (readonly [number | null, string[]])[] {
  const groups = new Map<number | null, string[]>();
  for (const { targetId, attempt } of questions) groups.set(attempt, [...(groups.get(attempt) ?? []), targetId]);
  return [...groups].flatMap(([attempt, targetIds]) => Array.from({ length: Math.ceil(targetIds.length / 100) }, (_, index) => [attempt, targetIds.slice(100 * index, 100 * index + 100)] as const));
}

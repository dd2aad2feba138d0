// Watching for a person or a program: the pictures go to the terminal, to a log or to JSON; the end becomes a sentence and
// the exit status; Ctrl-C says how to come back.

import type { Client } from './client.ts';
import { silentProgress } from './progress.ts';
import type { Shell } from './shell.ts';
import { spellChange } from './shell.ts';
import { outcomeSentence, statusOfEnd, watchDeployment } from './watch.ts';

/** `lines`: text as it happens. `one value`: nothing but one JSON value at the end. `JSON lines`: each picture as one line. */
export type FollowManner = 'lines' | 'one value' | 'JSON lines';

export async function followDeployment(shell: Shell, client: Client, deploymentId: string, manner: FollowManner): Promise<void> {
  const signal = shell.around.interruption();
  const progress = manner === 'lines' ? shell.progress() : manner === 'JSON lines' ? shell.jsonProgress() : silentProgress;
  try {
    const outcome = await watchDeployment(client, shell.around.clock, deploymentId, progress, signal);
    progress.end();
    const { end, last, rollback } = outcome;
    const json = {
      deploymentId,
      status: end,
      ...(spellChange(last) as object),
      rollback: rollback === null ? null : { deploymentId: rollback.last.deployment.deploymentId, status: rollback.end, ...(spellChange(rollback.last) as object) },
    };
    if (manner !== 'JSON lines') shell.print({ json: manner === 'one value' }, json, [outcomeSentence(outcome)]);
    shell.finish(statusOfEnd(end));
  } catch (error) {
    progress.end();
    if (signal.aborted) {
      shell.remark(`The deployment goes on. Follow it with: fairlead deployment watch ${deploymentId}`);
      shell.remark(`Stop it with: fairlead deployment stop ${deploymentId}`);
      throw signal.reason;
    }
    throw error;
  } finally {
    progress.end();
  }
}

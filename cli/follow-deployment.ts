// Watching for a person or a program: the pictures go to the terminal, to a log or to JSON; the end becomes a sentence and
// the exit status; Ctrl-C says how to come back.

import type { Client } from './client.ts';
import { followLogs } from './follow-logs.ts';
import { logLines } from './log-lines.ts';
import { plainProgress, silentProgress } from './progress.ts';
import type { Shell } from './shell.ts';
import { spellChange } from './shell.ts';
import { outcomeSentence, statusOfEnd, watchDeployment } from './watch.ts';

/** `lines with logs`: text with what the hooks print. `lines`: text as it happens. `one value`: nothing but one JSON value at the end. `JSON lines`: each picture as one line. */
export type FollowManner = 'lines with logs' | 'lines' | 'one value' | 'JSON lines';

export async function followDeployment(shell: Shell, client: Client, deploymentId: string, manner: FollowManner): Promise<void> {
  const signal = shell.around.interruption();
  const progress = manner === 'lines with logs' ? plainProgress(shell.around.out, shell.around.err) : manner === 'lines' ? shell.progress() : manner === 'JSON lines' ? shell.jsonProgress() : silentProgress;
  try {
    const logs = manner === 'lines with logs' ? printLogs(shell, client, deploymentId, signal) : null;
    const outcome = await watchDeployment(client, shell.around.clock, deploymentId, progress, signal);
    await logs;
    progress.end();
    const { end, last, rollback } = outcome;
    const json = {
      deploymentId,
      status: end,
      ...(spellChange(last) as object),
      rollback: rollback === null ? null : { deploymentId: rollback.last.deployment.deploymentId, status: rollback.end, ...(spellChange(rollback.last) as object) },
    };
    if (manner !== 'JSON lines') shell.print({ json: manner === 'one value' }, json, [outcomeSentence(outcome)]);
    if (end === 'Failed' && manner === 'lines') shell.remark(`All that its hooks printed: fairlead deployment logs ${deploymentId}`);
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

/** The output is extra: when it cannot be followed, the deployment still is. */
async function printLogs(shell: Shell, client: Client, deploymentId: string, signal: AbortSignal): Promise<void> {
  const linesOf = logLines();
  try {
    for await (const piece of followLogs(client, shell.around.clock, { deploymentId }, signal)) {
      shell.around.out.write(linesOf(piece).map((line) => `${line}\n`).join(''));
    }
  } catch (error) {
    if (!signal.aborted) shell.remark(`What the hooks print cannot be followed any more: ${error instanceof Error ? error.message : String(error)}`);
  }
}

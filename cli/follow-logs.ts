// Reads what hooks printed: what there is, or also what comes until the deployment has ended. A broken stream is picked up
// again after the last piece, so nothing is shown twice.

import type { Client } from './client.ts';
import { Refusal, exitStatus } from './refusal.ts';
import type { LogPiece } from '../protocol/model/log-piece.ts';
import { getDeployment } from '../protocol/operations/get-deployment.ts';
import { getDeploymentLogs } from '../protocol/operations/get-deployment-logs.ts';
import type { InputOf } from '../protocol/operations/operation.ts';
import type { Clock } from '../world/clock.ts';

export type LogQuestion = InputOf<typeof getDeploymentLogs>;

const longestAbsenceMs = 60_000;
const retryMs = 1_000;

/** All pieces that are there. */
export async function* readLogs(client: Client, question: LogQuestion): AsyncGenerator<LogPiece> {
  for (let after = question.after ?? 0; ; ) {
    const page = await client.call(getDeploymentLogs, { ...question, after });
    yield* page.pieces;
    if (!page.hasMore || page.nextAfter <= after) return;
    after = page.nextAfter;
  }
}

/** All pieces until the deployment has ended. Throws a Refusal when the server refuses or stays away for a minute. */
export async function* followLogs(client: Client, clock: Clock, question: LogQuestion, signal: AbortSignal): AsyncGenerator<LogPiece> {
  let after = question.after ?? 0;
  let heardAt = clock.monotonic();
  for (let hasAnswered = false; ; ) {
    try {
      for await (const page of client.followLogs({ ...question, after }, signal)) {
        hasAnswered = true;
        heardAt = clock.monotonic();
        after = page.nextAfter;
        yield* page.pieces;
      }
      // A server that goes down ends the stream as well.
      if (await hasEnded(client, question, after)) return;
    } catch (error) {
      const isAbsence = error instanceof Refusal && error.status === exitStatus.unreachable;
      if (!isAbsence || !hasAnswered || clock.monotonic() - heardAt > longestAbsenceMs) throw error;
    }
    await clock.sleep(retryMs, signal);
  }
}

async function hasEnded(client: Client, question: LogQuestion, after: number): Promise<boolean> {
  const { deploymentInfo } = await client.call(getDeployment, { deploymentId: question.deploymentId });
  if (!['Succeeded', 'Failed', 'Stopped'].includes(deploymentInfo.status ?? '')) return false;
  const page = await client.call(getDeploymentLogs, { ...question, after });
  return page.pieces.length === 0;
}

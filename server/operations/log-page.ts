// One page of a deployment's output, bounded in pieces and in characters.

import type { LogPage } from '../../protocol/model/log-piece.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import { endedStatuses } from '../deployer/load-snapshot.ts';
import { hasIncompleteLogs, readPieces } from '../store/logs.ts';
import type { Database } from '../store/store.ts';
import { requireDeployment } from './lookup.ts';
import { requireTargets } from './started-targets.ts';

const mostPieces = 100;
/** A page ends with the piece that reaches this. */
const enoughChars = 524_288;

/** Throws DeploymentDoesNotExistException, InvalidDeploymentTargetIdException, DeploymentTargetDoesNotExistException. */
export async function loadLogPage(db: Database, question: InputOf<typeof getDeploymentLogs>): Promise<LogPage> {
  const { deploymentId } = question;
  const { status } = await requireDeployment(db, deploymentId);
  const after = question.after ?? 0;
  const targetId = question.targetId === undefined ? undefined : (await requireTargets(db, deploymentId, [question.targetId]))[0]!.target_id;
  // Asked before the pieces: what is complete now is all there when they are read.
  const isWhole = endedStatuses.includes(status as (typeof endedStatuses)[number]) && !(await hasIncompleteLogs(db, deploymentId));
  const rows = await readPieces(db, deploymentId, { targetId, event: question.lifecycleEventName, after, limit: mostPieces + 1 });
  let chars = 0;
  const shown = rows.slice(0, mostPieces).filter(({ text }) => {
    const fits = chars < enoughChars;
    chars += text.length;
    return fits;
  });
  const hasMore = shown.length < rows.length;
  return {
    pieces: shown.map((row) => ({
      sequence: row.sequence,
      targetId: row.target_id,
      lifecycleEventName: row.event,
      attemptId: row.attempt_id,
      scriptIndex: row.script_index,
      restart: row.restart,
      stream: row.stream as 'stdout' | 'stderr',
      offset: Number(row.starts_at),
      length: Number(row.ends_at) - Number(row.starts_at),
      droppedBytes: row.droppedBytes,
      seenAt: Number(row.seen_at),
      text: row.text,
    })),
    nextAfter: shown.at(-1)?.sequence ?? after,
    hasMore,
    isComplete: isWhole && !hasMore,
  };
}

// OnFailure: when an event fails on this host, the scripts that the revision being deployed has for that run right after,
// within the same attempt. What failed is written down first: an agent that dies in between must neither try the event
// again nor forget how it ended. What OnFailure does never changes how the event is reported; it is a warning beside it.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { failedBy } from '../executors.ts';
import { JournalBroken } from '../journal.ts';
import { readAppSpec } from './read-app-spec.ts';
import { firstIndexes, runScripts } from './run-event.ts';
import type { RunEventParts } from './run-event.ts';

/** The executor, with the revision's OnFailure run when it fails or is interrupted; not when the server gave it up. */
export function withOnFailure(parts: RunEventParts, executor: Executor): Executor {
  return async (command, context) => {
    const recorded = await readRecord(parts, command);
    const ending = recorded ?? (await endingOfEvent(executor, command, context));
    if (ending.outcome !== 'Failed' && ending.outcome !== 'Interrupted') return ending;
    if (recorded === null && context.cancelled.aborted) return ending;
    try {
      const sentence = await runOnFailure(parts, command, context, ending, recorded !== null);
      return sentence === null ? ending : { ...ending, warnings: [sentence, ...ending.warnings] };
    } catch (error) {
      if (context.leaving.aborted || error instanceof JournalBroken) throw error;
      return { ...ending, warnings: [`OnFailure could not be run to its end: ${(error as Error).message}`, ...ending.warnings] };
    }
  };
}

/** What an executor throws is a failure of its event, unless it was asked to end. */
async function endingOfEvent(executor: Executor, command: RunEventCommand, context: AttemptContext): Promise<Ending> {
  try {
    return await executor(command, context);
  } catch (error) {
    if (context.leaving.aborted || context.cancelled.aborted || error instanceof JournalBroken) throw error;
    return failedBy(error);
  }
}

/** Null when the revision has nothing to run, is not here, or is none that the host's owner lets run. */
async function runOnFailure(parts: RunEventParts, command: RunEventCommand, context: AttemptContext, ending: Ending, isRecorded: boolean): Promise<string | null> {
  const { world, layout, gate } = parts;
  const folder = layout.deployment(command.deploymentGroupId, command.deploymentId).archive;
  if ((await world.files.list(folder)).length === 0 || (await gate.mayUse(command, command.deploymentId)) !== null) return null;
  const reading = await readAppSpec(world.files, folder, command.appSpecFilename, parts.limits?.appSpec);
  if (reading.kind === 'unusable' || gate.mayInstall(reading.appSpec, reading.warnings) !== null) return null;
  const scripts = reading.appSpec.hooks['OnFailure'] ?? [];
  if (scripts.length === 0) return null;
  if (!isRecorded) {
    await world.files.makeFolder(layout.hookAttempt(command.attemptId));
    await world.files.writeAtomically(recordOf(parts, command), Buffer.from(JSON.stringify(ending)));
  }
  context.log.info({}, `${command.event} failed; the revision's OnFailure begins.`);
  const chosen = { folder, name: 'revision being deployed', deploymentId: command.deploymentId, isCurrent: true };
  const { outcome, diagnostics, warnings } = await runScripts(parts, command, context, chosen, {
    event: 'OnFailure',
    scripts,
    firstIndex: firstIndexes.OnFailure,
    variables: { FAIRLEAD_FAILED_EVENT: command.event },
  });
  const how = outcome === 'Succeeded' ? 'ran and succeeded' : `ran and ended as ${outcome}: ${diagnostics.message}`;
  return [`OnFailure ${how}.`.replace(/\.\.$/, '.'), ...warnings].join(' ');
}

function recordOf({ layout }: RunEventParts, { attemptId }: RunEventCommand): string {
  return join(layout.hookAttempt(attemptId), 'failed.json');
}

async function readRecord(parts: RunEventParts, command: RunEventCommand): Promise<Ending | null> {
  const bytes = await parts.world.files.read(recordOf(parts, command));
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Ending);
}

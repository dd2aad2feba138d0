// Processes that survived SIGKILL (uninterruptible sleep, mostly a disk or a network file system that hangs). Nobody can end
// them, but nothing new of their application may begin beside them: what they hold may wake up at any time. Each is noted
// in a file before its event is reported, so that an agent that is restarted knows of it; a reboot ends them all.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { isStillThere } from '../../hooks/script-run.ts';
import type { StuckScript } from '../../hooks/script-run.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { unsuccessful } from '../executors.ts';

interface StuckNote extends StuckScript {
  readonly attemptId: string;
  readonly applicationName: string;
  readonly deploymentId: string;
  readonly event: string;
  readonly bootId: string;
}

export interface StuckParts {
  readonly world: World;
  readonly layout: ArchiveLayout;
}

const lookEveryMs = 2_000;
/** How long before the server's deadline the wait is given up, so that the reason gets there. */
const marginMs = 5_000;

/** Makes durable that a script of this attempt is stuck. */
export async function noteStuck({ world, layout }: StuckParts, command: RunEventCommand, script: StuckScript): Promise<void> {
  const { attemptId, applicationName, deploymentId, event } = command;
  const note: StuckNote = { ...script, attemptId, applicationName, deploymentId, event, bootId: await world.processes.bootId() };
  await world.files.makeFolder(folderOf(layout));
  await world.files.writeAtomically(join(folderOf(layout), `${attemptId}.json`), Buffer.from(JSON.stringify(note)));
}

/** The executor, held back while a process of an earlier event of its application is stuck. */
export function holdWhileStuck(parts: StuckParts, executor: Executor): Executor {
  return async (command, context) => {
    // Scripts of its own are under way already: they are watched, not begun.
    if (context.scriptStarts.length > 0) return executor(command, context);
    const { clock } = parts.world;
    const begunAt = clock.monotonic();
    const giveUpAt = begunAt + Math.max(command.timeoutMs - marginMs, command.timeoutMs / 2);
    for (let looks = 0; ; looks += 1) {
      const note = await findStuck(parts, command);
      if (note === null) {
        context.held?.(null);
        const ending = await executor(command, context);
        return looks === 0 ? ending : { ...ending, warnings: [`${command.event} waited ${Math.round((clock.monotonic() - begunAt) / 1_000)} s in all, at first for a stuck process of an earlier event.`, ...ending.warnings] };
      }
      const sentence = wordsFor(command, note);
      context.held?.({ kind: 'StuckProcess', deploymentId: note.deploymentId, event: note.event });
      if (looks === 0) context.log.warn({ pid: note.leader?.pid ?? null }, sentence);
      const end = await waitOrEnd(context, sentence, giveUpAt - clock.monotonic(), parts.world);
      if (end !== null) return end;
    }
  };
}

async function waitOrEnd({ cancelled, leaving }: AttemptContext, sentence: string, leftMs: number, { clock }: World): Promise<Ending | null> {
  if (leftMs <= 0) return unsuccessful('Failed', `${sentence} It did not go in time; nothing was changed. Find what it waits for, or restart the host, and deploy again.`);
  await clock.sleep(Math.min(lookEveryMs, leftMs), AbortSignal.any([cancelled, leaving])).catch(() => undefined);
  leaving.throwIfAborted();
  return cancelled.aborted ? unsuccessful('Cancelled', `${sentence} Then the server gave it up; nothing was changed.`) : null;
}

/** One that is still there; notes of those that are gone are removed. The attempt's own are not in its way. */
async function findStuck({ world, layout }: StuckParts, command: RunEventCommand): Promise<StuckNote | null> {
  const { files } = world;
  for (const name of await files.list(folderOf(layout))) {
    const path = join(folderOf(layout), name);
    const bytes = name.endsWith('.json') ? await files.read(path) : null;
    if (bytes === null) continue;
    const note = JSON.parse(Buffer.from(bytes).toString('utf8')) as StuckNote;
    if (note.applicationName !== command.applicationName || note.attemptId === command.attemptId) continue;
    if (note.bootId === (await world.processes.bootId()) && (await isStillThere(world, note))) return note;
    await files.remove(path);
  }
  return null;
}

function wordsFor({ event, applicationName }: RunEventCommand, note: StuckNote): string {
  const process = note.leader === null ? 'a process' : `process ${note.leader.pid}`;
  return `${event} waits: ${process} of ${note.event} of ${note.deploymentId} is stuck, it survived SIGKILL, and until it is gone nothing new of ${applicationName} begins on this host.`;
}

function folderOf(layout: ArchiveLayout): string {
  return join(layout.dataFolder, 'stuck');
}

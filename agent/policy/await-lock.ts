// The lock file: while it exists no new deployment begins on this host. The first event of a deployment waits for it to go,
// and says so; a deployment that has begun goes on, also when the agent is restarted in between, hence the marks.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { unsuccessful } from '../executors.ts';
import type { HostPolicy } from './policy.ts';
import { violation } from './policy.ts';

/** The events with which a deployment begins to change a host. */
const beginnings = ['ApplicationStop', 'DownloadBundle'];
const lookEveryMs = 1_000;
/** How long before the server's deadline the wait is given up, so that the reason gets there. */
const marginMs = 5_000;

export interface Begun {
  /** The executor, held back by the lock file. */
  hold(executor: Executor): Executor;
  /** The deployment has ended: it may be forgotten. */
  forget(deploymentId: string): Promise<void>;
}

export function holdByLockFile(policy: HostPolicy, { files, clock }: Pick<World, 'files' | 'clock'>, dataFolder: string): Begun {
  const { lockFile } = policy;
  if (lockFile === null) return { hold: (executor) => executor, forget: () => Promise.resolve() };
  const marks = join(dataFolder, 'begun');
  const isLocked = async (): Promise<boolean> => (await files.size(lockFile)) !== null;

  /** Null once the deployment may begin; else how the event ends without it. */
  async function awaitUnlocked(lockedBy: string, { event, deploymentId, timeoutMs }: RunEventCommand, context: AttemptContext, waited: { ms: number | null }): Promise<Ending | null> {
    const { cancelled, leaving, log } = context;
    const begunAt = clock.monotonic();
    const giveUpAt = begunAt + Math.max(timeoutMs - marginMs, timeoutMs / 2);
    for (let looks = 0; await isLocked(); looks += 1) {
      context.held?.({ kind: 'LockFile', path: lockedBy.replaceAll(/\p{Cc}/gu, '?').slice(0, 4096) });
      if (looks === 0) log.info({}, `${event} of ${deploymentId} waits: ${lockFile} exists, and while it does no new deployment begins here (lock_file in ${policy.file}).`);
      const leftMs = giveUpAt - clock.monotonic();
      if (leftMs <= 0) {
        return unsuccessful('Failed', violation(policy, 'lock_file', `${lockFile} has been there for ${seconds(clock.monotonic() - begunAt)} s, and while it is no new deployment begins on this host. Nothing was changed. Deploy again when it is gone.`));
      }
      await clock.sleep(Math.min(lookEveryMs, leftMs), AbortSignal.any([cancelled, leaving])).catch(() => undefined);
      waited.ms = clock.monotonic() - begunAt;
      if (cancelled.aborted || leaving.aborted) {
        return unsuccessful('Cancelled', `${event} was waiting for ${lockFile} to go (lock_file in ${policy.file}) when the server gave it up. Nothing was changed.`);
      }
    }
    return null;
  }

  return {
    hold: (executor) => async (command, context) => {
      const { event, deploymentId } = command;
      if (!beginnings.includes(event)) return executor(command, context);
      const mark = join(marks, deploymentId);
      const hasBegun = context.scriptStarts.length > 0 || (await files.size(mark)) !== null;
      const waited: { ms: number | null } = { ms: null };
      if (!hasBegun) {
        const ending = await awaitUnlocked(lockFile, command, context, waited);
        context.held?.(null);
        if (ending !== null) return ending;
        await files.makeFolder(marks);
        await files.createExclusively(mark, Buffer.from('\n'));
      }
      const ending = await executor(command, context);
      if (waited.ms === null) return ending;
      return { ...ending, warnings: [`${event} waited ${seconds(waited.ms)} s for ${lockFile} to go (lock_file in ${policy.file}).`, ...ending.warnings] };
    },
    forget: (deploymentId) => files.remove(join(marks, deploymentId)),
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}

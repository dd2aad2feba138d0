// How a script ended, in CodeDeploy's codes and in a sentence for whoever has to mend it.

import type { HookScript } from './appspec/appspec.ts';
import type { EventResult, HookErrorCode, HookOutcome } from './event-run.ts';
import type { InterruptionCause, ScriptEnd, StuckScript } from './script-run.ts';
import { nameSignal } from './signal-names.ts';

export type Failure = Omit<EventResult, 'logTail' | 'warnings'>;

/** CodeDeploy's diagnostics for how a script ended; null when the event goes on. */
export function judge(script: HookScript, end: ScriptEnd): Failure | null {
  const at = `Script at specified location: ${script.location}`;
  const asUser = script.runas === null || script.runas === '' ? '' : ` run as user ${script.runas}`;
  const failure = (outcome: HookOutcome, errorCode: HookErrorCode, message: string): Failure => ({ outcome, errorCode, scriptName: script.location, message });
  switch (end.kind) {
    case 'exited': {
      if (end.isNotExecutable) return refuse(script, 'ScriptNotExecutable', `Unable to set script at specified location: ${script.location} as executable. Give it the executable bit in the bundle.`);
      if (end.exit.kind === 'code' && end.exit.code === 0) return null;
      if (end.exit.kind === 'code') return failure({ kind: 'failed', exitCode: end.exit.code, signal: null }, 'ScriptFailed', `${at}${asUser} failed with exit code ${end.exit.code}`);
      const signal = nameSignal(end.exit.signal);
      return failure({ kind: 'failed', exitCode: null, signal }, 'ScriptFailed', `${at}${asUser} failed: it was ended by ${signal}`);
    }
    case 'timed_out':
      return { ...failure({ kind: 'timed_out', isStuck: end.isStuck }, 'ScriptTimedOut', `${at} failed to complete in ${script.timeoutSeconds} seconds${stuck(end.isStuck)}`), ...stuckOf(end) };
    case 'cancelled':
      return { ...failure({ kind: 'cancelled', isStuck: end.isStuck }, 'UnknownError', `${at} was cancelled${stuck(end.isStuck)}`), ...stuckOf(end) };
    case 'interrupted': {
      const ending = script.restartable ? 'It is restartable, but is not started again now' : 'It was not run again';
      return failure({ kind: 'interrupted', cause: end.cause }, 'UnknownError', `${at} was interrupted: ${reasonOf(end.cause)} before it wrote an exit status. ${ending}; deploy again when the host is ready.`);
    }
    case 'not_started':
      return refuse(script, 'UnknownError', `${at} could not be started: its supervisor ended at once. Check that /bin/sh and util-linux's setsid are installed and that the state folder is on a disk with room.`);
    default:
      return end satisfies never;
  }
}

/** As the middle of a sentence. */
export function reasonOf(cause: InterruptionCause): string {
  return cause === 'host_rebooted' ? 'the host was restarted' : 'its processes were ended from outside';
}

function stuckOf({ stuck: script }: { readonly stuck?: StuckScript }): { readonly stuck?: StuckScript } {
  return script === undefined ? {} : { stuck: script };
}

function stuck(isStuck: boolean): string {
  return isStuck ? '; it is stuck: a process of it survived SIGKILL, look for one in state D on the host. Until it is gone, no new event of the application is begun here' : '';
}

/** A failure of a script that was not run. */
export function refuse(script: HookScript, errorCode: HookErrorCode, message: string): Failure {
  return { outcome: { kind: 'failed', exitCode: null, signal: null }, errorCode, scriptName: script.location, message };
}

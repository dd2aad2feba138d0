// Whether a command has nothing to do on this host; such an event costs no process. Pure.

import type { AppSpec } from './appspec/appspec.ts';

/**
 * `hooks` are those of the AppSpec the event would use, or null when no such revision is recorded here.
 * DownloadBundle and Install always do something; a command nobody knows has no scripts.
 */
export function isNoop(command: string, hooks: AppSpec['hooks'] | null): boolean {
  if (command === 'DownloadBundle' || command === 'Install') return false;
  if (hooks === null || !Object.hasOwn(hooks, command)) return true;
  return (hooks[command]?.length ?? 0) === 0;
}

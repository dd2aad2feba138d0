// How a script is executed as another user: always an argument vector, never a shell string, so that no name or path can
// be read as a command. Pure; who we are and whether the user exists is found out by the caller.

import type { HookScript } from './appspec/appspec.ts';

export interface RunAsFacts {
  /** Absolute path of the script. */
  readonly path: string;
  readonly isRoot: boolean;
  /** Name of the user the agent runs as. */
  readonly currentUser: string;
  /** Does the host know the user in `runas`? */
  readonly isUserKnown: boolean;
  /** The host owner's list, or null for any. */
  readonly allowedUsers: readonly string[] | null;
}

export type RunAsPlan = { readonly kind: 'command'; readonly command: readonly string[] } | { readonly kind: 'refused'; readonly sentence: string };

/** What to execute, or why not. `runuser -u` keeps the user's supplementary groups and needs no login shell. */
export function planRunAs(script: Pick<HookScript, 'location' | 'runas' | 'sudo'>, facts: RunAsFacts): RunAsPlan {
  const user = script.runas === '' ? null : script.runas;
  if (user === null && !script.sudo) return { kind: 'command', command: [facts.path] };
  const becomes = user ?? 'root';
  if (facts.allowedUsers !== null && !facts.allowedUsers.includes(becomes)) {
    return refuse(script, becomes, `which this host's policy does not allow. Use one of ${facts.allowedUsers.join(', ') || '(no user is allowed)'}, or extend the agent's list of allowed run-as users`);
  }
  if (!facts.isUserKnown) return refuse(script, becomes, 'a user this host does not know. Create the user or correct runas');
  if (becomes === facts.currentUser) return { kind: 'command', command: [facts.path] };
  if (facts.isRoot) return { kind: 'command', command: ['runuser', '-u', becomes, '--', facts.path] };
  if (script.sudo) return { kind: 'command', command: ['sudo', '-n', '-u', becomes, '--', facts.path] };
  return refuse(script, becomes, `but the agent runs as ${facts.currentUser}, which cannot become another user. Run the agent as root, or remove runas`);
}

/** Names as the host's tools take them; keeps options and colons away from their argument lists. */
export function isUserName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.@-]{0,255}\$?$/.test(name);
}

function refuse(script: Pick<HookScript, 'location'>, user: string, because: string): RunAsPlan {
  return { kind: 'refused', sentence: `Script at specified location: ${script.location} is to run as user ${user}, ${because}.` };
}

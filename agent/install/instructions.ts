// The closed list of what an Install does to the host, in the words of the original's `-install.json`, which is written in
// the same form so that tools that read it go on working.

import type { SecurityContext } from '../../hooks/appspec/appspec.ts';

/** `place` is where the object really goes, links in its path resolved; the other paths are as the AppSpec says. */
export type Instruction =
  | { readonly kind: 'mkdir'; readonly directory: string; readonly place: string }
  | { readonly kind: 'copy'; readonly source: string; readonly destination: string; readonly place: string; readonly modifiedAt: number; readonly bytes: number }
  /** A symbolic link of the bundle, made again with the same target. */
  | { readonly kind: 'link'; readonly source: string; readonly destination: string; readonly place: string; readonly target: string }
  | { readonly kind: 'chmod'; readonly mode: string; readonly file: string; readonly place: string }
  | { readonly kind: 'setfacl'; readonly acl: readonly string[]; readonly file: string; readonly place: string }
  | { readonly kind: 'semanage'; readonly context: SecurityContext; readonly file: string; readonly place: string }
  /** Ids are null where the rule leaves the owner or the group alone. */
  | { readonly kind: 'chown'; readonly owner: string | null; readonly group: string | null; readonly uid: number | null; readonly gid: number | null; readonly file: string; readonly place: string };

/** The text of `-install.json`. */
export const renderInstructions = (instructions: readonly Instruction[]): string => `${JSON.stringify({ instructions: instructions.map(asOriginal) })}\n`;

const asOriginal = (instruction: Instruction): object => {
  switch (instruction.kind) {
    case 'mkdir': return { type: 'mkdir', directory: instruction.directory };
    case 'copy':
    case 'link': return { type: 'copy', source: instruction.source, destination: instruction.destination };
    case 'chmod': return { type: 'chmod', mode: instruction.mode, file: instruction.file };
    case 'setfacl': return { type: 'setfacl', acl: instruction.acl, file: instruction.file };
    case 'semanage': return { type: 'semanage', context: instruction.context, file: instruction.file };
    case 'chown': return { type: 'chown', owner: instruction.owner, group: instruction.group, file: instruction.file };
  }
};

// The permission part of the plan: which object gets which mode, ACL, SELinux context and owner, in the original's order.
// Only objects that this deployment makes are ever touched. Links are not followed: a link's own owner may change, its mode
// and ACL do not exist.
//
// Setuid and `owner` in one rule: the original changes the mode first and the owner after it, which makes the kernel clear
// setuid and setgid on files. That order is kept, so a bundle does not gain a privilege here that it never had there, and a
// warning says so.

import type { PermissionRule } from '../../hooks/appspec/appspec.ts';
import type { Accounts } from './accounts.ts';
import { chooseDestination } from './destination.ts';
import type { Instruction } from './instructions.ts';
import { matchesBelow } from './match-permissions.ts';
import type { Made } from './plan.ts';
import { refuseInstall } from './refusal.ts';
import type { Survey } from './survey.ts';

interface Input {
  readonly rules: readonly PermissionRule[];
  readonly made: Made;
  readonly accounts: Accounts;
  readonly root: string | null;
  readonly isFolder: (place: string) => boolean;
  readonly survey: Survey;
  readonly warnings: string[];
}

interface Object { readonly path: string; readonly place: string; readonly kind: 'file' | 'link' | 'folder' }

/** Plans all permission rules. Refuses contradictory ones. */
export const planPermissions = ({ rules, made, accounts, root, isFolder, survey, warnings }: Input): readonly Instruction[] => {
  const files = new Map<string, Object>();
  for (const made1 of made.files.values()) files.set(made1.destination, { path: made1.destination, place: made1.place, kind: made1.kind === 'link' ? 'link' : 'file' });
  const folders = new Map<string, Object>();
  for (const made1 of made.folders.values()) folders.set(made1.directory, { path: made1.directory, place: made1.place, kind: 'folder' });

  const instructions: Instruction[] = [];
  const taken = new Map<string, string>();
  for (const rule of rules) {
    const object = chooseDestination(rule.object, root, warnings);
    const matches = matchesOf(rule, object, files, folders, () => isFolder(survey.place(object)));
    if (matches === null) {
      warnings.push(`the permissions for ${JSON.stringify(rule.object)} have no effect: this deployment installs nothing there`);
      continue;
    }
    if (matches.length === 0) warnings.push(`the permissions for ${JSON.stringify(rule.object)} have no effect: nothing that this deployment installs matches`);
    for (const match of matches) {
      const other = taken.get(match.place);
      if (other !== undefined) refuseInstall('permission_twice', `${match.path} is matched by two permission entries, for ${JSON.stringify(other)} and for ${JSON.stringify(rule.object)}; make their patterns disjoint`);
      taken.set(match.place, rule.object);
      instructions.push(...instructionsFor(rule, match, accounts, survey, warnings));
    }
  }
  return instructions;
};

// Null: the object is nothing this rule could be about.
const matchesOf = (rule: PermissionRule, object: string, files: ReadonlyMap<string, Object>, folders: ReadonlyMap<string, Object>, isFolder: () => boolean): readonly Object[] | null => {
  const file = files.get(object);
  if (file !== undefined) {
    if (!rule.type.includes('file')) return [];
    if (rule.pattern !== '**' || rule.except.length > 0) refuseInstall('permission_on_file', `the permissions for the file ${object} have a pattern or exceptions; those are for folders`);
    return [file];
  }
  if (!folders.has(object) && !isFolder()) return null;
  return [
    ...(rule.type.includes('file') ? [...files.values()] : []),
    ...(rule.type.includes('directory') ? [...folders.values()] : []),
  ].filter(({ path }) => matchesBelow(rule, object, path));
};

const instructionsFor = (rule: PermissionRule, { path: file, place, kind }: Object, accounts: Accounts, survey: Survey, warnings: string[]): readonly Instruction[] => {
  const instructions: Instruction[] = [];
  if (rule.mode !== null && kind !== 'link') instructions.push({ kind: 'chmod', mode: rule.mode, file, place });
  if (rule.acls !== null && kind !== 'link') {
    if (kind === 'file' && rule.acls.some((entry) => entry.startsWith('default:'))) refuseInstall('default_acl_on_file', `${file} is a file; a default ACL is for folders only. Add "type: [directory]" to the entry for ${JSON.stringify(rule.object)}`);
    instructions.push({ kind: 'setfacl', acl: rule.acls, file, place });
  }
  if (rule.context !== null) instructions.push({ kind: 'semanage', context: rule.context, file, place });
  if (rule.owner !== null || rule.group !== null) {
    const uid = rule.owner === null ? null : (accounts.users.get(rule.owner) ?? refuseInstall('unknown_owner', `there is no user ${JSON.stringify(rule.owner)} on this host (wanted as owner of ${file}); numeric ids are not accepted`));
    const gid = rule.group === null ? null : (accounts.groups.get(rule.group) ?? refuseInstall('unknown_group', `there is no group ${JSON.stringify(rule.group)} on this host (wanted for ${file}); numeric ids are not accepted`));
    if (uid !== null && survey.ownUid !== null && survey.ownUid !== 0 && uid !== survey.ownUid) refuseInstall('needs_root', `${file} is to belong to ${JSON.stringify(rule.owner)}, which needs an agent that runs as root`);
    if (kind === 'file' && rule.mode !== null && rule.mode.length === 4 && (parseInt(rule.mode, 8) & 0o6000) !== 0) warnings.push(`${file} loses the setuid and setgid bits of mode ${rule.mode} because the same entry sets its owner or group, as in CodeDeploy`);
    instructions.push({ kind: 'chown', owner: rule.owner, group: rule.group, uid, gid, file, place });
  }
  return instructions;
};

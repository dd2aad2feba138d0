// What the policy says to an AppSpec, before anything is installed. Links on the host may still lead elsewhere than a path
// says: where files really go is looked at once more when the Install is planned (./check-places.ts). Pure.

import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import { chooseDestination } from '../install/destination.ts';
import { show, violation } from './policy.ts';
import type { HostPolicy } from './policy.ts';

/** Null when the policy allows the AppSpec; else the first violation. `warnings` are those of reading it. */
export function checkAppSpec(policy: HostPolicy, appSpec: AppSpec, warnings: readonly string[]): string | null {
  return checkWarnings(policy, warnings) ?? checkUsers(policy, appSpec) ?? checkDestinations(policy, appSpec) ?? checkModes(policy, appSpec);
}

/** Under `strict` what would be a warning is a violation. */
export function checkWarnings(policy: HostPolicy, warnings: readonly string[]): string | null {
  if (!policy.isStrict || warnings.length === 0) return null;
  const more = warnings.length > 5 ? ` (and ${warnings.length - 5} more)` : '';
  return violation(policy, 'strict', `${warnings.slice(0, 5).join(' ')}${more}`);
}

/** Is this absolute, normal path one of the prefixes or below one? By whole names: /srv/app does not cover /srv/app2. */
export function isBelow(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`) || prefix === '');
}

function checkUsers(policy: HostPolicy, appSpec: AppSpec): string | null {
  const { allowedUsers } = policy;
  if (allowedUsers === null) return null;
  for (const [event, scripts] of Object.entries(appSpec.hooks)) {
    for (const { location, runas, sudo } of scripts) {
      const user = runas === null || runas === '' ? (sudo ? 'root' : null) : runas;
      if (user !== null && !allowedUsers.includes(user)) {
        return violation(policy, 'allowed_users', `the script ${show(location)} of ${event} is to run as ${show(user)}; allowed ${allowedUsers.length === 0 ? 'is no user' : `are ${allowedUsers.join(', ')}`}.`);
      }
    }
  }
  return null;
}

function checkDestinations(policy: HostPolicy, { files, permissions, releases }: AppSpec): string | null {
  const { allowedDestinations } = policy;
  if (allowedDestinations === null) return null;
  const wanted = [
    ...files.map(({ destination }, index) => ({ key: `files[${index}].destination`, path: destination })),
    ...permissions.map(({ object }, index) => ({ key: `permissions[${index}].object`, path: object })),
    ...(releases === null ? [] : [{ key: 'releases.folder', path: releases.folder }, { key: 'releases.current', path: releases.current }]),
  ];
  const outside = wanted.find(({ path }) => !isBelow(allowedDestinations, chooseDestination(path.replaceAll('\0', ''), null, [])));
  if (outside === undefined) return null;
  return violation(policy, 'allowed_destinations', `${outside.key} is ${show(outside.path)}; allowed ${namePrefixes(allowedDestinations)}.`);
}

export function namePrefixes(prefixes: readonly string[]): string {
  return prefixes.length === 0 ? 'is no folder' : `are ${prefixes.map((prefix) => prefix || '/').join(', ')}`;
}

const setuidBits = 0o6000;

function checkModes(policy: HostPolicy, { permissions }: AppSpec): string | null {
  if (!policy.forbidsSetuid) return null;
  const index = permissions.findIndex(({ mode }) => mode !== null && (Number.parseInt(mode, 8) & setuidBits) !== 0);
  if (index === -1) return null;
  return violation(policy, 'forbid_setuid', `permissions[${index}].mode is ${permissions[index]!.mode}, which sets the setuid or setgid bit of ${show(permissions[index]!.object)}.`);
}

// What a deployment group hands to its hooks as environment variables: parameters, which everybody may read, and secrets,
// which nobody reads back. Ours, not CodeDeploy's. What a name may be is asked by controller and agent alike: a
// controller in the wrong hands must not choose what shell, loader or interpreter a root hook runs with.

import Type, { type Static } from 'typebox';

export const Parameter = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'Name of the environment variable: letters, digits and _, no digit first.' }),
  value: Type.String({ maxLength: 4096 }),
});
export type Parameter = Static<typeof Parameter>;

export const mostParameters = 100;
/** Of all names and values together, secrets included. */
export const mostParameterBytes = 16 * 1024;

const ownNames = /^(LIFECYCLE_EVENT|DEPLOYMENT_ID|APPLICATION_NAME|DEPLOYMENT_GROUP_NAME|DEPLOYMENT_GROUP_ID|BUNDLE_.*|FAIRLEAD_.*)$/;
const powerfulNames =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|IFS|ENV|CDPATH|GLOBIGNORE|SHELLOPTS|BASHOPTS|PS[0-9]|PROMPT_COMMAND|UID|EUID|PPID|TMPDIR|GCONV_PATH|LOCPATH|MALLOC_.*|GLIBC_.*|BASH_.*|LD_.*|DYLD_.*|NODE_.*|PYTHON.*|PERL5.*|RUBY.*|GEM_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|GIT_.*|SSH_.*|XDG_.*|DBUS_.*|NOTIFY_SOCKET|LISTEN_.*|WATCHDOG_.*)$/;

/** Why a group may not set the variable, as a sentence; null when it may. */
export function whyNotParameter(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name)) return `${JSON.stringify(name.slice(0, 100))} is no name for a parameter: use letters, digits and _, no digit first, up to 100.`;
  if (ownNames.test(name)) return `${name} is set by the agent itself; choose another name.`;
  return powerfulNames.test(name) ? `${name} decides how programs run, so a deployment group may not set it. Set it in the hook, or in hook_environment on the host.` : null;
}

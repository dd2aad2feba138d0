// Why an Install is refused before it has changed anything. Travels as an exception inside the room and becomes a typed
// outcome in install.ts.

export type InstallRefusalCode =
  | 'file_exists' | 'folder_over_file' | 'link_in_the_way' | 'source_missing' | 'source_outside_bundle' | 'destination_outside_root' | 'duplicate_destination'
  | 'permission_twice' | 'permission_on_file' | 'default_acl_on_file' | 'unknown_owner' | 'unknown_group' | 'needs_root' | 'missing_tool' | 'no_space' | 'bad_destination' | 'forbidden_by_policy';

export class InstallRefused extends Error {
  override readonly name = 'InstallRefused';
  readonly code: InstallRefusalCode;
  constructor(code: InstallRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws a refusal. */
export const refuseInstall = (code: InstallRefusalCode, message: string): never => {
  throw new InstallRefused(code, message);
};

// The one place where access is decided, for operations and for the routes beside them. The role is asked before the
// input is even checked, the scope after, when the input means something.

import type { OwnBuckets } from '../revisions/buckets.ts';
import type { Database } from '../store/store.ts';
import { type Access, denied, isAtLeast, isInScope } from './access.ts';
import { permissionFor, type Permission } from './permissions.ts';
import { type Given, ownKeysIn } from './reach.ts';

export interface Authorize {
  /** Throws AccessDeniedException unless the key's role may do `name` at all. */
  role(name: string, access: Access): void;
  /** Throws AccessDeniedException when the input reaches beyond the key's scope. */
  scope(name: string, given: Given, access: Access): Promise<void>;
  /** The applications that the input touches, as far as they are known. */
  applications(name: string, given: Given): Promise<readonly string[]>;
}

export function makeAuthorize(db: Database, buckets: OwnBuckets): Authorize {
  return {
    role(name, access) {
      const { role } = entryOf(name);
      if (!isAtLeast(access.role, role)) {
        throw denied(`${name} takes an access key with the role ${role}; this one's is ${access.role}.`);
      }
    },
    async scope(name, given, access) {
      const { reach } = entryOf(name);
      if (access.applications === null || reach.kind === 'shared') return;
      const scope = `this access key is for ${access.applications.length === 1 ? 'the application' : 'the applications'} ${access.applications.join(', ')} alone`;
      if (reach.kind === 'controller') throw denied(`${name} concerns the whole controller, and ${scope}.`);
      const touched = await reach.of(given, db);
      if (touched.length === 0 && reach.kind !== 'list') throw denied(`${name} names no application, and ${scope}.`);
      // What is unknown and what is another's look alike.
      if (!touched.every((application) => application !== null && isInScope(access, application))) throw denied(`${name} reaches beyond the scope: ${scope}.`);
      const foreign = ownKeysIn(given, buckets).find((key) => !isOwnKey(access, key));
      if (foreign !== undefined) throw denied(`The key ${foreign.slice(0, 200)} is below none of its applications' names: ${scope}.`);
    },
    async applications(name, given) {
      const { reach } = entryOf(name);
      if (reach.kind === 'shared' || reach.kind === 'controller') return [];
      return (await reach.of(given, db)).filter((application) => application !== null);
    },
  };
}

/**
 * Whether a key in the controller's own buckets is the caller's: for an access key with a scope, those below the name of
 * one of its applications (`web/…`), which is also where the controller puts bundles that are given no key.
 */
export function isOwnKey(access: Access, key: string): boolean {
  return access.applications === null || access.applications.some((application) => key.startsWith(`${application}/`));
}

function entryOf(name: string): Permission {
  const permission = permissionFor(name);
  if (permission === null) throw denied(`Nobody may do ${name}: it is not in the table of permissions.`);
  return permission;
}

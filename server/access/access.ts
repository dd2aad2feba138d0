// What a caller may do: the role of his access key and the applications it is for. It travels with every request.

import { Failure } from '../../protocol/errors.ts';
import { roles, type Role } from '../../protocol/model/access-key.ts';

export interface Access {
  readonly role: Role;
  /** Names of applications; null: all of them, and what belongs to none. */
  readonly applications: readonly string[] | null;
}

/** What the administrator's key may: everything. */
export const fullAccess: Access = { role: 'admin', applications: null };

/** Whether `role` may do what `least` may. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

export function isInScope({ applications }: Access, applicationName: string): boolean {
  return applications === null || applications.includes(applicationName);
}

export function denied(sentence: string): Failure {
  return new Failure('AccessDeniedException', sentence);
}

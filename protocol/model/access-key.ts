// Access keys as the API shows them: what they may do (a role), where (applications), and never their secret.

import Type from 'typebox';
import { ApplicationName } from './names.ts';
import { InstantType } from './timestamp.ts';

/** From the least to the most: each may do what those before it may. */
export const roles = ['viewer', 'deployer', 'admin'] as const;

export type Role = (typeof roles)[number];

export const RoleName = Type.Enum([...roles], {
  type: 'string',
  description: 'viewer reads; deployer also registers revisions, creates and stops deployments; admin does everything.',
});

export const Scope = Type.Array(ApplicationName, {
  maxItems: 100,
  description: 'The applications the key is for, by name; all of them, and the whole controller, when not given or empty.',
});

export const AccessKeyId = Type.String({ maxLength: 128, description: 'The id of an access key.' });

export const AccessKeyDescription = Type.String({ maxLength: 256, description: 'What the key is for.' });

export const AccessKeySummary = Type.Object({
  accessKeyId: Type.String(),
  description: Type.String(),
  role: RoleName,
  applications: Type.Optional(Scope),
  createdAt: InstantType,
  createdBy: Type.Optional(Type.String({ description: 'The access key that made it; absent for the administrator key of the first start.' })),
  expiresAt: Type.Optional(InstantType),
  lastUsedAt: Type.Optional(InstantType),
  revokedAt: Type.Optional(InstantType),
});

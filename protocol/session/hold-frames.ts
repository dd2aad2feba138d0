// What holds attempts back on a host, said by its agent whenever it changes: always all of them, so that a frame that is lost
// with its connection is made good by the next. Sent only to a server whose welcome says that it takes them.

import Type, { type Static } from 'typebox';
import { HostHold } from '../model/host-hold.ts';

const id = Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' });

/** More than that are not told. */
export const mostHolds = 100;

export const HeldAttempt = Type.Object({ attemptId: id, deploymentId: id, hold: HostHold });
export type HeldAttempt = Static<typeof HeldAttempt>;

export const HoldsFrame = Type.Object({ kind: Type.Literal('holds'), holds: Type.Array(HeldAttempt, { maxItems: mostHolds }) });
export type HoldsFrame = Static<typeof HoldsFrame>;

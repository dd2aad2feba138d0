// One lifecycle event of one target: its status, times and diagnostics.

import Type, { type Static } from 'typebox';
import { EarlierAttempt, HeldFailure } from './guided-failure.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const LifecycleErrorCode = word(['Success', 'ScriptMissing', 'ScriptNotExecutable', 'ScriptTimedOut', 'ScriptFailed', 'UnknownError']);
export type LifecycleErrorCode = Static<typeof LifecycleErrorCode>;

export const Diagnostics = Type.Object({
  errorCode: LifecycleErrorCode,
  scriptName: Type.String(),
  message: Type.String(),
  logTail: Type.String(),
});
export type Diagnostics = Static<typeof Diagnostics>;

export const LifecycleEventStatus = word(['Pending', 'InProgress', 'Succeeded', 'Failed', 'Skipped', 'Unknown']);
export type LifecycleEventStatus = Static<typeof LifecycleEventStatus>;

export const LifecycleEvent = Type.Object({
  lifecycleEventName: Type.String(),
  diagnostics: Type.Optional(Diagnostics),
  startTime: Type.Optional(InstantType),
  endTime: Type.Optional(InstantType),
  status: LifecycleEventStatus,
  /** Where the group asks for a decision about targets that fail: the question, and the attempts before this one. Ours. */
  heldFailure: Type.Optional(HeldFailure),
  earlierAttempts: Type.Optional(Type.Array(EarlierAttempt)),
});
export type LifecycleEvent = Static<typeof LifecycleEvent>;

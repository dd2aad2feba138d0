// A piece of what a hook's script printed, as the controller kept it.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const LogPiece = Type.Object({
  sequence: Type.Integer({ description: 'Order of arrival within the deployment. Ask for what comes after it.' }),
  targetId: Type.String(),
  lifecycleEventName: Type.String(),
  attemptId: Type.String({ description: 'Which attempt at the event. Each has its scripts anew.' }),
  scriptIndex: Type.Integer({ description: 'Which script of the event, from 0; those of AfterRollback count from 10000, of OnFailure from 20000.' }),
  restart: Type.Integer({ description: '0, or which time the script was started again: its offsets begin anew.' }),
  stream: word(['stdout', 'stderr']),
  offset: Type.Integer({ description: 'Where it begins in the stream, in bytes as the script wrote them.' }),
  length: Type.Integer({ description: 'How many of these bytes it stands for.' }),
  droppedBytes: Type.Integer({ description: 'How many bytes right before it were not kept.' }),
  seenAt: InstantType,
  text: Type.String({ description: 'Whole lines, separated by line feeds. Other control characters but the tab were taken out on the host.' }),
});
export type LogPiece = Static<typeof LogPiece>;

/** Some of a deployment's output, and where to go on. */
export const LogPage = Type.Object({
  pieces: Type.Array(LogPiece),
  nextAfter: Type.Integer({ description: 'Ask with this as after for what follows.' }),
  hasMore: Type.Boolean({ description: 'Whether more is there already.' }),
  isComplete: Type.Boolean({ description: 'Whether nothing will follow: the deployment has ended and its output has arrived.' }),
});
export type LogPage = Static<typeof LogPage>;

// Why an agent has not begun an event that it has taken: something on its host is in the way. Its agent alone knows, and
// says so for as long as it is so; nothing of it is kept.

import Type, { type Static } from 'typebox';

const id = '^[A-Za-z0-9-]{1,64}$';
const word = '^[A-Za-z]{1,64}$';
/** It is shown as it is. */
const printable = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

export const HostHold = Type.Union([
  Type.Object({
    kind: Type.Literal('ApplicationBusy'),
    deploymentId: Type.String({ pattern: id, description: 'The deployment of the same application whose event goes first on that host.' }),
    event: Type.String({ pattern: word, description: 'That event.' }),
  }),
  Type.Object({ kind: Type.Literal('HostBusy'), running: Type.Integer({ minimum: 0, description: 'So many applications have events under way on that host, which takes no more at a time (max_applications).' }) }),
  Type.Object({ kind: Type.Literal('LockFile'), path: Type.String({ maxLength: 4096, pattern: printable, description: 'While this file exists no new deployment begins on that host (lock_file).' }) }),
  Type.Object({ kind: Type.Literal('StuckProcess'), deploymentId: Type.String({ pattern: id, description: 'The deployment a process of which survived SIGKILL.' }), event: Type.String({ pattern: word }) }),
]);
export type HostHold = Static<typeof HostHold>;

/** What the event waits for, as the end of a sentence. */
export function hostHoldWords(hold: HostHold): string {
  switch (hold.kind) {
    case 'ApplicationBusy':
      return `its application is busy there with ${hold.event} of ${hold.deploymentId}`;
    case 'HostBusy':
      return `${hold.running} applications have events under way there, and its agent takes no more at a time (max_applications)`;
    case 'LockFile':
      return `${hold.path} exists there, and while it does no new deployment begins on that host (lock_file)`;
    case 'StuckProcess':
      return `a process of ${hold.event} of ${hold.deploymentId} is stuck there: it survived SIGKILL. Find what it waits for, or restart the host`;
  }
}

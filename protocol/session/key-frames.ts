// How an agent's key is replaced by one that it makes itself. The server asks in a live session; the agent keeps its new key
// beside the old one before it answers, and signs with it what it was asked. Once the server has stored the new key it ends
// the session, and the agent comes back with whichever of its two keys is taken: nobody is locked out, whoever dies when.

import Type, { type Static } from 'typebox';

const id = Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' });

/** Sent only to an agent whose hello says that it can. */
export const RotateKeyFrame = Type.Object({ kind: Type.Literal('rotateKey'), id });
export type RotateKeyFrame = Static<typeof RotateKeyFrame>;

export const NewKeyFrame = Type.Object({
  kind: Type.Literal('newKey'),
  id,
  /** Raw Ed25519, base64. */
  publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
  /** Over `newKeyText`, by the new key, base64: whoever brings a key has it. */
  signature: Type.String({ maxLength: 256 }),
});
export type NewKeyFrame = Static<typeof NewKeyFrame>;

export function newKeyText(controllerId: string, instanceId: string, id: string): string {
  return `fairlead-new-key-v1|${controllerId}|${instanceId}|${id}`;
}

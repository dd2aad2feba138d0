// One agent's key, replaced at the server's request within a live session (protocol/session/key-frames.ts tells how). The
// new key is stored only where the old one still stands: one that was revoked meanwhile brings no successor in.

import { newKeyText, type NewKeyFrame, type RotateKeyFrame } from '../../protocol/session/key-frames.ts';
import type { World } from '../../world/world.ts';
import { isSignedBy } from './signature.ts';

export type Rotation = { readonly kind: 'taken'; readonly publicKey: string } | { readonly kind: 'refused'; readonly why: string };

/** Stores the new key in place of the old; false where that is not the instance's key any more. */
export type ReplaceKey = (publicKey: string) => Promise<boolean>;

const answerWithinMs = 10_000;

export class KeyRotation {
  readonly #world: Pick<World, 'clock' | 'random'>;
  #underway: { readonly id: string; readonly take: (frame: NewKeyFrame) => void; readonly drop: (why: string) => void } | null = null;

  constructor(world: Pick<World, 'clock' | 'random'>) {
    this.#world = world;
  }

  async begin(controllerId: string, instanceId: string, send: (frame: RotateKeyFrame) => void, replace: ReplaceKey): Promise<Rotation> {
    if (this.#underway !== null) return { kind: 'refused', why: 'it is being replaced already.' };
    const id = Buffer.from(this.#world.random.bytes(12)).toString('hex');
    const answer = await new Promise<NewKeyFrame | string>((resolve) => {
      const timer = this.#world.clock.after(answerWithinMs, () => this.drop(`its agent did not answer within ${answerWithinMs / 1_000} s.`));
      const settle = (value: NewKeyFrame | string): void => {
        timer.cancel();
        this.#underway = null;
        resolve(value);
      };
      this.#underway = { id, take: settle, drop: settle };
      send({ kind: 'rotateKey', id });
    });
    if (typeof answer === 'string') return { kind: 'refused', why: answer };
    if (!isSignedBy(answer.publicKey, newKeyText(controllerId, instanceId, id), answer.signature)) return { kind: 'refused', why: 'its agent does not have the key that it brought.' };
    if (!(await replace(answer.publicKey))) return { kind: 'refused', why: 'the old one was revoked meanwhile.' };
    return { kind: 'taken', publicKey: answer.publicKey };
  }

  /** An answer to what nobody asks any more is dropped: the agent keeps both keys. */
  take(frame: NewKeyFrame): void {
    if (this.#underway?.id === frame.id) this.#underway.take(frame);
  }

  /** The session has ended, or time is up. */
  drop(why: string): void {
    this.#underway?.drop(why);
  }
}

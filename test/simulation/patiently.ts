// A caller who does not give up while the controller is down: it asks again until it is answered.

import { Failure } from '../../protocol/errors.ts';
import type { Fleet } from './fleet.ts';

/** Calls until it is answered. The refusals named mean that an earlier try had worked, or came too late. */
export async function patiently(fleet: Fleet, call: () => Promise<unknown>, ...doneAlready: readonly string[]): Promise<void> {
  for (;;) {
    const answer = await unlessItDies(fleet, call).catch((error: unknown) => {
      if (error instanceof Failure && doneAlready.includes(error.code)) return error;
      throw error;
    });
    if (answer !== dead) return;
    await fleet.clock.sleep(1_000);
  }
}

export const dead = Symbol('nobody answered');

/** What it answered, or `dead`. It has no right to fail in any other way than by a refusal, unless it died meanwhile. */
export async function unlessItDies<Answer>(fleet: Fleet, call: () => Promise<Answer>): Promise<Answer | typeof dead> {
  if (!fleet.isControllerUp) return dead;
  const life = fleet.controllerLife;
  try {
    return await call();
  } catch (error) {
    if (error instanceof Failure || (fleet.isControllerUp && fleet.controllerLife === life)) throw error;
    return dead;
  }
}

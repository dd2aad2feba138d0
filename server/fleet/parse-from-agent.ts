// A frame of an agent, checked by a compiled validator: a controller hears thousands a second. The agent, which hears few,
// does without the compiler (`protocol/session/frames.ts`).

import Compile from 'typebox/compile';
import { FromAgent, frameWithin } from '../../protocol/session/frames.ts';

const validator = Compile(FromAgent);

/** The frame, or null for anything that is none. Never throws. */
export function parseFromAgent(text: string): FromAgent | null {
  const value = frameWithin(text);
  return validator.Check(value) ? value : null;
}

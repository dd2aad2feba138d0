// Why a session ended, and whether to come back. 4000-4999 is the range WebSocket leaves to applications.

export const closeCodes = {
  /** The other side is going down in an orderly way: come back soon. */
  goingAway: { code: 1001, comeBack: true },
  /** A frame that is none, or out of place: come back later. */
  badFrame: { code: 4400, comeBack: true },
  /** Unknown instance, or a signature that does not match: coming back will not help until an operator acts. */
  notAuthenticated: { code: 4401, comeBack: false },
  /** The instance was deregistered. */
  deregistered: { code: 4403, comeBack: false },
  /** The key of this instance's agent was revoked. */
  keyRevoked: { code: 4406, comeBack: false },
  /** A newer session of the same instance took over. */
  replaced: { code: 4409, comeBack: false },
  /** One side has forgotten what the other knows: a data folder or database put back to an older state. */
  outOfStep: { code: 4410, comeBack: false },
  /** No common protocol version. */
  versionMismatch: { code: 4426, comeBack: true },
  /** The reader was too slow: come back and resume. */
  tooSlow: { code: 4429, comeBack: true },
  /** Nothing was heard for too long. */
  silent: { code: 4408, comeBack: true },
} as const;

/** Whether an agent should dial again after this code; unknown codes are network trouble: yes. */
export function shouldComeBack(code: number): boolean {
  return Object.values(closeCodes).find((entry) => entry.code === code)?.comeBack ?? true;
}

// What a handler is: behaviour of one operation, knowing nothing of the face that called it. One file per operation,
// named as in protocol/operations. `dispatch` checks the input against the definition before the handler sees it.

import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import type { Instant } from '../../world/clock.ts';

/** Who asks, and under which name the answer is remembered. */
export interface RequestContext {
  readonly requestId: string;
  /** Access key id of the caller. */
  readonly accessKeyId: string;
  /** `amz-sdk-invocation-id`: the same over the attempts of one call; null where the client sends none. */
  readonly invocationId: string | null;
  /** Address of the caller. */
  readonly remote: string;
  readonly now: Instant;
}

/**
 * Checks `input` against the definition, calls the handler, returns its output (instants in epoch milliseconds; null
 * where the operation answers nothing). Throws `Failure` for every refusal; anything else thrown is a defect of ours.
 */
export type Dispatch = (definition: OperationDefinition, input: unknown, context: RequestContext) => Promise<unknown>;

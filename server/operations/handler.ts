// What a handler is: behaviour of one operation, knowing nothing of the face that called it. One file per operation,
// named as in protocol/operations. `dispatch` checks the input against the definition before the handler sees it.

import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import type { Access } from '../access/access.ts';
import type { Database } from '../store/store.ts';
import type { Instant } from '../../world/clock.ts';

/** Who asks, and under which name the answer is remembered. */
export interface RequestContext {
  readonly requestId: string;
  /** Access key id of the caller. */
  readonly accessKeyId: string;
  /** What that key may do, and where. */
  readonly access: Access;
  /** `amz-sdk-invocation-id`: the same over the attempts of one call; null where the client sends none. */
  readonly invocationId: string | null;
  /** Address of the caller. */
  readonly remote: string;
  readonly now: Instant;
  /** What the access key is for, in its maker's words; and why this is done, in the caller's. */
  readonly description?: string;
  readonly reason?: string | null;
  /** To be called in the transaction of the change: the request's signature is good for nothing else then. */
  readonly keepSignature?: (tx: Database) => Promise<void>;
}

export interface HandlerContext extends RequestContext {
  /** Says, within the transaction, what the change concerns that the input does not name: what it made. */
  readonly concerns: (subject: string) => void;
}

/**
 * Checks `input` against the definition, calls the handler, returns its output (instants in epoch milliseconds; null
 * where the operation answers nothing). Throws `Failure` for every refusal; anything else thrown is a defect of ours.
 */
export type Dispatch = (definition: OperationDefinition, input: unknown, context: RequestContext) => Promise<unknown>;

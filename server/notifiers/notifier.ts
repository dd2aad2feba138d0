// What a notifier is: a way for a notice to reach somebody outside. Idempotent by the notice's id as far as the far end
// can be told of it; whoever calls retries.

export interface Notice {
  /** The same over all attempts. */
  readonly id: string;
  /** A trigger's triggerTargetArn. */
  readonly target: string;
  /** One line, for far ends that want one. */
  readonly subject: string;
  /** CodeDeploy's trigger event, or Test. */
  readonly event: string;
  /** JSON. */
  readonly text: string;
  /** Notices of one group belong in one order. */
  readonly group: string;
}

export interface Notifier {
  /** Resolves once the far end has taken it. Throws DeliveryTrouble. */
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}

/** It was not taken. The message is for the operator: it names the host at most, as a path may be a secret. */
export class DeliveryTrouble extends Error {
  readonly mayRetry: boolean;
  constructor(message: string, mayRetry = true) {
    super(message);
    this.mayRetry = mayRetry;
  }
}

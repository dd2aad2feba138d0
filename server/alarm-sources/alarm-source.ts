// What an alarm source is: somebody who knows how an alarm stands. It asks once and says what it heard; how often it is
// asked, and what follows, is for others.

import type { AlarmHeader } from '../../protocol/model/alarm.ts';

export interface Reading {
  readonly state: 'OK' | 'ALARM' | 'INCONCLUSIVE';
  /** For the operator: what was heard, in a sentence. */
  readonly detail: string;
}

export interface AlarmSource {
  /** Throws AlarmTrouble where nothing can be learnt. */
  read(signal: AbortSignal): Promise<Reading>;
}

/** Nothing could be learnt. The message is for the operator and holds no credentials. */
export class AlarmTrouble extends Error {
  /** It may go better in a moment: a single time of it is no news. */
  readonly isPassing: boolean;
  constructor(message: string, isPassing = true) {
    super(message);
    this.isPassing = isPassing;
  }
}

/** For requests to a source. */
export type Headers = readonly AlarmHeader[];

// A deployment to a host without a server (`fairlead local`): what is asked, and what is told of it. `--json` prints the
// outcome as it stands here.

import type { DiagnosticsFrame } from '../session/frames.ts';

/** As on the command line, defaults filled in. */
export interface LocalOptions {
  /** A folder, a bundle file, or an address. */
  readonly location: string;
  readonly type: string;
  readonly fileExistsBehavior: string;
  readonly groupId: string;
  readonly groupName: string;
  readonly applicationName: string;
  /** Separated by commas; null for the usual ones. */
  readonly events: string | null;
  readonly appSpecFilename: string | null;
}

export interface LocalEvent {
  readonly event: string;
  readonly status: 'Succeeded' | 'Failed' | 'Cancelled' | 'Interrupted' | 'Skipped';
  /** Null of an event that was not begun. */
  readonly errorCode: DiagnosticsFrame['errorCode'] | null;
  readonly scriptName: string;
  readonly message: string;
  /** The last lines of the event's scripts, below 2048 bytes. */
  readonly log: string;
  readonly warnings: readonly string[];
}

export interface LocalOutcome {
  readonly deploymentId: string;
  readonly status: 'Succeeded' | 'Failed' | 'Cancelled';
  readonly events: readonly LocalEvent[];
  /** All that the scripts wrote; there only when one ran. */
  readonly logFile: string;
}

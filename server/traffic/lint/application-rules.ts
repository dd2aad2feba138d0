// What the application's side brings to a cutover: how it says that it is ready, and how long it may take to stop.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import { isLivenessPath, pathOf } from './liveness.ts';

export interface ApplicationFacts {
  /** A file. */
  readonly where: string;
  /** Of the AppSpec's readiness probe; null where there is none, or it asks no address. Undefined: not known. */
  readonly readinessUrl?: string | null | undefined;
  /** Whether the AppSpec has a readiness probe, or a ValidateService hook. */
  readonly isValidated?: boolean | undefined;
  /** How long stopping may take before the process is killed. */
  readonly stopSeconds?: number | undefined;
}

export interface ApplicationRulesFor {
  /** How long a member may drain. */
  readonly drainSeconds?: number | undefined;
  /** What the supervisor of the process asks to see whether it lives. */
  readonly livenessUrl?: string | undefined;
}

export function lintApplication({ where, readinessUrl, isValidated, stopSeconds }: ApplicationFacts, { drainSeconds, livenessUrl }: ApplicationRulesFor): readonly Finding[] {
  const found: Finding[] = [];
  const warn = (rule: string, sentence: string): void => void found.push({ severity: 'warning', rule, sentence: `${where}: ${sentence}` });
  if (isValidated === false) warn('readiness-missing', 'nothing says when the new revision can serve: it gets traffic as soon as its process was started. Add a readiness probe (readiness:), or a ValidateService hook.');
  if (typeof readinessUrl === 'string') {
    const path = pathOf(readinessUrl);
    const isSame = livenessUrl !== undefined && pathOf(livenessUrl) === path;
    if (isSame || isLivenessPath(path)) warn('readiness-is-liveness', `readiness asks ${path}, ${isSame ? 'which is what liveness asks too' : 'which by its name answers as soon as the process runs'}: a service that is still warming up gets traffic. Ask a path that answers when the application can serve.`);
  }
  if (stopSeconds !== undefined && drainSeconds !== undefined && stopSeconds < drainSeconds) {
    warn('stop-timeout', `stopping may take ${stopSeconds} s, but a member may drain for ${drainSeconds} s: what a balancer cannot see (a queue, a WebSocket) is killed in the middle. Let stopping take as long as draining at least.`);
  }
  return found;
}

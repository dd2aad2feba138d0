// The three hello-web services, seen from outside: over HTTP.

import type { Instance } from './fleet.ts';

export interface Served {
  readonly name: string;
  /** What GET /version says; null where nothing answers. */
  readonly version: string | null;
}

export function versionsServed(instances: readonly Instance[]): Promise<readonly Served[]> {
  return Promise.all(
    instances.map(async ({ name, port }) => {
      try {
        // A connection of its own each time: a kept one may belong to the version that has just ended.
        const answer = await fetch(`http://127.0.0.1:${port}/version`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(3_000) });
        return { name, version: answer.ok ? (await answer.text()).trim() : null };
      } catch {
        return { name, version: null };
      }
    }),
  );
}

// Asks the routers that deployment groups name, now and then and when something about them has changed, what is wrong with their
// settings, and writes it down: groups and new deployments show it. Nothing goes by it, and a router that cannot be asked keeps
// what was found before.

import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import { recordFindings } from '../store/router-findings.ts';
import type { Store } from '../store/store.ts';
import { RouterTrouble } from '../traffic/traffic-router.ts';
import { namedTargets, type NamedTargets } from './routed-targets.ts';
import type { TrafficRouters } from './traffic-routers.ts';

export interface RouterInspector {
  /** Names, what they mean, or who is in a group may have changed. */
  nudge(): void;
  close(): Promise<void>;
}

export interface RouterInspectorOptions {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly routers: Pick<TrafficRouters, 'openNamed'>;
  readonly everyMs: number;
}

const answerMs = 30_000;

export function makeRouterInspector({ store, world, routers, everyMs }: RouterInspectorOptions): RouterInspector {
  const { clock } = world;
  const log = world.log.child({ room: 'deployer' });
  const leaving = new AbortController();
  let round: Promise<void> | null = null;
  let isNews = false;
  let timer: Timer | null = null;

  function nudge(): void {
    if (leaving.signal.aborted) return;
    isNews = true;
    round ??= inspectAll()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the traffic routers could not be inspected; that is tried again'))
      .finally(() => {
        round = null;
        if (isNews) nudge();
      });
  }

  async function inspectAll(): Promise<void> {
    isNews = false;
    timer?.cancel();
    timer = clock.after(everyMs, nudge);
    for (const named of await namedTargets(store.db)) {
      if (leaving.signal.aborted) return;
      await inspect(named);
    }
  }

  async function inspect({ name, list, targets }: NamedTargets): Promise<void> {
    const hurry = new AbortController();
    const deadline = clock.after(answerMs, () => hurry.abort());
    try {
      const router = await routers.openNamed(name, list);
      const findings = await router.preflight(targets, AbortSignal.any([hurry.signal, leaving.signal]));
      await store.transaction((tx) => recordFindings(tx, name, findings, clock.now()));
    } catch (error) {
      if (leaving.signal.aborted) return;
      if (!(error instanceof RouterTrouble)) throw error;
      log.info({ router: name, trouble: error.message }, 'a traffic router could not be inspected');
      if (!error.isPassing) await store.transaction((tx) => recordFindings(tx, name, [{ severity: 'error', rule: 'router-unusable', sentence: error.message }], clock.now()));
    } finally {
      deadline.cancel();
    }
  }

  nudge();
  return {
    nudge,
    async close() {
      leaving.abort();
      timer?.cancel();
      await round;
    },
  };
}

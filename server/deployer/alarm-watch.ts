// Asks how the alarms stand that deployments heed, for as long as one heeds them, and writes it down for the planner. An alarm
// is asked once for all deployments. One failure to learn anything is no news: what was heard before stays good for three
// rounds, and is then an ERROR; a name that means nothing is one at once. Only the store is told, never a plan.

import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import { AlarmDefinition } from '../../protocol/model/alarm.ts';
import { AlarmTrouble, type AlarmSource } from '../alarm-sources/alarm-source.ts';
import type { AlarmSources } from '../alarm-sources/registry.ts';
import { findAlarm, openHeaders } from '../store/alarms.ts';
import { readDocument } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import { heededAlarms, isHeeded, recordObservation, type Observation } from '../store/watched-alarms.ts';

export interface AlarmWatchOptions {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly sources: AlarmSources;
  /** Opens what PutAlarm has sealed; null when that cannot be opened any more. */
  readonly openSecret: (sealed: string, boundTo: string) => string | null;
  /** How an alarm stands is different now for this deployment. */
  readonly changed: (deploymentId: string) => void;
  /** How often the table is looked at even if nobody said that there is something new. */
  readonly lookEveryMs: number;
  readonly atOnce?: number;
}

export interface AlarmWatch {
  /** A deployment may heed an alarm that is not watched yet. */
  nudge(): void;
  close(): Promise<void>;
}

const usualPollMs = 15_000;
/** What it counted is at hand. */
const usualProbePollMs = 1_000;
const usualTimeoutMs = 10_000;
/** After a failure it is asked again soon, so that what was heard last need not grow old. */
const hurryMs = 2_000;
const roundsGood = 3;

interface Opened {
  readonly source: AlarmSource;
  /** Of the definition it was opened from; null where there is none. */
  readonly updatedAt: number | null;
  readonly pollMs: number;
  readonly timeoutMs: number;
}

export function makeAlarmWatch(options: AlarmWatchOptions): AlarmWatch {
  const { store, world, sources } = options;
  const { clock } = world;
  const atOnce = options.atOnce ?? 32;
  const log = world.log.child({ room: 'deployer' });
  const leaving = new AbortController();
  const followed = new Map<string, { turn: Promise<void>; isHurried: boolean; hurry: () => void }>();
  const queue: (() => void)[] = [];
  let busy = 0;
  let looking: Promise<void> | null = null;
  let isNews = false;
  let timer: Timer | null = null;

  function nudge(): void {
    if (leaving.signal.aborted) return;
    isNews = true;
    looking ??= look()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the alarms could not be looked at; that is tried again'))
      .finally(() => {
        looking = null;
        if (isNews) nudge();
      });
  }

  async function look(): Promise<void> {
    isNews = false;
    timer?.cancel();
    timer = clock.after(options.lookEveryMs, nudge);
    for (const [name, { isUnseen }] of await heededAlarms(store.db)) {
      if (leaving.signal.aborted) return;
      const known = followed.get(name);
      if (known === undefined) begin(name);
      else if (isUnseen) {
        known.isHurried = true;
        known.hurry();
      }
    }
  }

  function begin(name: string): void {
    const entry = { turn: Promise.resolve(), isHurried: false, hurry: () => {} };
    followed.set(name, entry);
    entry.turn = follow(name, entry)
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) log.error({ alarm: name, error: String(error instanceof Error ? error.stack : error) }, 'an alarm could not be watched; that is tried again');
      })
      .finally(() => followed.delete(name));
  }

  /** Until nobody heeds it any more. */
  async function follow(name: string, entry: { isHurried: boolean; hurry: () => void }): Promise<void> {
    let opened: Opened | null = null;
    let failures = 0;
    while (!leaving.signal.aborted && (await isHeeded(store.db, name))) {
      entry.isHurried = false;
      opened = await open(name, opened);
      const heard = await inTurn(opened);
      if (leaving.signal.aborted) return;
      failures = 'trouble' in heard ? failures + 1 : 0;
      const observation = judge(heard, failures);
      if (observation !== null) await record(name, observation, opened);
      else if ('trouble' in heard) log.info({ alarm: name, trouble: heard.trouble.message }, 'an alarm could not be read; it is asked again');
      await pause(failures > 0 && observation === null ? Math.min(hurryMs, opened.pollMs) : opened.pollMs, entry);
    }
  }

  /** The source is kept as long as the definition stays: it may remember what it has seen. */
  async function open(name: string, before: Opened | null): Promise<Opened> {
    const row = await findAlarm(store.db, name);
    const updatedAt = row === null ? null : Number(row.updated_at);
    if (before !== null && before.updatedAt === updatedAt) return before;
    if (row === null) return { source: sources.openUndefined(name), updatedAt, pollMs: usualPollMs, timeoutMs: usualTimeoutMs };
    const definition = readDocument(AlarmDefinition, row.document, `alarm ${name}`);
    const headers = openHeaders(row, options.openSecret);
    const unopened: AlarmSource = { read: () => Promise.reject(new AlarmTrouble(`The headers of the alarm ${name} were encrypted under a key file that is gone. Define it again with: fairlead alarm put`, false)) };
    return {
      source: headers === null ? unopened : sources.open(definition, headers),
      updatedAt,
      pollMs: 1000 * (definition.pollSeconds ?? (definition.source.kind === 'probe' ? usualProbePollMs : usualPollMs) / 1000),
      timeoutMs: 1000 * (definition.timeoutSeconds ?? usualTimeoutMs / 1000),
    };
  }

  type Judgement = Pick<Observation, 'state' | 'detail'>;
  type Heard = Judgement | { readonly trouble: AlarmTrouble };

  async function inTurn(opened: Opened): Promise<Heard> {
    if (busy >= atOnce) await new Promise<void>((go) => queue.push(go));
    else busy += 1;
    try {
      return await read(opened);
    } finally {
      const next = queue.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  }

  async function read({ source, timeoutMs }: Opened): Promise<Heard> {
    const hurry = new AbortController();
    const deadline = clock.after(timeoutMs, () => hurry.abort());
    try {
      return await source.read(AbortSignal.any([hurry.signal, leaving.signal]));
    } catch (error) {
      if (error instanceof AlarmTrouble) return { trouble: error };
      log.error({ error: String(error instanceof Error ? error.stack : error) }, 'an alarm source failed in a way that nobody thought of');
      return { trouble: new AlarmTrouble(error instanceof Error ? error.message : String(error)) };
    } finally {
      deadline.cancel();
    }
  }

  /** Null while a failure is no news yet. */
  function judge(heard: Heard, failures: number): Judgement | null {
    if (!('trouble' in heard)) return heard;
    if (heard.trouble.isPassing && failures < roundsGood) return null;
    return { state: 'ERROR', detail: heard.trouble.message };
  }

  async function record(name: string, observation: Judgement, { pollMs, timeoutMs }: Opened): Promise<void> {
    const news = await store.transaction((tx) => {
      const observedAt = clock.now();
      return recordObservation(tx, name, { ...observation, observedAt, goodUntil: observedAt + roundsGood * (pollMs + timeoutMs) });
    });
    if (news.length > 0) log.info({ alarm: name, state: observation.state, detail: observation.detail, deployments: news }, 'an alarm is seen');
    for (const deploymentId of news) options.changed(deploymentId);
  }

  async function pause(ms: number, entry: { isHurried: boolean; hurry: () => void }): Promise<void> {
    if (entry.isHurried) return;
    const woken = new AbortController();
    entry.hurry = () => woken.abort();
    await clock.sleep(ms, AbortSignal.any([woken.signal, leaving.signal])).catch(() => undefined);
    entry.hurry = () => {};
  }

  nudge();
  return {
    nudge,
    async close() {
      leaving.abort();
      timer?.cancel();
      await looking;
      for (const go of queue.splice(0)) go();
      await Promise.all([...followed.values()].map(({ turn }) => turn));
    },
  };
}

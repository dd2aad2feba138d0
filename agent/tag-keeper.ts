// The tags of this host as they stand now. Configuration and drop-ins are looked at every few seconds, the metadata service
// every minute; a change is told to the session, which says hello anew. What cannot be read leaves the tags as they were,
// and is said once for each reason: a half-written file must not take a host out of its groups.

import type { World } from '../world/world.ts';
import { isSameTags, layTags } from './own-tags.ts';
import type { OwnTag } from './own-tags.ts';

export interface TagSources {
  /** Those of the configuration, with its drop-ins. Rejects with a sentence. */
  readonly configured: () => Promise<{ readonly tags: readonly OwnTag[]; /** Flags or environment: nothing else counts. */ readonly isFixed: boolean }>;
  /** Those of the machine; null where nobody wants them. Rejects with a sentence. */
  readonly machine: (() => Promise<readonly OwnTag[]>) | null;
}

export interface TagKeeper {
  readonly now: readonly OwnTag[];
  /** Aborted at the next change; then there is another. */
  readonly change: AbortSignal;
}

const lookEveryMs = 5_000;
const askMachineEveryMs = 60_000;

/** Reads the tags, and keeps looking until `signal` is aborted. Never rejects. */
export async function keepTags(sources: TagSources, { clock, log }: Pick<World, 'clock' | 'log'>, signal: AbortSignal): Promise<TagKeeper> {
  let configured: readonly OwnTag[] = [];
  let isFixed = false;
  let machine: readonly OwnTag[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let now: readonly OwnTag[] = [];
  let change = new AbortController();
  const said = { configured: '', machine: '' };
  const attempt = async (source: keyof typeof said, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
      said[source] = '';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (said[source] !== reason) log.warn({ reason }, source === 'machine' ? 'The tags of this EC2 instance cannot be asked for; those known stay.' : 'The tags in the configuration cannot be read; those known stay.');
      said[source] = reason;
    }
  };
  const look = async (): Promise<void> => {
    await attempt('configured', async () => {
      ({ tags: configured, isFixed } = await sources.configured());
    });
    const { machine: ask } = sources;
    if (ask !== null && !isFixed && clock.monotonic() - askedAt >= askMachineEveryMs) {
      askedAt = clock.monotonic();
      await attempt('machine', async () => void (machine = await ask()));
    }
    const found = isFixed ? configured : layTags([machine, configured]);
    const isChanged = !isSameTags(now, found);
    now = found;
    if (!isChanged) return;
    const told = change;
    change = new AbortController();
    told.abort(new Error('the tags of this host have changed'));
  };
  await look();
  const again = (): void => void clock.after(lookEveryMs, () => void (signal.aborted ? undefined : look().finally(again)));
  again();
  return {
    get now() {
      return now;
    },
    get change() {
      return change.signal;
    },
  };
}

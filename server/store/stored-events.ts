// The lifecycle events of a target, as text in its row. Whoever stores reports, whoever plans and whoever writes the plan
// down come one after another within moments: what was read or written lately is neither parsed nor checked again.

import { readDocument, type StoredEvent, StoredEvents, writeDocument } from './documents.ts';

/** Texts that are remembered, twice as much at the most. */
const mostCharacters = 8_000_000;

let young = new Map<string, readonly StoredEvent[]>();
let old: ReadonlyMap<string, readonly StoredEvent[]> = new Map();
let characters = 0;

/** Not to be changed in place. `where` says in an error which row it was. */
export function readEvents(text: string, where: string): readonly StoredEvent[] {
  return young.get(text) ?? old.get(text) ?? remember(text, readDocument(StoredEvents, text, where));
}

/** `events` are not to be changed in place any more. */
export function writeEvents(events: readonly StoredEvent[], where: string): string {
  const text = writeDocument(StoredEvents, events as StoredEvent[], where);
  remember(text, events);
  return text;
}

function remember(text: string, events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (characters > mostCharacters) {
    old = young;
    young = new Map();
    characters = 0;
  }
  characters += text.length;
  young.set(text, events);
  return events;
}

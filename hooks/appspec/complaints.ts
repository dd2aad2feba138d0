// Collects what is wrong with an AppSpec, in the order found, bounded in number and in length.

import type { Complaint } from './appspec.ts';
import type { SpecNode } from './spec-value.ts';
import { textOf } from './spec-value.ts';

const mostKept = 50;
const longestShown = 60;

export interface Complaints {
  readonly list: readonly Complaint[];
  add(line: number | null, key: string, sentence: string): void;
}

export function collectComplaints(): Complaints {
  const list: Complaint[] = [];
  return {
    list,
    add(line, key, sentence) {
      if (list.length < mostKept) list.push({ line, key, sentence });
      else if (list.length === mostKept) list.push({ line: null, key: '', sentence: 'There is more of this kind; only the first 50 are listed.' });
    },
  };
}

/** A value for a sentence: in quotes, cut short, nothing in it that could move a cursor or start a line. */
export function show(value: string | SpecNode): string {
  if (typeof value !== 'string') {
    if (value.kind === 'null') return 'nothing';
    if (value.kind === 'list') return `a list of ${value.items.length}`;
    if (value.kind === 'mapping') return `a mapping of ${value.entries.size}`;
    if (value.kind !== 'string') return escapeText('source' in value && value.source !== '' ? value.source : textOf(value));
    return `"${escapeText(value.text)}"`;
  }
  return `"${escapeText(value)}"`;
}

/** Shortened, with control, format and line-breaking characters written as escapes. */
export function escapeText(text: string): string {
  const head = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
  return head.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? '0'}}`);
}

/** A key as a step of a path. */
export function step(path: string, key: string): string {
  const shown = escapeText(key);
  return path === '' ? shown : `${path}.${shown}`;
}

// What the sections of an AppSpec are read with: the limits, where complaints go, and how they are worded alike.

import { show, step } from './complaints.ts';
import type { Complaints } from './complaints.ts';
import type { MappingNode, SpecNode } from './spec-value.ts';

/** Everything one parse needs: limits, and where complaints go. */
export interface Reader {
  readonly maxFiles: number;
  readonly maxScriptsPerEvent: number;
  readonly os: string;
  readonly refusals: Complaints;
  readonly warnings: Complaints;
}

/** What the original ignores in silence. */
export function warnOfUnknownKeys(node: MappingNode, known: readonly string[], path: string, reader: Reader): void {
  for (const entry of node.entries.values()) {
    if (entry.isText && known.includes(entry.name)) continue;
    const remedy = entry.name === '<<' ? 'Merge keys are not expanded; write the values out.' : `Known here: ${known.join(', ')}.`;
    reader.warnings.add(entry.line, step(path, entry.name), `The key ${show(entry.name)} is unknown and ignored. ${remedy}`);
  }
}

/** A node for a sentence: `the text "x"`, `a list of 3`. */
export function describe(node: SpecNode): string {
  switch (node.kind) {
    case 'null':
      return 'empty';
    case 'boolean':
      return `the truth value ${show(node)}`;
    case 'integer':
    case 'float':
      return `the number ${show(node)}`;
    case 'string':
    case 'symbol':
      return `the text ${show(node)}`;
    case 'list':
    case 'mapping':
      return show(node);
    default:
      return node satisfies never;
  }
}

// An AppSpec's YAML as values with line numbers, and how each would look as text to the original (Ruby's `to_s`).

import type { RubyScalar } from './ruby-scalar.ts';
import { showFloat } from './ruby-scalar.ts';

export type SpecNode = ScalarNode | ListNode | MappingNode;

/** A scalar as the original's loader sees it; `source` is what stood in the file. */
export type ScalarNode = RubyScalar & { readonly line: number; readonly source: string };

export interface ListNode {
  readonly kind: 'list';
  readonly line: number;
  readonly items: readonly SpecNode[];
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly line: number;
  /** By kind and text of the key, so that the key `1` is not the key `"1"`. A Map: no key name is special. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly name: string;
  /** False for keys such as `on` (a truth value) or `1`: the original looks its keys up as strings. */
  readonly isText: boolean;
  readonly line: number;
  readonly value: SpecNode;
}

/** The value under a text key, or undefined. */
export function valueOf(mapping: MappingNode, key: string): SpecNode | undefined {
  return mapping.entries.get(entryKey({ kind: 'string' }, key))?.value;
}

export function entryKey(node: Pick<SpecNode, 'kind'>, text: string): string {
  return `${node.kind}:${text}`;
}

/** Absent, null or false: what Ruby's `||` replaces by a default. */
export function isFalsy(node: SpecNode | undefined): node is undefined {
  return isAbsent(node) || (node?.kind === 'boolean' && !node.value);
}

export function isAbsent(node: SpecNode | undefined): node is undefined {
  return node === undefined || node.kind === 'null';
}

/** Ruby's `to_s`. */
export function textOf(node: SpecNode): string {
  switch (node.kind) {
    case 'null':
      return '';
    case 'boolean':
    case 'integer':
      return String(node.value);
    case 'float':
      return showFloat(node.value);
    case 'string':
    case 'symbol':
      return node.text;
    case 'list':
    case 'mapping':
      return inspect(node);
    default:
      return node satisfies never;
  }
}

/** Ruby's `inspect`, near enough to be recognised by the author. */
function inspect(node: SpecNode): string {
  switch (node.kind) {
    case 'null':
      return 'nil';
    case 'string':
      return JSON.stringify(node.text);
    case 'symbol':
      return `:${node.text}`;
    case 'list':
      return `[${node.items.map(inspect).join(', ')}]`;
    case 'mapping':
      return `{${[...node.entries.values()].map((entry) => `${JSON.stringify(entry.name)}=>${inspect(entry.value)}`).join(', ')}}`;
    case 'boolean':
    case 'integer':
    case 'float':
      return textOf(node);
    default:
      return node satisfies never;
  }
}

// docs/parity.md says what the code does: every operation with its state, every deliberate difference with its reason.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { operations } from '../protocol/operations/registry.ts';
import { neverSent } from './operations/never-sent.ts';
import { deliberateDifferences } from './agent/cases/deliberate-differences.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const page = readFileSync(join(docs, 'parity.md'), 'utf8');

/** Rows of the first table after a mark, by their first cell. */
function tableAfter(mark: string): ReadonlyMap<string, string> {
  const lines = page.slice(page.indexOf(mark)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|---')) + 1;
  const rows = lines.slice(first, lines.findIndex((line, index) => index >= first && !line.startsWith('|')));
  return new Map(rows.map((row) => {
    const [, name = '', ...rest] = row.split('|').map((cell) => cell.trim());
    return [name.replaceAll('`', ''), rest.slice(0, -1).join('|')] as const;
  }));
}

describe('docs/parity.md', () => {
  it('knows the state of all 47 operations, and what differs of those that do', () => {
    const rows = tableAfter('<!-- operations');
    const theirs = operations.filter(({ faces }) => faces === 'both');
    assert.deepEqual([...rows.keys()].sort(), theirs.map(({ name }) => name).sort());
    for (const { name, isSupported } of theirs) {
      assert.match(rows.get(name) ?? '', isSupported ? /^(same\||differs\|.)/ : /^never\|./, `correct the row of ${name} in docs/parity.md`);
    }
  });

  it('lists the errors that are declared and never sent', () => {
    const lines = page.slice(page.indexOf('<!-- never sent')).split('\n\n')[1]!.trim().split('\n').slice(2);
    const rows = Object.entries(neverSent).map(([what, why]) => {
      const [operation, error] = what.includes(' ') ? what.split(' ') : ['all', what];
      return `| ${operation === 'all' ? operation : `${operation![0]!.toUpperCase()}${operation!.slice(1)}`} | ${error} | ${why} |`;
    });
    assert.deepEqual(lines, rows);
  });

  it('gives the reason of every case that differs on purpose', () => {
    const rows = tableAfter('## Cases that differ on purpose');
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(deliberateDifferences.map(({ id, reason }) => [id, reason])));
  });

  it('leads to documents that are there', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target!);
    assert.ok(links.length > 0);
    assert.deepEqual(links.filter((target) => !existsSync(join(docs, target))), []);
  });
});

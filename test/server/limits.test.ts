// The limits an operator may set: their names, their defaults, and the page that tells them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { decideServerConfig } from '../../server/config.ts';
import { defaultOf, defaultServerLimits, limitKeys } from '../../server/limits.ts';
import { socketLimits } from '../../world/real/network.ts';

const doorsOf = (text: string | null) => decideServerConfig({ configFile: 'server.yaml' }, {}, text).doors;

describe('the limits of the doors', () => {
  it('are those of the threat model unless told otherwise', () => {
    const { faces, session, output } = doorsOf(null);
    assert.deepEqual([faces.maxHeaderBytes, faces.maxHeaders, faces.maxBodyBytes], [16_384, 64, 1_048_576]);
    assert.deepEqual([faces.headersTimeoutMs, faces.requestTimeoutMs, faces.newcomersPerSecond], [10_000, 60_000, 20]);
    assert.deepEqual([faces.enrollmentsPerMinute, faces.enrollmentsPerMinuteInAll], [5, 100]);
    assert.deepEqual([session.helloWithinMs, session.framesPerSecond, session.sendBufferBytes], [5_000, 200, 8_388_608]);
    assert.deepEqual([faces.maxFrameBytes, socketLimits.maxPayload, socketLimits.perMessageDeflate], [1_048_576, 1_048_576, false]);
    assert.equal(output.scriptBytes, 1_048_576);
    assert.deepEqual(doorsOf('limits: {}'), defaultServerLimits);
  });

  it('are set by name, in the units of the page', () => {
    for (const [key, { part, member, unit, least }] of Object.entries(limitKeys)) {
      const doors = doorsOf(`limits: { ${key}: ${least} }`) as unknown as Record<string, Record<string, number>>;
      assert.equal(doors[part]![member], least * unit, key);
    }
  });

  it('are refused by name where there is none, or where they are too little or too much', () => {
    assert.throws(() => doorsOf('limits: { conections: 5 }'), /no key "limits.conections"; did you mean "connections"/);
    for (const [key, { least, most }] of Object.entries(limitKeys)) {
      for (const value of [least - 1, most + 1, 1.5, '"1"']) assert.throws(() => doorsOf(`limits: { ${key}: ${value} }`), new RegExp(`limits\\.${key} `), `${key}: ${value}`);
    }
  });

  it('are told in docs/limits.md, each with its default, its least and its most', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/limits.md'), 'utf8');
    const table = page.slice(page.indexOf('<!-- limits')).split('\n\n')[1]!.split('\n').slice(2);
    const rows = table.map((row) => row.split('|').map((cell) => cell.trim()).slice(1, 5));
    const known = Object.entries(limitKeys).map(([key, { least, most }]) => [`\`${key}\``, String(defaultOf(key as keyof typeof limitKeys)), String(least), String(most)]);
    assert.deepEqual(rows, known);
  });
});

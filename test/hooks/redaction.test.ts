// Secrets in what scripts print: none is shown, in whatever form and however it is cut up, and nothing else changes.

import { Buffer } from 'node:buffer';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { runEvent } from '../../hooks/engine.ts';
import { LineReader } from '../../hooks/readable-lines.ts';
import type { Line } from '../../hooks/readable-lines.ts';
import { Redaction, refuseSecrets } from '../../hooks/redaction/redaction.ts';
import { Redactor } from '../../hooks/redaction/redactor.ts';
import { redactionMark } from '../../hooks/redaction/view.ts';
import type { OutputLine } from '../../hooks/script-output.ts';
import { makeBench, memoryPort, world } from './bench.ts';
import type { Bench } from './bench.ts';

/** What is shown of a stream that comes in these pieces. */
function show(secrets: readonly string[], pieces: readonly Uint8Array[]): readonly Line[] {
  const reader = new LineReader();
  const redactor = new Redactor(new Redaction(secrets));
  const lines = pieces.flatMap((piece) => redactor.take(reader.take(piece)));
  return [...lines, ...redactor.finish(reader.finish())];
}

const textOf = (lines: readonly Line[]): string => lines.map((line) => (line.isCut ? line.text : `${line.text}\n`)).join('');
const showText = (secrets: readonly string[], text: string): string => textOf(show(secrets, [Buffer.from(text)]));

function cut(bytes: Buffer, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ0189+/=_%&$"\\é漢😀 '), minLength: 4, maxLength: 120 }).filter((text) => text.trim() === text);
const multiline = fc.tuple(secret, secret).map(([a, b]) => `${a}\n${b}`);
/** Nothing of it can be part of a secret or of one of its forms. */
const harmless = fc.string({ unit: fc.constantFrom(...'.:;,#λμν|'), minLength: 1, maxLength: 12 });
const wrap = (text: string, width: number): string => text.replace(new RegExp(`.{${width}}(?=.)`, 'g'), '$&\n');
const forms: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => wrap(Buffer.from(text).toString('base64'), 76),
  (text) => encodeURIComponent(text),
  (text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  (text) => new URLSearchParams({ x: text }).toString().slice(2),
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  (text) => JSON.stringify(text).slice(1, -1),
];

describe('redaction', () => {
  it('shows no secret in any form, and changes nothing else, however the output is cut into pieces', () => {
    const story = fc.array(fc.oneof(fc.record({ plain: harmless }), fc.record({ which: fc.nat(), form: fc.nat() })), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.oneof(secret, multiline), { minLength: 1, maxLength: 5 }), story, fc.array(fc.nat({ max: 5_000 }), { maxLength: 40 }), (secrets, tokens, places) => {
        const texts = tokens.map((token) => ('plain' in token ? token.plain : forms[token.form % forms.length]!(secrets[token.which % secrets.length]!)));
        const all = Buffer.from(texts.map((text) => `${text}\n|`).join(''));
        const rest = tokens.map((token, index) => ('plain' in token ? `${token.plain}\n|` : `${texts[index]!.replace(/[^\n]/g, '')}\n|`)).join('');
        const shown = textOf(show(secrets, cut(all, places)));
        assert.equal(shown.replaceAll(redactionMark, ''), `${rest}\n`.replace(/^\n$/, ''));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps offsets, lengths and the number of lines', () => {
    const lines = show(['hunter22'], [Buffer.from('one\nis hunter22, you see\nthree')]);
    assert.deepEqual(lines.map(({ offset, length, text }) => [offset, length, text]), [[0, 4, 'one'], [4, 21, 'is [redacted], you see'], [25, 5, 'three']]);
  });

  it('hides what of a secret stands in the middle of longer base64', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 6, maxLength: 60 }), fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (value, before, after) => {
        const shown = showText([value], Buffer.from(before + value + after).toString('base64'));
        const clear = Buffer.from(shown.split(redactionMark).map((part) => part.trim()).join('')).toString('latin1');
        assert.ok(shown.includes(redactionMark), shown);
        assert.ok(clear.length <= Buffer.byteLength(before + after) * 1.4 + 12, `${clear} of ${before}/${value}/${after}`);
      }),
      { numRuns: 500 },
    );
  });

  it('is not fooled by terminal sequences, control characters or carriage returns inside a secret', () => {
    assert.equal(showText(['hunter22'], 'a hun\x1b[1mter\x0022 b\n'), 'a [redacted] b\n');
    assert.equal(showText(['line one\nline two'], 'line one\r\nline two\r\n'), '[redacted]\n[redacted]\n');
  });

  it('hides a secret that a cut of a long line goes through, be it in the middle of a character', () => {
    for (let before = 65_536 - 24; before <= 65_536 + 2; before += 1) {
      const shown = showText(['pässwörter-漢字'], `${'.'.repeat(before)}pässwörter-漢字...\n`);
      assert.equal(shown.replaceAll(redactionMark, ''), `${'.'.repeat(before)}...\n`, String(before));
    }
  });

  it('hides secrets that overlap', () => {
    assert.equal(showText(['abcdef', 'defghi', 'abcdefghij'], '.abcdefghi.abcdefghij.\n'), '.[redacted].[redacted].\n');
  });

  it('hides the part of a secret that a gap in the output leaves', () => {
    const redactor = new Redactor(new Redaction(['correct-horse-battery']));
    const line = (offset: number, text: string): Line => ({ offset, length: text.length + 1, text, isCut: false });
    const shown = [...redactor.take([line(0, 'x correct-horse-bat'), line(1_000, 'rse-battery y')]), ...redactor.finish()];
    assert.deepEqual(shown.map(({ text }) => text), ['x [redacted]', '[redacted] y']);
  });

  it('holds a line back only while a secret may go on in the next', () => {
    const redactor = new Redactor(new Redaction(['first\nsecond']));
    const line = (offset: number, text: string): Line => ({ offset, length: text.length + 1, text, isCut: false });
    assert.deepEqual(redactor.take([line(0, 'a'), line(2, 'the first')]).map(({ text }) => text), ['a']);
    assert.deepEqual(redactor.take([line(12, 'third')]).map(({ text }) => text), ['the first', 'third']);
  });

  it('refuses values below four readable characters without repeating them', () => {
    assert.equal(refuseSecrets(['long enough', 'abcd']), null);
    assert.match(refuseSecrets(['long enough', 'xyz'])!, /^Secret 2 of 2 is shorter than 4 readable characters/);
    assert.doesNotMatch(refuseSecrets(['xyz'])!, /xyz/);
    assert.notEqual(refuseSecrets(['\x01\x02\x03ab']), null);
    assert.notEqual(refuseSecrets(['']), null);
  });

  it('takes a megabyte of nothing but secrets within a second', () => {
    const redaction = new Redaction(['abcd']);
    const [reader, redactor] = [new LineReader(), new Redactor(redaction)];
    const before = process.cpuUsage();
    for (let piece = 0; piece < 4; piece += 1) redactor.take(reader.take(Buffer.from('abcd\n'.repeat(52_428))));
    const { user } = process.cpuUsage(before);
    assert.ok(user < 1_000_000, `${user / 1_000} ms of processor time`);
  });

  it('hides the beginning of a secret with which the output ends', () => {
    assert.equal(showText(['correct-horse-battery'], 'x correct-horse-bat'), 'x [redacted]\n');
  });

  it('takes a megabyte with a hundred long secrets within a second', () => {
    const secrets = Array.from({ length: 100 }, (_, index) => `${index}-${'k3y'.repeat(300)}`);
    const pieces = Array.from({ length: 16 }, () => Buffer.from('An ordinary line of output, nothing to see here.\n'.repeat(1_300)));
    const redaction = new Redaction(secrets);
    const [reader, redactor] = [new LineReader(), new Redactor(redaction)];
    const before = process.cpuUsage();
    for (const piece of pieces) redactor.take(reader.take(piece));
    const { user } = process.cpuUsage(before);
    assert.ok(user < 1_000_000, `${user / 1_000} ms of processor time`);
  });
});

describe('the hook engine with secrets', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = makeBench();
  });
  afterEach(() => bench.remove());

  it('shows them neither in scripts.log nor in the tail nor in the lines, also when they come in several writes', async () => {
    bench.script('a.sh', '#!/bin/sh\nprintf hun; sleep 0.1; printf ter2; sleep 0.1; echo 2 shown\necho hunter22 | base64 >&2\necho done\n');
    const lines: OutputLine[] = [];
    const result = await runEvent(bench.run([{ location: 'a.sh' }], { redaction: new Redaction(['hunter22']), onOutput: (line) => lines.push(line) }), world, memoryPort());
    assert.deepEqual(lines.filter(({ stream }) => stream === 'stdout').map(({ offset, length, text }) => [offset, length, text]), [[0, 15, '[redacted] shown'], [15, 5, 'done']]);
    for (const seen of [bench.read('logs/scripts.log'), result.logTail, JSON.stringify(lines)]) {
      assert.match(seen, /\[redacted\] shown/);
      assert.doesNotMatch(seen, /hunter22|aHVudGVy/);
    }
  });
});

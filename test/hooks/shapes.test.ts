// Secrets known by what they look like: found as a regular expression would find them, in time that grows with the output alone.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { LineReader } from '../../hooks/readable-lines.ts';
import { merge } from '../../hooks/redaction/patterns.ts';
import type { Span } from '../../hooks/redaction/patterns.ts';
import { readShape } from '../../hooks/redaction/read-shape.ts';
import { Redaction } from '../../hooks/redaction/redaction.ts';
import { Redactor } from '../../hooks/redaction/redactor.ts';
import { Shapes } from '../../hooks/redaction/shapes.ts';
import type { Shape } from '../../hooks/redaction/shapes.ts';

function shape(text: string): Shape {
  const reading = readShape(text);
  assert.equal(reading.kind, 'shape', reading.kind === 'refused' ? reading.why : '');
  return (reading as { shape: Shape }).shape;
}

function show(patterns: readonly string[], pieces: readonly Uint8Array[]): string {
  const reader = new LineReader();
  const redactor = new Redactor(new Redaction([], patterns.map(shape)));
  const lines = [...pieces.flatMap((piece) => redactor.take(reader.take(piece))), ...redactor.finish(reader.finish())];
  return lines.map((line) => (line.isCut ? line.text : `${line.text}\n`)).join('');
}
const showText = (pattern: string, text: string): string => show([pattern], [Buffer.from(text)]);

/** All that a regular expression matches in any line, wherever it may begin. */
function byRegExp(pattern: string, text: string): Span[] {
  const sticky = new RegExp(pattern, 'y');
  const spans: Span[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    for (let at = 0; at < line.length; at += 1) {
      sticky.lastIndex = at;
      const [found] = sticky.exec(line) ?? [];
      if (found !== undefined) spans.push({ from: start + at, to: start + at + found.length });
    }
    start += line.length + 1;
  }
  return merge(spans);
}

/** Neighbours as one, since both ways may cut what belongs together differently. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: { from: number; to: number }[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else all.push({ ...span });
  }
  return all;
}

const characters = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\w', '\\d', '\\.', 'c', '[^ab.]', '\\S', '\\s', '[0-9]', '-', 'é');
const repetition = fc.constantFrom('', '', '{2}', '{1,3}', '{2,}', '+', '*', '?');
const pattern = fc.array(fc.tuple(characters, repetition).map(([one, often]) => one + often), { maxLength: 4 }).map((rest) => `abab${rest.join('')}`);
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ab', 'abab', 'c', '.', '1', '2', '-', ' ', '\n', 'é'), maxLength: 40 });

describe('a pattern of a secret', () => {
  it('finds what a regular expression finds, or is refused', () => {
    let taken = 0;
    fc.assert(
      fc.property(pattern, text, (written, output) => {
        const reading = readShape(written);
        if (reading.kind === 'refused') return;
        taken += 1;
        assert.deepEqual(joined(new Shapes([reading.shape]).find(output, false)), joined(byRegExp(written, output)));
      }),
      { numRuns: 20_000 },
    );
    assert.ok(taken > 5_000, `only ${taken} patterns were taken`);
  });

  it('hides the same however the output is cut into pieces, also where a long line is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(fc.nat({ max: 70_000 }), { maxLength: 10 }), (before, places) => {
        const secret = `AKIA${'Q7'.repeat(20)}`;
        const all = Buffer.from(`${'.'.repeat(65_536 - before)}${secret}...\nplain\n${secret}\n`);
        const ends = [...new Set(places.map((place) => place % all.length)), all.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
        assert.equal(show(['AKIA[A-Z0-9]{16,}'], pieces).replaceAll(/(?:\[redacted\])+/g, '#'), `${'.'.repeat(65_536 - before)}#...\nplain\n#\n`);
      }),
      { numRuns: 150 },
    );
  });

  it('hides a run of any length, and what a break leaves of one', () => {
    assert.equal(showText('token=[^ ]+', `token=${'x'.repeat(200_000)} done\n`).replaceAll(/(?:\[redacted\])+/g, '#'), '# done\n');
    assert.equal(showText('token=[^ ]{20,}', 'a token=cut-off'), 'a [redacted]\n');
    const redactor = new Redactor(new Redaction([], [shape('token=[^ ]{20,}')]));
    const shown = [...redactor.take([{ offset: 0, length: 13, text: 'a token=cut-o', isCut: true }, { offset: 900, length: 9, text: 'next line', isCut: false }]), ...redactor.finish()];
    assert.deepEqual(shown.map((line) => line.text), ['a [redacted]', 'next line']);
  });

  it('never goes on over a line break', () => {
    assert.equal(showText('pass: [^x]+', 'pass: one\ntwo\n'), '[redacted]\ntwo\n');
  });

  const refusals: readonly [string, RegExp][] = [
    ['abc', /begin with at least 4 plain characters/],
    ['[A-Z]{20}', /begin with at least 4 plain/],
    ['abcd+', /begin with at least 4 plain/],
    ['token(a|b)', /\( stands for something/],
    ['tokena|tokenb', /\| stands for something/],
    ['^token', /\^ stands for something/],
    ['token$', /\$ stands for something/],
    ['token.*@', /\.\* takes what @ behind it begins with/],
    ['token[a-z]{1,3}[a-f]', /takes what \[a-f\]/],
    ['token\\w+x*y?-?_', /takes what x\*/],
    ['token(?=a)', /groups, alternatives and anchors/],
    ['token\\b', /\\b is not understood/],
    ['token\\1', /\\1 is not understood/],
    ['token[a-z', /has no end/],
    ['token[]', /is empty/],
    ['token[z-a]', /upside down/],
    ['token[à-ü]', /ASCII only/],
    ['token[\\S]', /\\S cannot stand in a class/],
    ['token\\', /ends in a backslash/],
    ['token+?', /always takes all it can/],
    ['token[a]++', /always takes all it can/],
    ['token*{2}', /\{ stands where a character is due/],
    ['token[a]{3,2}', /is no repetition/],
    ['token[a]{0}', /is no repetition/],
    ['token[a]{1,99999999999}', /is no repetition/],
    ['token\n', /control character/],
    [`token${'x'.repeat(200)}`, /longer than 200/],
    ['', /at least 4/],
  ];
  for (const [written, why] of refusals) {
    it(`is refused where it is no such pattern: ${JSON.stringify(written.slice(0, 30))}`, () => {
      const reading = readShape(written);
      assert.equal(reading.kind, 'refused');
      assert.match((reading as { why: string }).why, why);
    });
  }

  const hostile: readonly [string, string][] = [
    ['aaaa[a]{1,4000}Z', 'a'.repeat(1_000_000)],
    ['aaaa[ab]*c[ab]*d', 'ab'.repeat(500_000)],
    ['aaaa[a]{3000}[b]', 'a'.repeat(1_000_000)],
    ['token=[^ ;]+;[^ ]+', 'token='.repeat(160_000)],
    ['aaaa.{4000}', 'a'.repeat(1_000_000)],
  ];
  for (const [written, output] of hostile) {
    it(`costs no more than the output is long: ${written} on ${output.slice(0, 8)}…`, () => {
      const redactor = new Redactor(new Redaction([], [shape(written)]));
      const reader = new LineReader();
      const before = process.cpuUsage();
      for (let at = 0; at < output.length; at += 262_144) redactor.take(reader.take(Buffer.from(output.slice(at, at + 262_144))));
      redactor.finish(reader.finish());
      const { user } = process.cpuUsage(before);
      assert.ok(user < 2_000_000, `${user / 1_000} ms of processor time`);
    });
  }
});

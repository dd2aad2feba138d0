import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { makePlace, namesBelow, unpackInto } from './canary.ts';
import { honestArchives } from './honest.ts';

// Honest archives with bits flipped, bytes set, pieces cut out, doubled or swapped. `FUZZ_SEED` and `FUZZ_ROUNDS` in the
// environment replay a run or make it longer.
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 600);

const randomFrom = (start: number): ((below: number) => number) => {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

// Bytes that mean something in headers and names.
const telling = [0x00, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x35, 0x37, 0x5c, 0x78, 0x80, 0xff];

const mutate = (bytes: Buffer, below: (n: number) => number): Buffer => {
  const result = Buffer.from(bytes);
  for (let count = 1 + below(6); count > 0; count -= 1) {
    const at = below(result.length);
    const length = 1 + below(64);
    switch (below(5)) {
      case 0: result[at]! ^= 1 << below(8); break;
      case 1: result[at] = telling[below(telling.length)]!; break;
      case 2: return Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
      case 3: return Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - 512), at), result.subarray(at)]);
      default: result.write('../', at, 'latin1');
    }
  }
  return result;
};

// A tar checksum would stop nearly every mutation at the door, so most tars get correct ones again.
const mendChecksums = (bytes: Buffer): Buffer => {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.fill(' ', at + 148, at + 156);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return bytes;
};

describe('a mutated bundle', () => {
  it(`touches nothing outside, leaves nothing behind when refused, and ends soon (${rounds} mutations, seed ${seed})`, async function () {
    this.timeout(60_000 + rounds * 50);
    const below = randomFrom(seed);
    const bases = honestArchives().filter(({ bytes }) => bytes.length > 100);
    const place = makePlace();
    let accepted = 0;
    try {
      const canary = path.join(path.dirname(place.destination), 'canary');
      const memory = process.memoryUsage().rss;
      for (let round = 0; round < rounds; round += 1) {
        const base = bases[below(bases.length)]!;
        const isGzip = base.bytes[0] === 0x1f;
        const plain = isGzip && below(4) > 0 ? gunzipSync(base.bytes) : base.bytes;
        let bytes = mutate(plain, below);
        if (!base.file.endsWith('.zip') && below(4) > 0) bytes = mendChecksums(bytes);
        if (plain !== base.bytes) bytes = gzipSync(bytes);
        const started = performance.now();
        const where = `round ${round} of seed ${seed} (${base.name})`;
        const outcome = await unpackInto(place, { file: 'mutated', bytes, ...(base.format === undefined ? {} : { format: base.format }) }, false, round % 2 === 0 ? undefined : 0);
        assert.ok(performance.now() - started < 10_000, where);
        assert.deepEqual(fs.readdirSync(path.dirname(place.destination)).sort(), outcome.kind === 'refused' ? ['canary'] : ['bundle', 'canary'], where);
        assert.deepEqual(fs.readdirSync(place.folder).sort(), ['inner', 'mutated'], where);
        assert.equal(fs.readFileSync(path.join(canary, 'file'), 'utf8'), 'sings', where);
        assert.deepEqual(fs.readdirSync(canary), ['file'], where);
        if (outcome.kind === 'refused') continue;
        accepted += 1;
        for (const name of namesBelow(place.destination)) {
          const stat = fs.lstatSync(path.join(place.destination, name));
          assert.ok(stat.isFile() || stat.isDirectory() || stat.isSymbolicLink(), `${where}: ${name}`);
          assert.equal(stat.mode & 0o6000, 0, `${where}: ${name}`);
          if (stat.isSymbolicLink() && fs.existsSync(path.join(place.destination, name))) {
            assert.ok(`${fs.realpathSync(path.join(place.destination, name))}/`.startsWith(`${place.destination}/`), `${where}: ${name}`);
          }
        }
        fs.chmodSync(place.destination, 0o700);
        fs.rmSync(place.destination, { recursive: true });
      }
      assert.ok(accepted > 0 && accepted < rounds, `${accepted} of ${rounds} accepted`);
      assert.ok(process.memoryUsage().rss - memory < 256 * 1024 ** 2);
    } finally {
      place.remove();
    }
  });
});

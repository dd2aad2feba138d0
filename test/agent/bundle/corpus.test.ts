import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { makePlace, namesBelow, unpackInto } from './canary.ts';
import { hostileTars } from './hostile-tars.ts';
import { hostileZips } from './hostile-zips.ts';
import { honestArchives } from './honest.ts';
import { tar } from './tar-bytes.ts';

const slowMs = 10_000;
const growthBytes = 256 * 1024 ** 2;

describe('a hostile bundle', () => {
  const corpus = [...hostileTars().map((archive) => ({ ...archive, name: `tar: ${archive.name}` })), ...hostileZips().map((archive) => ({ ...archive, name: `zip: ${archive.name}` }))];

  it('comes in at least 140 kinds', () => {
    assert.ok(corpus.length >= 140, String(corpus.length));
    assert.equal(new Set(corpus.map(({ name }) => name)).size, corpus.length);
  });

  for (const archive of corpus) {
    it(`is refused${archive.isOnlyStrict === true ? ' where the policy is strict' : ''}, with nothing touched or left: ${archive.name}`, async () => {
      const place = makePlace();
      try {
        fs.writeFileSync(path.join(place.folder, archive.file), archive.bytes);
        const before = place.listing();
        const memory = process.memoryUsage().rss;
        const started = performance.now();
        const outcome = await unpackInto(place, archive, archive.isOnlyStrict ?? false);
        assert.ok(performance.now() - started < slowMs);
        assert.ok(process.memoryUsage().rss - memory < growthBytes);
        assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
        assert.ok(outcome.kind === 'refused' && /^[^\p{Cc}\p{Cf}\u2028\u2029]{10,600}$/u.test(outcome.reason), JSON.stringify(outcome));
        assert.deepEqual(place.listing(), before);
        const inPieces = await unpackInto(place, archive, archive.isOnlyStrict ?? false, 0);
        assert.equal(inPieces.kind, 'refused', JSON.stringify(inPieces));
        assert.deepEqual(place.listing(), before);
      } finally {
        place.remove();
      }
    });
  }
});

describe('an honest bundle', () => {
  for (const [archive, how, heldBytes] of honestArchives().flatMap((archive) => [[archive, 'at once', undefined], [archive, 'in pieces', 0]] as const)) {
    it(`is unpacked whole, ${how}: ${archive.name}`, async () => {
      const place = makePlace();
      try {
        const outcome = await unpackInto(place, archive, false, heldBytes);
        assert.equal(outcome.kind, 'unpacked', JSON.stringify(outcome));
        const found: Record<string, string> = {};
        for (const name of namesBelow(place.destination)) {
          const full = path.join(place.destination, name);
          const stat = fs.lstatSync(full);
          if (stat.isSymbolicLink()) found[name] = `-> ${fs.readlinkSync(full)}`;
          else if (stat.isFile()) found[name] = fs.readFileSync(full, 'utf8');
          else if (fs.readdirSync(full).length === 0) found[`${name}/`] = '';
        }
        assert.deepEqual(found, archive.tree);
        for (const [name, mode] of Object.entries(archive.modes ?? {})) assert.equal(fs.statSync(path.join(place.destination, name)).mode & 0o7777, mode, name);
        assert.deepEqual(fs.readdirSync(path.dirname(place.destination)).sort(), ['bundle', 'canary']);
      } finally {
        place.remove();
      }
    });
  }

  it('is not synced folder by folder, which takes minutes where there are tens of thousands', async () => {
    const place = makePlace();
    try {
      const folders = [...Array(20_000).keys()].map((n) => ({ name: `d${n}/`, type: '5', mode: 0o755 }));
      const synced: number[] = [];
      const { fsyncSync } = fs;
      Object.assign(fs, { fsyncSync: (descriptor: number) => void synced.push(descriptor) });
      try {
        assert.equal((await unpackInto(place, { file: 'folders.tar', bytes: tar(...folders) })).kind, 'unpacked');
      } finally {
        Object.assign(fs, { fsyncSync });
      }
      assert.ok(synced.length > 0);
      assert.ok(synced.length < 100, String(synced.length));
    } finally {
      place.remove();
    }
  });

  it('tells that it lost a setuid bit', async () => {
    const place = makePlace();
    try {
      const outcome = await unpackInto(place, hostileTars().find(({ name }) => name === 'a setuid file')!);
      assert.ok(outcome.kind === 'unpacked' && outcome.warnings.some((warning) => warning.includes('setuid')), JSON.stringify(outcome));
    } finally {
      place.remove();
    }
  });

  it('is not unpacked over something that is there, nor next to it', async () => {
    const place = makePlace();
    try {
      const [archive] = honestArchives();
      fs.mkdirSync(place.destination);
      fs.writeFileSync(path.join(place.destination, 'mine'), '');
      const outcome = await unpackInto(place, archive!);
      assert.equal(outcome.kind, 'refused');
      fs.unlinkSync(path.join(place.destination, 'mine'));
      assert.equal((await unpackInto(place, archive!)).kind, 'unpacked');
    } finally {
      place.remove();
    }
  });
});

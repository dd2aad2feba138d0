import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Failure } from '../../protocol/errors.ts';
import { urlSource } from '../../server/revisions/https-url.ts';
import { canonicalLocation, describeLocation, locationKey } from '../../server/revisions/location.ts';
import { aResolvingController, sha256Of } from './a-resolving-controller.ts';
import { anOrigin, bundleTar, serving, type Origin } from './origin.ts';

const bytes = bundleTar();
const sha256 = sha256Of(bytes);

async function withOrigin(act: (parts: Awaited<ReturnType<typeof aResolvingController>> & { origin: Origin }) => Promise<void>): Promise<void> {
  await using origin = await anOrigin(serving(bytes));
  await using controller = await aResolvingController({ url: urlSource({ idleTimeoutMs: 2_000 }) }, { pausesMs: [1] });
  await act(Object.assign(controller, { origin }));
}

const revision = (url: string, digest = sha256) => ({ revisionType: 'Url' as const, urlLocation: { url, sha256: digest, bundleType: 'tar' as const } });

describe('a revision at an address', () => {
  it('is taken when it has the digest that was said', () =>
    withOrigin(async ({ deploy, origin }) => {
      assert.deepEqual((await deploy(revision(`${origin.url}/b.tar?signature=secret`))).bundle, { sha256, size: bytes.length, bundleType: 'tar' });
      assert.equal(origin.seen[0]?.url, '/b.tar?signature=secret');
    }));

  it('is refused with any other digest, and nothing of it is kept', () =>
    withOrigin(async ({ deploy, origin, kept }) => {
      const { defect } = await deploy(revision(`${origin.url}/b.tar?signature=secret`, 'a'.repeat(64)));
      assert.equal(defect?.code, 'INVALID_REVISION');
      assert.ok(defect?.message.includes(sha256) && !defect.message.includes('secret'), defect?.message);
      assert.deepEqual(await kept(), []);
    }));

  it('needs no network once it was fetched', () =>
    withOrigin(async ({ deploy, origin }) => {
      await deploy(revision(`${origin.url}/b.tar`));
      origin.script = (_request, response) => void response.writeHead(410).end();
      assert.equal((await deploy(revision(`${origin.url}/b.tar`))).bundle?.sha256, sha256);
      assert.equal(origin.seen.length, 1);
    }));

  it('is written in one way, and never shown with what follows its question mark', () => {
    const given = canonicalLocation({ revisionType: 'Url', urlLocation: { url: 'HTTPS://Example.com/a/../b.tar?sig=1', sha256: sha256.toUpperCase(), bundleType: 'tar' } });
    assert.deepEqual(given.urlLocation, { url: 'https://example.com/b.tar?sig=1', sha256, bundleType: 'tar' });
    assert.equal(describeLocation(given), 'https://example.com/b.tar');
    assert.equal(locationKey(given), locationKey(canonicalLocation(given)));
  });

  it('is refused at once when it is not https, holds a password, or lacks digest or type', () => {
    const good = revision('https://example.com/b').urlLocation;
    for (const wrong of [
      { ...good, url: 'http://example.com/b' }, { ...good, url: 'file:///etc/passwd' }, { ...good, url: 'https://u:p@example.com/' }, { ...good, url: 'b.tar' },
      { url: good.url, bundleType: good.bundleType }, { ...good, sha256: 'abc' }, { url: good.url, sha256 }, { ...good, bundleType: 'YAML' as const },
    ]) {
      assert.throws(() => canonicalLocation({ revisionType: 'Url', urlLocation: wrong }), (error: Failure) => error.code === 'InvalidRevisionException' && (error.field ?? '').startsWith('revision.urlLocation'), JSON.stringify(wrong));
    }
  });
});

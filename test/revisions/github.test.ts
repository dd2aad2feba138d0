import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'mocha';
import { gitHubSource } from '../../server/revisions/github.ts';
import { gitHub } from '../operations/a-controller.ts';
import { aResolvingController, sha256Of } from './a-resolving-controller.ts';
import { anOrigin, bundleTgz, serving, type Origin } from './origin.ts';

const bytes = bundleTgz();
const { commitId } = gitHub.gitHubLocation;

/** The API, which sends on to another host as GitHub does, and that host. */
async function withGitHub(token: string | null, act: (parts: Awaited<ReturnType<typeof aResolvingController>> & { api: Origin; codeload: Origin }) => Promise<void>): Promise<void> {
  await using codeload = await anOrigin(serving(bytes));
  await using api = await anOrigin((_request, response) => void response.writeHead(302, { location: `${codeload.url}/octo/cat/legacy.tar.gz` }).end());
  const source = gitHubSource({ baseUrl: `${api.url}/api/v3`, token }, { idleTimeoutMs: 2_000 });
  await using controller = await aResolvingController({ gitHub: source }, { pausesMs: [1] });
  await act(Object.assign(controller, { api, codeload }));
}

const header = (request: IncomingMessage | undefined, name: string) => request?.headers[name];

describe('a revision on GitHub', () => {
  it('is the tarball of its commit, asked for at the configured server and fetched from where that sends us', () =>
    withGitHub(null, async ({ deploy, api, codeload, kept }) => {
      assert.deepEqual((await deploy(gitHub)).bundle, { sha256: sha256Of(bytes), size: bytes.length, bundleType: 'tgz' });
      assert.equal(api.seen[0]?.url, `/api/v3/repos/octo/cat/tarball/${commitId}`);
      assert.equal(header(api.seen[0], 'authorization'), undefined);
      assert.equal(codeload.seen[0]?.url, '/octo/cat/legacy.tar.gz');
      assert.deepEqual(await kept(), [sha256Of(bytes)]);
    }));

  it('shows the token to the server it is for, and to no other', () =>
    withGitHub('hunter2', async ({ deploy, api, codeload }) => {
      await deploy(gitHub);
      assert.equal(header(api.seen[0], 'authorization'), 'token hunter2');
      assert.equal(header(codeload.seen[0], 'authorization'), undefined);
    }));

  it('is fetched once: a commit stays what it is', () =>
    withGitHub(null, async ({ deploy, api }) => {
      await deploy(gitHub);
      assert.equal((await deploy(gitHub)).bundle?.sha256, sha256Of(bytes));
      assert.equal(api.seen.length, 1);
    }));

  it('must be named by the whole id of a commit and by a repository', () =>
    withGitHub(null, async ({ deploy, api }) => {
      for (const wrong of [{ repository: 'octo/cat', commitId: 'main' }, { repository: 'octo/cat', commitId: '0123456' }, { repository: '../cat', commitId }, { repository: 'octo/cat?x', commitId }]) {
        assert.equal((await deploy({ revisionType: 'GitHub', gitHubLocation: wrong })).defect?.code, 'INVALID_REVISION', JSON.stringify(wrong));
      }
      assert.equal(api.seen.length, 0);
    }));

  it('that is not there, not allowed or limited is a defect that says what to do, without the token', async () => {
    const answers: readonly [number, Record<string, string>, RegExp][] = [
      [404, {}, /answered 404 \(there is no such repository or commit for anybody; set github.token-file/],
      [401, {}, /the configured token is not valid/],
      [403, {}, /it is not allowed for anybody/],
      [403, { 'x-ratelimit-remaining': '0' }, /no more requests are allowed for now/],
    ];
    for (const [status, headers, message] of answers) {
      await withGitHub(null, async ({ deploy, api }) => {
        api.script = (_request, response) => void response.writeHead(status, headers).end();
        const { defect } = await deploy(gitHub);
        assert.match(defect?.message ?? '', message);
        assert.match(defect?.message ?? '', /^octo\/cat at commit 0123456/);
      });
    }
  });

  it('is not followed to a file, to the metadata service, or in circles', async () => {
    for (const location of ['file:///etc/shadow', 'http://169.254.169.254/latest/meta-data/', 'http://user:password@127.0.0.1/', '//']) {
      await withGitHub('hunter2', async ({ deploy, api }) => {
        api.script = (_request, response) => void response.writeHead(302, { location }).end();
        assert.match((await deploy(gitHub)).defect?.message ?? '', /which is not followed/, location);
        assert.equal(api.seen.length, 1);
      });
    }
    await withGitHub(null, async ({ deploy, api }) => {
      api.script = (request, response) => void response.writeHead(302, { location: request.url! }).end();
      assert.match((await deploy(gitHub)).defect?.message ?? '', /more than 5 times/);
      assert.equal(api.seen.length, 6);
    });
  });
});

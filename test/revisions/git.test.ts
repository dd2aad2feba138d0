import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { canonicalLocation } from '../../server/revisions/location.ts';
import { gitSource } from '../../server/revisions/git.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import type { GitLocation } from '../../protocol/model/revision.ts';
import { aResolvingController } from './a-resolving-controller.ts';
import { appSpec } from './origin.ts';

const world = makeRealWorld({ level: 'error', folder: null, program: 'test' });

/** A repository with two commits behind `git http-backend` on a real socket. */
async function withRepository(act: (parts: Awaited<ReturnType<typeof aResolvingController>> & { url: string; commits: readonly string[]; git: (...args: string[]) => string; revision: (over: GitLocation) => Parameters<Awaited<ReturnType<typeof aResolvingController>>['deploy']>[0]; seen: http.IncomingMessage[] }) => Promise<void>, over: { largestBytes?: number } = {}): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-git-'));
  const repository = join(folder, 'web.git');
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const git = (...args: string[]): string => execFileSync('git', ['-C', repository, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  execFileSync('git', ['init', '--quiet', '-b', 'main', repository], { env });
  const commits: string[] = [];
  for (const text of ['one', 'two']) {
    await writeFile(join(repository, 'appspec.yml'), appSpec);
    await writeFile(join(repository, 'text'), text);
    git('add', '.');
    git('commit', '--quiet', '-m', text);
    commits.push(git('rev-parse', 'HEAD'));
  }
  git('tag', 'v1', commits[0]!);
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request);
    const [path, query = ''] = request.url!.split('?');
    const child = spawn('git', ['http-backend'], {
      env: { ...env, GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: path, QUERY_STRING: query, REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.stdout.on('end', () => {
      const answer = Buffer.concat(pieces);
      const at = answer.indexOf('\r\n\r\n');
      const headers = Object.fromEntries(answer.subarray(0, at).toString().split('\r\n').map((line) => line.split(': ') as [string, string]));
      response.writeHead(Number((headers['Status'] ?? '200').split(' ')[0]), headers).end(answer.subarray(at + 4));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/web.git`;
  const settings = { path: process.env['PATH'] ?? '', caFile: null, sshKeyFile: null, knownHostsFile: null, credentials: [], largestBytes: 100_000_000, ...over };
  const controller = await aResolvingController({ git: gitSource(settings, world) }, { pausesMs: [1] });
  const revision = (location: GitLocation) => ({ revisionType: 'Git' as const, gitLocation: { url, ...location } });
  try {
    await act(Object.assign(controller, { url, commits, git, revision, seen }));
  } finally {
    await controller[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
}

describe('a revision in a Git repository', () => {
  it('at a branch is the commit that the branch is then, and says which', () =>
    withRepository(async ({ deploy, commits, revision, git, kept }) => {
      const before = await deploy(revision({ ref: 'main' }));
      assert.equal(before.bundle?.bundleType, 'tar', before.defect?.message);
      assert.ok(before.statusMessages?.some((message) => message.includes(`was commit ${commits[1]}`)), String(before.statusMessages));
      git('reset', '--quiet', '--hard', commits[0]!);
      const after = await deploy(revision({ ref: 'main' }));
      assert.ok(after.statusMessages?.some((message) => message.includes(`was commit ${commits[0]}`)));
      assert.notEqual(after.bundle?.sha256, before.bundle?.sha256);
      assert.deepEqual([...(await kept())].sort(), [before.bundle!.sha256, after.bundle!.sha256].sort());
    }));

  it('at a commit, any of its history, is fetched once; a tag of it is the same bundle', () =>
    withRepository(async ({ deploy, commits, revision, seen }) => {
      const { bundle } = await deploy(revision({ commitId: commits[0]! }));
      assert.notEqual(bundle, null);
      const asked = seen.length;
      assert.deepEqual((await deploy(revision({ commitId: commits[0]! }))).bundle, bundle);
      assert.equal(seen.length, asked);
      assert.deepEqual((await deploy(revision({ ref: 'v1' }))).bundle, bundle);
    }));

  it('that has no such branch, commit or repository is a defect in git\'s own words', () =>
    withRepository(async ({ deploy, revision, url, kept }) => {
      for (const [wrong, words] of [[{ ref: 'nothing' }, /find remote ref/], [{ commitId: 'a'.repeat(40) }, /no commit of that repository/], [{ ref: 'main', url: `${url}.none` }, /not found/]] as const) {
        const { defect } = await deploy(revision(wrong));
        assert.equal(defect?.code, 'REVISION_MISSING');
        assert.match(defect?.message ?? '', words);
      }
      assert.deepEqual(await kept(), []);
    }));

  it('that is too large is given up on the way, and nothing of it stays', () =>
    withRepository(async ({ deploy, revision, kept }) => {
      const { defect } = await deploy(revision({ ref: 'main' }));
      assert.equal(defect?.code, 'INVALID_REVISION');
      assert.match(defect?.message ?? '', /more than 1000 bytes to fetch/);
      assert.deepEqual(await kept(), []);
    }, { largestBytes: 1_000 }));

  it('of git that is not installed says so', () =>
    withRepository(async (c) => {
      const scratch = await mkdtemp(join(tmpdir(), 'fairlead-git-'));
      const bare = gitSource({ path: scratch, caFile: null, sshKeyFile: null, knownHostsFile: null, credentials: [], largestBytes: 1 }, world);
      try {
        await assert.rejects(bare.open(c.revision({ ref: 'main' }), { signal: new AbortController().signal, scratch }), /git cannot be started on the controller/);
        assert.deepEqual(await readdir(scratch), []);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    }));

  it('may be nowhere but behind https and ssh, and be named by nothing that git could take for an option or a range', () => {
    const refused: readonly GitLocation[] = [
      { url: 'file:///srv/web.git', ref: 'main' }, { url: 'ext::sh -c id', ref: 'main' }, { url: 'git://example.com/web', ref: 'main' }, { url: 'http://example.com/web', ref: 'main' },
      { url: 'ssh://-oProxyCommand=id/web', ref: 'main' }, { url: 'https://u:p@example.com/web', ref: 'main' }, { url: '/srv/web.git', ref: 'main' },
      { url: 'https://example.com/web', ref: '--upload-pack=id' }, { url: 'https://example.com/web', ref: 'a..b' }, { url: 'https://example.com/web', ref: 'a b' }, { url: 'https://example.com/web', ref: '+main:main' },
      { url: 'https://example.com/web', commitId: '0123456' }, { url: 'https://example.com/web' }, { url: 'https://example.com/web', ref: 'main', commitId: 'a'.repeat(40) },
    ];
    for (const gitLocation of refused) assert.throws(() => canonicalLocation({ revisionType: 'Git', gitLocation }), { code: 'InvalidRevisionException' }, JSON.stringify(gitLocation));
    for (const url of ['https://example.com/web.git', 'ssh://git@example.com/web.git']) assert.equal(canonicalLocation({ revisionType: 'Git', gitLocation: { url, ref: 'release/1.2' } }).gitLocation?.url, url);
  });
});

// The real packages, all of them, before the programs that have to take them: dpkg, rpm and lintian (`npm run
// test:packages`; no part of `npm test`, as it needs these and a minute). Fails where they are not installed.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { after, before, describe, it } from 'mocha';

const execute = promisify(execFile);
const home = join(import.meta.dirname, '../..');

describe('the packages', function () {
  this.timeout(600_000);
  let folder: string;
  let files: readonly string[];
  const of = (ending: string): readonly string[] => files.filter((file) => file.endsWith(ending));
  const run = async (file: string, ...args: readonly string[]): Promise<string> => (await execute(file, [...args], { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const make = (to: string): Promise<unknown> => execute(process.execPath, ['--disable-warning=ExperimentalWarning', join(home, 'packaging/packages.ts'), '--to', to], { env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' } });
  const mine = process.arch === 'arm64' ? 'arm64' : 'amd64';

  before(async () => {
    const missing = ['dpkg-deb', 'rpm', 'lintian'].filter((program) => spawnSync(program, ['--version']).error !== undefined);
    if (missing.length > 0) throw new Error(`These tests need ${missing.join(', ')}. On Debian: apt-get install dpkg rpm lintian.`);
    folder = mkdtempSync(join(tmpdir(), 'fairlead-packages-'));
    await make(folder);
    files = readdirSync(folder).sort();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are three, for two architectures, in three forms, each with its bill of materials, and digests of all', async () => {
    assert.deepEqual([of('.deb').length, of('.rpm').length, of('.tar.gz').length, of('.sbom.cdx.json').length, of('SHA256SUMS').length], [6, 6, 6, 6, 1]);
    await run('sha256sum', '--check', '--strict', 'SHA256SUMS');
  });

  it('are the same bytes when they are built again', async () => {
    const again = mkdtempSync(join(tmpdir(), 'fairlead-packages-'));
    try {
      await make(again);
      assert.equal(readFileSync(join(again, 'SHA256SUMS'), 'utf8'), readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
  });

  it('are at most 50 MiB each', () => {
    for (const file of [...of('.deb'), ...of('.rpm'), ...of('.tar.gz')]) assert.ok(readFileSync(join(folder, file)).length < 50 * 1024 * 1024, file);
  });

  it('have digests and signatures that rpm finds good, and files that it lists', async () => {
    assert.deepEqual((await run('rpm', '-K', ...of('.rpm'))).trim().split('\n'), of('.rpm').map((file) => `${file}: digests OK`));
    for (const file of of('.rpm')) {
      assert.match(await run('rpm', '-qp', '--queryformat', '%{NAME} %{VERSION} %{ARCH} %{PAYLOADCOMPRESSOR}', file), /^fairlead(-agent|-server)? \d+\.\d+\.\d+ (x86_64|aarch64) gzip$/);
      assert.match(await run('rpm', '-qpl', file), /\/node$/m);
    }
    assert.equal((await run('rpm', '-qpc', ...of('.rpm'))).trim(), '/etc/fairlead/agent.yml\n/etc/fairlead/agent.yml\n/etc/fairlead/server.yml\n/etc/fairlead/server.yml');
  });

  it('are installed, verified and removed again by rpm', async () => {
    const root = mkdtempSync(join(tmpdir(), 'fairlead-root-'));
    try {
      const file = of('.rpm').find((one) => /^fairlead-agent-.*(x86_64|aarch64)/.test(one) && one.includes(mine === 'arm64' ? 'aarch64' : 'x86_64'))!;
      const rpm = (...args: readonly string[]): Promise<string> => run('rpm', '--root', root, '--nodeps', '--noscripts', ...args);
      await rpm('--install', file);
      assert.equal(await rpm('--verify', 'fairlead-agent'), '');
      assert.match(await run(join(root, 'usr/lib/fairlead-agent/bin/fairlead'), '--version'), /^\d+\.\d+\.\d+$/m);
      await rpm('--erase', 'fairlead-agent');
      assert.deepEqual(readdirSync(join(root, 'usr/lib')).filter((name) => name.startsWith('fairlead')), []);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('have nothing that lintian minds but what is overridden, with the reason beside it', async () => {
    const { stdout } = await execute('lintian', ['--allow-root', '--fail-on', 'none', '--tag-display-limit', '0', ...of(`${mine}.deb`)], { cwd: folder });
    assert.equal(stdout, '');
  });

  it('start, and say of what they leave out which package has it', async () => {
    for (const name of ['fairlead-agent', 'fairlead-server', 'fairlead']) {
      const root = mkdtempSync(join(tmpdir(), 'fairlead-root-'));
      try {
        await run('dpkg-deb', '--extract', of(`_${mine}.deb`).find((file) => file.startsWith(`${name}_`))!, root);
        const fairlead = (...args: readonly string[]): Promise<string> => execute(join(root, `usr/lib/${name}/bin/fairlead`), [...args]).then(({ stdout }) => stdout, (error: { stderr: string }) => error.stderr);
        assert.match(await fairlead('--version'), /^\d+\.\d+\.\d+\n$/);
        if (name === 'fairlead-agent') assert.equal(await fairlead('server', '--data-dir', join(root, 'data')), 'This package holds no server. Install fairlead-server, or the package fairlead, which holds everything.\n');
        if (name === 'fairlead-server') assert.match(await fairlead('agent', '--data-dir', join(root, 'data')), /^This package holds no agent\. Install fairlead-agent/);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }
  });

  it('can be installed from the tarball, keeping a changed configuration, and removed', async () => {
    const archive = of(`linux-${mine}.tar.gz`).find((file) => file.startsWith('fairlead-agent-'))!;
    const root = mkdtempSync(join(tmpdir(), 'fairlead-root-'));
    try {
      await run('tar', '-xzf', archive, '-C', root);
      const install = (...args: readonly string[]): Promise<unknown> => execute(join(root, archive.replace('.tar.gz', ''), 'install.sh'), [...args], { env: { ...process.env, DESTDIR: join(root, 'host') } });
      await install();
      assert.match(await run(join(root, 'host/usr/lib/fairlead-agent/bin/fairlead'), '--version'), /^\d/);
      await execute('sh', ['-c', 'echo "# mine" > "$0"', join(root, 'host/etc/fairlead/agent.yml')]);
      await install();
      assert.equal(readFileSync(join(root, 'host/etc/fairlead/agent.yml'), 'utf8'), '# mine\n');
      assert.match(readFileSync(join(root, 'host/etc/fairlead/agent.yml.new'), 'utf8'), /controller/);
      await install('--uninstall');
      assert.deepEqual(readdirSync(join(root, 'host/usr/lib')).filter((name) => name.startsWith('fairlead')), []);
      await install('--purge');
      assert.equal((await run('find', join(root, 'host'), '-name', '*fairlead*')).trim(), '');
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('list in their bill of materials what is in them: the packages of the lock file, and Node with its digest', async () => {
    const root = mkdtempSync(join(tmpdir(), 'fairlead-root-'));
    try {
      await run('dpkg-deb', '--extract', of(`_${mine}.deb`).find((file) => file.startsWith('fairlead-server_'))!, root);
      const bill = JSON.parse(gunzipSync(readFileSync(join(root, 'usr/share/doc/fairlead-server/sbom.cdx.json.gz'))).toString('utf8')) as { bomFormat: string; specVersion: string; components: { name: string; group?: string; version: string; hashes: { alg: string; content: string }[] }[] };
      assert.deepEqual([bill.bomFormat, bill.specVersion], ['CycloneDX', '1.6']);
      const node = bill.components.find(({ name }) => name === 'node')!;
      assert.equal(node.hashes[0]!.content, createHash('sha256').update(readFileSync(join(root, 'usr/lib/fairlead-server/node'))).digest('hex'));
      const names = new Set(bill.components.map(({ name, group }) => (group === undefined ? name : `${group}/${name}`)));
      for (const name of ['fastify', 'kysely', 'pg', 'ws', '@aws-sdk/client-sns']) assert.ok(names.has(name), `${name} is not listed`);
      assert.ok(!names.has('mocha') && !names.has('esbuild'), 'what only builds is listed');
      const notices = gunzipSync(readFileSync(join(root, 'usr/share/doc/fairlead-server/THIRD-PARTY-NOTICES.gz'))).toString('utf8');
      for (const { name, group, version } of bill.components) if (name !== 'node') assert.ok(notices.includes(`${group === undefined ? '' : `${group}/`}${name} ${version}`), `${name} has no notice`);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

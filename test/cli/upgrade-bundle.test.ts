import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { makeUpgradeBundle } from '../../cli/upgrade-bundle/make-bundle.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { realFiles } from '../../world/real/files.ts';

describe('a bundle that upgrades agents', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-upgrade-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const given = async (...names: readonly string[]): Promise<readonly string[]> => {
    for (const name of names) await writeFile(join(folder, name), name);
    return names.map((name) => join(folder, name));
  };
  const make = (packages: readonly string[]): ReturnType<typeof makeUpgradeBundle> => makeUpgradeBundle(packages, join(folder, 'bundle'), realFiles());

  it('holds packages of one version, an AppSpec that is good, and scripts that a shell can read', async () => {
    const names = ['fairlead-agent_0.2.0-1_amd64.deb', 'fairlead-agent-0.2.0-1.aarch64.rpm', 'fairlead-agent-0.2.0-linux-arm64.tar.gz'];
    assert.equal((await make(await given(...names))).version, '0.2.0');
    assert.deepEqual((await readdir(join(folder, 'bundle/packages'))).sort(), [...names].sort());
    assert.equal(await readFile(join(folder, 'bundle/VERSION'), 'utf8'), '0.2.0\n');
    assert.equal(parseAppSpecBytes(await readFile(join(folder, 'bundle/appspec.yml'))).kind, 'accepted');
    for (const script of ['host.sh', 'check.sh', 'upgrade.sh']) execFileSync('sh', ['-n', join(folder, 'bundle/scripts', script)]);
    assert.equal((await stat(join(folder, 'bundle/scripts/upgrade.sh'))).mode & 0o777, 0o755);
  });

  it('is refused with what is no package, with different versions and with a file that is not there, before anything is written', async () => {
    await assert.rejects(make(await given('fairlead-server_0.2.0-1_amd64.deb')), /is no package of the agent\. Give files such as fairlead-agent_0\.2\.0-1_amd64\.deb/);
    await assert.rejects(make(await given('fairlead-agent_0.2.0-1_amd64.deb', 'fairlead-agent_0.3.0-1_arm64.deb')), /different versions \(0\.2\.0, 0\.3\.0\)/);
    await assert.rejects(make([join(folder, 'fairlead-agent_0.9.0-1_amd64.deb')]), /There is no package /);
    await assert.rejects(readdir(join(folder, 'bundle')), /ENOENT/);
  });
});

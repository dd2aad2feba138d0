import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { say, startFakeServer } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

describe('fairlead lint', () => {
  let folder: string;
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-lint-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('says what is wrong in files, and its exit status is the outcome', async () => {
    const haproxy = await file('haproxy.cfg', 'global\n  stats socket /a level admin\n  hard-stop-after 1m\n  server-state-file /s\nbackend web\n  load-server-state-from-file global\n  server a 10.0.0.1:80\n');
    const ran = await runCommand(['lint', haproxy]);
    assert.equal(ran.status, 1);
    assert.match(ran.out, /^error health-check-missing: .*haproxy\.cfg: backend web/m);
    const json = await runCommand(['lint', haproxy, '--json']);
    assert.deepEqual((JSON.parse(json.out) as { findings: { rule: string }[] }).findings.map(({ rule }) => rule), ['health-check-missing', 'weight-base']);
    assert.equal(json.status, 1);
  });

  it('counts warnings as errors only when it is told to', async () => {
    const unit = await file('web.service', '[Service]\nTimeoutStopSec=10\n');
    assert.equal((await runCommand(['lint', unit])).status, 0);
    const ran = await runCommand(['lint', unit, '--drain-timeout', '1m']);
    assert.deepEqual([ran.status, /warning stop-timeout/.test(ran.out)], [0, true]);
    assert.equal((await runCommand(['lint', unit, '--drain-timeout', '1m', '--strict'])).status, 1);
  });

  it('looks at AppSpecs as the agents read them', async () => {
    const spec = await file('appspec.yml', 'version: 0.0\nos: linux\nhooks:\n  ApplicationStop:\n    - location: stop.sh\n      timeout: 5\n');
    const ran = await runCommand(['lint', spec, '--drain-timeout', '1m']);
    assert.match(ran.out, /readiness-missing[\s\S]*stop-timeout/);
    const broken = await file('appspec-broken.yml', 'version: [');
    assert.equal((await runCommand(['lint', broken])).status, 2);
  });

  it('refuses what it cannot tell apart or find, and no files at all', async () => {
    for (const words of [[], ['/no/such/file'], [await file('README.md', '# x\n')]]) assert.equal((await runCommand(['lint', ...words])).status, 2, words.join(' '));
  });

  it('asks the balancers of a group, takes its drain for the rules, and fails when it could not ask', async () => {
    const unit = await file('web.service', '[Service]\nTimeoutStopSec=100\n');
    const group = (loadBalancerInfo: object) => say({ deploymentGroupInfo: { loadBalancerInfo, traffic: { drainSeconds: 120 } } });
    const observation = (over: object) => say({ members: [], findings: [{ severity: 'warning', rule: 'weight-base', sentence: 'Too light.' }], ...over });
    const routes = (over: object) => ({ 'GET /v1/applications/shop/deployment-groups/blue': group({ targetGroupInfoList: [{ name: 'front' }], elbInfoList: [{ name: 'front' }] }), 'GET /v1/traffic-routers/front/observation': observation(over) });
    const ask = async (table: Parameters<typeof startFakeServer>[0], words: readonly string[]) => {
      await using server = await startFakeServer(table);
      return await runCommand(['lint', ...words], { env: environmentFor(server.url) });
    };
    const ran = await ask(routes({}), [unit, '--group', 'shop/blue']);
    assert.equal(ran.status, 0);
    assert.match(ran.out, /stop-timeout[\s\S]*weight-base: Too light\./);
    const troubled = await ask(routes({ trouble: 'It is gone.' }), ['--group', 'shop/blue']);
    assert.deepEqual([troubled.status, /It is gone\./.test(troubled.err)], [1, true]);
    assert.equal((await ask({ 'GET /v1/applications/shop/deployment-groups/blue': group({}) }, ['--group', 'shop/blue'])).status, 2);
  });
});

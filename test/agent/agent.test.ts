import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startAgent } from '../../agent/agent.ts';
import type { Agent, AgentParts } from '../../agent/agent.ts';
import { realExecutors } from '../../agent/commands/real-executors.ts';
import { readConfig } from '../../agent/config.ts';
import { DataFolderTaken, lockDataFolder } from '../../agent/data-lock.ts';
import { EnrollRefused, NoIdentity } from '../../agent/identity.ts';
import type { Enroll } from '../../agent/identity.ts';
import { StateCorrupt } from '../../agent/journal.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import { silentLog } from '../../world/log.ts';
import { postEnrollment } from '../../world/real/enroll.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import { tgz } from './bundle/tar-bytes.ts';
import { cancelCommand, finishCommand, runEventCommand } from './commands-of.ts';
import { TestController } from './test-controller.ts';

const enroll: Enroll = async (url, request, signal) => {
  const reply = await postEnrollment(url, request, { ca: null, timeoutMs: 5_000 }, signal);
  if (reply.kind === 'refused') throw new EnrollRefused(reply.message);
  return reply.body as Awaited<ReturnType<Enroll>>;
};

const script = (body: string) => `#!/bin/sh\n${body}\n`;

/** A bundle whose hooks append their event to `trace`; `hooks` adds to or replaces them. */
function bundle(version: string, hooks: Readonly<Record<string, string>> = {}): Buffer {
  const events = ['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];
  const bodies = { ...Object.fromEntries(events.map((event) => [event, `echo "${version} $LIFECYCLE_EVENT $APPLICATION_NAME" >> "$FAIRLEAD_ROOT/trace"`])), ...hooks };
  const appspec = ['version: 0.0', 'os: linux', 'files:', '  - source: app.txt', '    destination: /srv/app', 'hooks:', ...Object.keys(bodies).flatMap((event) => [`  ${event}:`, `    - location: ${event}.sh`, '      timeout: 20'])];
  return tgz(
    { name: 'appspec.yml', content: `${appspec.join('\n')}\n` },
    { name: 'app.txt', content: version },
    ...Object.entries(bodies).map(([event, body]) => ({ name: `${event}.sh`, content: script(body), mode: 0o755 })),
  );
}

async function appears(path: string): Promise<void> {
  for (const giveUpAt = performance.now() + 10_000; !existsSync(path); await new Promise((resolve) => setTimeout(resolve, 10))) {
    assert.ok(performance.now() < giveUpAt, `${path} never appears`);
  }
}

const inPlaceOrder = ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

describe('an agent on this machine', () => {
  let folder: string;
  let controller: TestController;
  let agent: Agent | null;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-agent-'));
    mkdirSync(join(folder, 'root'));
    controller = new TestController();
    await controller.start();
    agent = null;
  });

  afterEach(async () => {
    await agent?.[Symbol.asyncDispose]();
    await controller[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(joinToken: string | null = 'token', parts: Partial<AgentParts> = {}, configuration = ''): Promise<Agent> {
    const flags = { controller: controller.url, name: 'web-1', dataDir: join(folder, 'data'), root: join(folder, 'root'), ...(joinToken === null ? {} : { joinToken }) };
    const { config } = readConfig({ file: configuration === '' ? null : { path: 'agent.yml', text: configuration }, environment: { HOME: folder }, flags, hostname: 'h', agentVersion: '1' });
    const world = { ...makeRealWorld(), log: silentLog };
    agent = await startAgent(config, world, { executors: realExecutors(config, world, () => null), enroll, ...parts });
    return agent;
  }

  let generation = 0;
  const command = (attemptId: string, event: string, changes: Partial<RunEventCommand> = {}) => runEventCommand({ attemptId, event, generation: (generation += 1), ...changes });

  async function deploy(deploymentId: string, bytes: Buffer, upTo = 'ValidateService'): Promise<readonly string[]> {
    const outcomes: string[] = [];
    for (const event of inPlaceOrder.slice(0, inPlaceOrder.indexOf(upTo) + 1)) {
      const attemptId = `${deploymentId}-${event}`;
      controller.send(command(attemptId, event, { deploymentId, ...(event === 'DownloadBundle' ? { bundle: controller.offer(bytes, 'tgz') } : {}) }));
      const { outcome, diagnostics } = await controller.ended(attemptId);
      outcomes.push(outcome === 'Succeeded' ? event : `${event} ${outcome}: ${diagnostics.message}`);
      if (outcome !== 'Succeeded') return outcomes;
    }
    controller.send(finishCommand('Succeeded', deploymentId));
    return outcomes;
  }

  const trace = () => (existsSync(join(folder, 'root/trace')) ? readFileSync(join(folder, 'root/trace'), 'utf8').trim().split('\n') : []);

  it('deploys a revision, then the next, whose ApplicationStop is the first one’s', async () => {
    await start();
    assert.deepEqual(await deploy('d-1', bundle('v1')), inPlaceOrder);
    assert.equal(readFileSync(join(folder, 'root/srv/app/app.txt'), 'utf8'), 'v1');
    assert.deepEqual(await deploy('d-2', bundle('v2')), inPlaceOrder);
    assert.equal(readFileSync(join(folder, 'root/srv/app/app.txt'), 'utf8'), 'v2');
    const run = (version: string) => ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'].map((event) => `${version} ${event} shop`);
    assert.deepEqual(trace(), [...run('v1'), 'v1 ApplicationStop shop', ...run('v2')]);
    const markers = join(folder, 'data/deployment-instructions');
    await controller.until((one) => (one.acknowledged >= 16 ? true : undefined), 'the last acknowledgement');
    assert.equal(readFileSync(join(markers, 'group-1_last_successful_install'), 'utf8'), join(folder, 'data/deployment-root/group-1/d-2'));
    assert.equal(readFileSync(join(markers, 'group-1_most_recent_install'), 'utf8'), join(folder, 'data/deployment-root/group-1/d-2'));
  });

  it('fails DownloadBundle for a bad AppSpec, with its line, and keeps nothing of the bundle', async () => {
    await start();
    const bad = tgz({ name: 'appspec.yml', content: 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: a.sh\n      timeout: none\n' });
    const outcomes = await deploy('d-1', bad);
    assert.match(outcomes.at(-1)!, /^DownloadBundle Failed: appspec\.yml line 6, hooks\.AfterInstall\[0\]\.timeout: /);
    assert.ok(!existsSync(join(folder, 'data/deployment-root/group-1/d-1/deployment-archive')));
  });

  for (const [limit, words] of [
    ['entries: 3', /The bundle was refused: .*more than 3 entries/],
    ['unpacked_bytes: 100', /The bundle was refused: .*100/],
    ['component_bytes: 8', /The bundle was refused: .*component of more than 8 bytes/],
    ['appspec_bytes: 50', /The AppSpec is larger than 50 bytes/],
    ['appspec_scripts: 1', /ValidateService: The event has 2 scripts, more than the 1 allowed/],
  ] as const) {
    it(`refuses a bundle by the host's own limits: ${limit}`, async () => {
      await start('token', {}, `limits: { ${limit} }\n`);
      const bytes = tgz({ name: 'appspec.yml', content: 'version: 0.0\nos: linux\nhooks:\n  ValidateService:\n    - location: a-long-name.sh\n    - location: b.sh\n' }, { name: 'a-long-name.sh', content: script('true') }, { name: 'b.sh', content: script('true') }, { name: 'c', content: '' });
      controller.send(command('a1', 'DownloadBundle', { bundle: controller.offer(bytes, 'tgz') }));
      const { outcome, diagnostics } = await controller.ended('a1');
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, words);
    });
  }

  it('fails DownloadBundle for a bundle with another digest than promised', async () => {
    await start();
    const source = { ...controller.offer(bundle('v1'), 'tgz'), sha256: '0'.repeat(64) };
    controller.send(command('att', 'DownloadBundle', { bundle: source }));
    const { outcome, diagnostics } = await controller.ended('att');
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /digest|sha/i);
  });

  it('tells of a failing hook with its script, exit code and log', async () => {
    await start();
    const outcomes = await deploy('d-1', bundle('v1', { AfterInstall: 'echo about to fail; exit 7' }));
    assert.match(outcomes.at(-1)!, /^AfterInstall Failed: .*exit code 7/);
    const { diagnostics } = await controller.ended('d-1-AfterInstall');
    assert.equal(diagnostics.errorCode, 'ScriptFailed');
    assert.equal(diagnostics.scriptName, 'AfterInstall.sh');
    assert.match(diagnostics.logTail, /\[stdout\]about to fail/);
  });

  it('leaves a running hook alone when it stops, and the next agent reports its real end, without running it again', async () => {
    const first = await start();
    const gate = join(folder, 'gate');
    const hook = `echo started >> "$FAIRLEAD_ROOT/starts"; while [ ! -e ${gate} ]; do sleep 0.05; done; exit 3`;
    assert.deepEqual((await deploy('d-1', bundle('v1', { ApplicationStart: hook }), 'AfterInstall')).length, 5);
    controller.send(command('long', 'ApplicationStart', { deploymentId: 'd-1' }));
    const starts = join(folder, 'root/starts');
    await appears(starts);
    const before = performance.now();
    await first[Symbol.asyncDispose]();
    assert.ok(performance.now() - before < 2_000, 'it stops without waiting for the hook');
    assert.ok(!controller.reports.some((report) => report.kind === 'Ended' && report.attemptId === 'long'));

    await start();
    writeFileSync(gate, '');
    const { outcome, diagnostics } = await controller.ended('long');
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /exit code 3/);
    assert.equal(readFileSync(starts, 'utf8'), 'started\n');
    assert.equal(controller.enrolments, 1, 'a restart needs no enrolment');
  });

  it('ends a running hook that the controller gives up', async () => {
    await start();
    await deploy('d-1', bundle('v1', { ApplicationStart: 'echo started >> "$FAIRLEAD_ROOT/starts"; exec sleep 60' }), 'AfterInstall');
    controller.send(command('long', 'ApplicationStart', { deploymentId: 'd-1' }));
    await controller.until((one) => (one.reports.some((report) => report.attemptId === 'long') ? true : undefined), 'its acceptance');
    controller.send(cancelCommand('long'));
    assert.equal((await controller.ended('long')).outcome, 'Cancelled');
  });

  it('loses nothing when its connection breaks again and again', async () => {
    await start();
    for (const number of [1, 5]) controller.breaksAt.add(number);
    assert.deepEqual(await deploy('d-1', bundle('v1')), inPlaceOrder);
    assert.equal(controller.sessions, 3);
    assert.equal(new Set(controller.reports.map((report) => `${report.kind} ${report.attemptId}`)).size, controller.reports.length, 'no report came twice');
  });

  it('keeps its key to itself', async () => {
    await start();
    const path = join(folder, 'data/identity.json');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'data/journal/journal.log')).mode & 0o777, 0o600);
  });

  it('tells what the controller says against its token, and asks again with the same key', async () => {
    controller.refuses = 'The join token has expired. Create a new one with: fairlead token create';
    await assert.rejects(start(), (error: Error) => error instanceof EnrollRefused && error.message === controller.refuses);
    const key = (JSON.parse(readFileSync(join(folder, 'data/identity.json'), 'utf8')) as { key: string }).key;
    controller.refuses = null;
    await start();
    assert.equal((JSON.parse(readFileSync(join(folder, 'data/identity.json'), 'utf8')) as { key: string }).key, key);
  });

  it('says what is missing when it has neither identity nor token', async () => {
    await assert.rejects(start(null), (error: Error) => error instanceof NoIdentity && error.message.includes('--join-token'));
  });

  it('starts nothing on a journal that cannot be trusted', async () => {
    await (await start())[Symbol.asyncDispose]();
    const path = join(folder, 'data/journal/journal.log');
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([Buffer.from('damage'), bytes]));
    await assert.rejects(start(), (error: Error) => error instanceof StateCorrupt && error.message.includes(path));
  });

  it('does not share its data folder', async () => {
    const lock = await lockDataFolder(folder);
    await assert.rejects(lockDataFolder(folder), (error: Error) => error instanceof DataFolderTaken && error.message.includes(folder));
    lock[Symbol.dispose]();
    (await lockDataFolder(folder))[Symbol.dispose]();
  });
});

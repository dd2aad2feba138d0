// Agents and controllers of different versions: the whole server, and agents that speak as those of before or as those to come.
// What 0.1.0 first said is written down here and never changed: it has to be understood for as long as protocol 1 is.

import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { closeCodes } from '../../protocol/session/close-codes.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { parseFromServer } from '../../protocol/session/frames.ts';
import { aWholeServer, type WholeServer } from '../access/a-whole-server.ts';
import { enrolRaw, RawAgent, type RawIdentity } from './raw-agent.ts';

describe('an agent of another version', function () {
  this.timeout(60_000);
  let server: WholeServer;
  let identity: RawIdentity;
  beforeEach(async () => {
    server = await aWholeServer(null);
    identity = await enrolRaw(server.url, (await server.administrator.call(registry.createEnrollmentToken, {})).token, 'web-1');
  });
  afterEach(() => server[Symbol.asyncDispose]());

  /** The hello of the first agents, and nothing else. */
  async function firstHello(agent: RawAgent, more: object = {}): Promise<object> {
    const { nonce, controllerId } = await agent.hear('challenge');
    const signature = sign(null, Buffer.from(`fairlead-agent-v1|${controllerId}|${identity.instanceId}|${nonce}`), identity.key).toString('base64');
    return { kind: 'hello', protocolVersions: [1], instanceId: identity.instanceId, signature, agentVersion: '0.1.0', bootId: 'b', tags: [], lastCommand: 0, ...more };
  }

  it('that says no more than the first agents did is welcomed with all that these needed', async () => {
    const agent = await RawAgent.connect(server.url);
    agent.say(await firstHello(agent));
    const { protocolVersion, lastReport, pingEveryMs } = await agent.hear('welcome');
    assert.deepEqual([protocolVersion, lastReport], [1, 0]);
    assert.ok(pingEveryMs >= 100);
    agent.say({ kind: 'report', number: 1, report: { kind: 'Accepted', attemptId: 'nobody-knows-it', at: 1 } });
    assert.deepEqual(await agent.hear('acknowledge'), { kind: 'acknowledge', upTo: 1 });
    agent.ws.terminate();
  });

  it('is sent no frame that it did not say it knows: asked for a new key, the controller says that it is too old', async () => {
    const agent = await RawAgent.connect(server.url);
    agent.say(await firstHello(agent));
    await agent.hear('welcome');
    await assert.rejects(server.administrator.call(registry.rotateInstanceKey, { instanceName: 'web-1' }), /too old to make itself a new one; upgrade it first/);
    assert.deepEqual([...new Set(agent.heard.map(({ kind }) => kind))].filter((kind) => !['challenge', 'welcome', 'ping', 'acknowledge', 'command'].includes(kind)), []);
    agent.ws.terminate();
  });

  it('that is newer may say more than this controller knows, and speak more protocols', async () => {
    const agent = await RawAgent.connect(server.url);
    agent.say(await firstHello(agent, { protocolVersions: [1, 2, 3], agentVersion: '0.2.0', sings: true, load: { cpu: 1 } }));
    assert.equal((await agent.hear('welcome')).protocolVersion, 1);
    agent.ws.terminate();
  });

  it('that speaks no protocol of this controller is told to come back upgraded', async () => {
    const agent = await RawAgent.connect(server.url);
    agent.say(await firstHello(agent, { protocolVersions: [7] }));
    const { code, reason } = await agent.closed;
    assert.equal(code, closeCodes.versionMismatch.code);
    assert.match(reason, /speaks protocol 1; upgrade whichever is older/);
  });

  it('understands a newer controller that says more than it knows, and one that says no more than the first', () => {
    const first = [
      { kind: 'challenge', controllerId: 'c', nonce: 'n'.repeat(64), protocolVersions: [1] },
      { kind: 'welcome', protocolVersion: 1, lastReport: 0, pingEveryMs: 5000, now: 1 },
      { kind: 'command', number: 1, command: { kind: 'RunEvent', attemptId: 'a', deploymentId: 'd-1', deploymentGroupId: 'g', deploymentGroupName: 'web', applicationName: 'shop', deploymentCreator: 'user', deploymentType: 'IN_PLACE', event: 'Install', generation: 1, revision: { revisionType: 'S3' }, fileExistsBehavior: 'DISALLOW', timeoutMs: 1000 } },
      { kind: 'command', number: 2, command: { kind: 'Cancel', attemptId: 'a', deploymentId: 'd-1', reason: 'r' } },
      { kind: 'command', number: 3, command: { kind: 'Finish', deploymentId: 'd-1', deploymentGroupId: 'g', status: 'Succeeded' } },
      { kind: 'acknowledge', upTo: 1 },
      { kind: 'ping' },
    ];
    for (const frame of first) {
      assert.notEqual(parseFromServer(JSON.stringify(frame)), null, frame.kind);
      assert.notEqual(parseFromServer(JSON.stringify({ ...frame, sings: true, mood: { good: 1 } })), null, frame.kind);
    }
  });
});

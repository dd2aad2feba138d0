// An agent's session from the hands of somebody who has enrolled one host and wants more: frames of any bytes, of the wrong
// shape, out of order, played again, about another host, under its name. A deployment is under way on that other host all
// the while, and nothing of it may change; nor may anything break.

import { registry } from '../../protocol/operations/registry.ts';
import { realClock } from '../../world/real/clock.ts';
import { aWholeServer, type WholeServer } from '../access/a-whole-server.ts';
import { enrolRaw, RawAgent, type RawIdentity } from '../faces/raw-agent.ts';
import { bundleOf } from '../faces/s3/bundle-of.ts';
import type { SimRandom } from '../simulation/sim-random.ts';
import type { Door } from './fuzzer.ts';
import { oddString, oddValue, spoil } from './oddities.ts';
import { basicTime, hash, sign } from '../faces/sign.ts';
import { administratorKey } from '../access/a-whole-server.ts';
import { httpClient } from './http-client.ts';

const oneOf = <T>(random: SimRandom, some: readonly T[]): T => some[random.below(some.length)]!;

export async function openFrames(): Promise<Door> {
  const server = await aWholeServer('limits: { session-frames-per-second: 1000000, newcomers-per-second: 1000000 }');
  const { token } = await server.administrator.call(registry.createEnrollmentToken, { maxUses: 10 });
  const victim = await enrolRaw(server.url, token, 'victim');
  const evil = await enrolRaw(server.url, token, 'evil');
  const host = await RawAgent.live(server.url, victim);
  const beat = setInterval(() => host.say({ kind: 'ping' }), 1_000);
  const command = await deployTo(server, host);
  await host.hear('ping').catch(() => undefined);
  const before = await picture(server);
  let session: RawAgent | null = null;
  let number = 0;
  const said: string[] = [];
  const hellos: string[] = [];

  /** Live as the host that is ours. */
  async function live(): Promise<RawAgent> {
    if (session !== null && session.ws.readyState === session.ws.OPEN) return session;
    session = await RawAgent.connect(server.url);
    const hello = await session.hello(evil);
    hellos.push(JSON.stringify(hello));
    session.say(hello);
    number = (await session.hear('welcome')).lastReport;
    return session;
  }

  return {
    async tryCase(random) {
      const about = random.chance(0.7) ? command.attemptId : oddString(random);
      const isProved = random.chance(0.8);
      const agent = isProved ? await live() : await RawAgent.connect(server.url);
      const frames = Array.from({ length: 1 + random.below(4) }, () => drawFrame(random, { about, number: number + 1, victim, said, hellos }));
      for (const frame of frames) {
        if (typeof frame === 'string') said.push(frame);
        agent.say(frame);
      }
      if (said.length > 200) said.splice(0, 100);
      // Whatever it made of them, it has made it once it answers this, or has hung up.
      agent.say({ kind: 'report', number, report: { kind: 'Accepted', attemptId: 'x', at: 1 } });
      await Promise.race([agent.closed, isProved && number > 0 ? agent.hear('acknowledge').catch(() => undefined) : agent.closed]);
      if (agent.ws.readyState === agent.ws.OPEN && isProved) number = Math.max(number, ...agent.heard.splice(0).map((heard) => (heard.kind === 'acknowledge' ? heard.upTo : 0)));
      if (!isProved) agent.ws.terminate();
      const told = frames.map((frame) => (typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1')).slice(0, 500)).join(' | ');
      const errors = server.errors.filter((error) => !error.startsWith('the agent has commands this controller never gave'));
      if (errors.length > 0) return `${told} left an error: ${errors.join(' ')}`;
      if (({} as { a?: unknown }).a !== undefined) return `${told} has polluted the prototype`;
      const after = await picture(server);
      if (after !== before) return `${told} has changed what is not its own:\n${before}\n${after}`;
      return host.ws.readyState === host.ws.OPEN ? null : `${told} has cost the other host its session`;
    },
    async close() {
      clearInterval(beat);
      host.ws.terminate();
      session?.ws.terminate();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Hand {
  readonly about: string;
  readonly number: number;
  readonly victim: RawIdentity;
  readonly said: readonly string[];
  readonly hellos: readonly string[];
}

function drawFrame(random: SimRandom, { about, number, victim, said, hellos }: Hand): string | Uint8Array {
  const at = oneOf<unknown>(random, [0, 1, Date.now(), -1, 1e300]);
  const diagnostics = { errorCode: 'Success', scriptName: '', message: '', logTail: '' };
  const good: readonly unknown[] = [
    { kind: 'report', number, report: { kind: 'Accepted', attemptId: about, at } },
    { kind: 'report', number, report: { kind: 'Ended', attemptId: about, outcome: oneOf(random, ['Succeeded', 'Failed', 'Cancelled', 'Interrupted', 'Refused']), diagnostics, warnings: [], startedAt: 0, at } },
    { kind: 'logChunk', attemptId: about, number: 1 + random.below(3), chunk: { index: 0, restart: 0, stream: 'stdout', offset: random.below(100), lengths: [6], at: 1, text: 'hello' } },
    { kind: 'logChunk', attemptId: about, number: 1, chunk: null },
    { kind: 'acknowledge', upTo: random.below(10) },
    { kind: 'ping' },
    { kind: 'hello', protocolVersions: [1], instanceId: victim.instanceId, signature: 'AAAA', agentVersion: '1', bootId: 'b', tags: [], lastCommand: 0 },
    { kind: 'report', number: oneOf(random, [0, -1, number + 5, number - 1, 2 ** 53, 1.5]), report: { kind: 'Accepted', attemptId: about, at: 1 } },
  ];
  switch (random.below(10)) {
    case 0:
      return random.bytes(random.below(300));
    case 1:
      return oddString(random);
    case 2:
      return JSON.stringify(oddValue(random)) ?? '';
    case 3:
      return said.length === 0 ? '{}' : oneOf(random, said);
    case 4:
      // Another connection's hello: its signature is over another nonce.
      return hellos.length === 0 ? '{}' : oneOf(random, hellos);
    case 5:
      return `{"kind":"ping","__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}`;
    case 6:
      return `${'{"kind":'.repeat(random.below(3_000))}`;
    case 7:
      return JSON.stringify(spoil(oneOf(random, good), random)) ?? '';
    default:
      return JSON.stringify(oneOf(random, good));
  }
}

/** A deployment to the victim alone, whose first event it has been given and not ended. */
async function deployTo(server: WholeServer, host: RawAgent): Promise<{ readonly attemptId: string }> {
  const { administrator } = server;
  await administrator.call(registry.createApplication, { applicationName: 'web' });
  await administrator.call(registry.tagInstance, { instanceName: 'victim', tags: [{ Key: 'only', Value: 'me' }] });
  await administrator.call(registry.createDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue', serviceRoleArn: 'arn:aws:iam::123456789012:role/deploy', onPremisesInstanceTagFilters: [{ Key: 'only', Value: 'me', Type: 'KEY_AND_VALUE' }], deploymentConfigName: 'CodeDeployDefault.AllAtOnce' });
  await putBundle(server);
  await administrator.call(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/a.tar', bundleType: 'tar' } } });
  const { number, command } = await host.hear('command');
  host.say({ kind: 'acknowledge', upTo: number });
  if (command.kind !== 'RunEvent') throw new Error('another command was expected');
  host.say({ kind: 'report', number: 1, report: { kind: 'Accepted', attemptId: command.attemptId, at: 1 } });
  await host.hear('acknowledge', ({ upTo }) => upTo === 1);
  await realClock.sleep(50);
  return command;
}

async function putBundle(server: WholeServer): Promise<void> {
  const client = httpClient(server.port);
  const body = bundleOf(1_000);
  const timestamp = basicTime(Date.now());
  const headers: [string, string][] = [['host', 'x'], ['x-amz-date', timestamp], ['x-amz-content-sha256', hash(body)]];
  const { authorization } = sign({ method: 'PUT', path: '/fairlead/web/a.tar', headers, timestamp, payloadHash: hash(body), service: 's3', keyId: administratorKey.accessKeyId, secret: administratorKey.secretAccessKey });
  const { status, text } = await client.send('PUT', '/fairlead/web/a.tar', [...headers, ['authorization', authorization]], body);
  client.close();
  if (status !== 200) throw new Error(`the bundle was not taken: ${status} ${text}`);
}

/** All that is not the intruder's own. */
async function picture({ store }: WholeServer): Promise<string> {
  const { db } = store;
  const [deployments, targets, commands, output, instances, groups] = await Promise.all([
    db.selectFrom('deployments').selectAll().execute(),
    db.selectFrom('targets').selectAll().execute(),
    db.selectFrom('commands').selectAll().execute(),
    db.selectFrom('output_pieces').selectAll().execute(),
    db.selectFrom('instances').select(['name', 'public_key', 'deregistered_at', 'last_command']).orderBy('name').execute(),
    db.selectFrom('deployment_groups').selectAll().execute(),
  ]);
  const victim = await db.selectFrom('instances').select(['last_report', 'boot_id', 'agent_tags']).where('name', '=', 'victim').execute();
  return JSON.stringify({ deployments: deployments.map(({ wake_at: _w, ...row }) => row), targets, commands, output, instances, groups, victim });
}

// What the doctor makes of what it sees. The judgements are tables; what is seen of a controller is seen of a real one.

import assert from 'node:assert/strict';
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { judgeAgent } from '../../cli/doctor/judge-agent.ts';
import type { AgentFacts } from '../../cli/doctor/judge-agent.ts';
import { judgeCertificate, judgeClock, judgeDisk, judgeOwn, judgeUnit } from '../../cli/doctor/judge-host.ts';
import { judgeServer } from '../../cli/doctor/judge-server.ts';
import type { ServerFacts } from '../../cli/doctor/judge-server.ts';
import { parseEnvironmentFile } from '../../cli/place.ts';
import type { AgentStatus } from '../../protocol/model/agent-status.ts';
import { realHostFacts } from '../../world/real/host-facts.ts';
import { loopbackCertificate } from '../faces/loopback-certificate.ts';
import { runCommand } from './run-command.ts';

const mebi = 1024 * 1024;
const day = 86_400_000;
const now = Date.UTC(2026, 10, 30);

const running: AgentStatus = {
  version: '1', pid: 7, startedAt: now, instance: { instanceId: 'i-1', instanceName: 'web-1', controllerId: 'c' }, controllerUrl: 'https://c', isConnected: true,
  connectionChangedAt: now, tags: [], zone: null, hooksRunIn: 'units', groups: [], running: [], waitingEvents: 0, unsentReports: 0, lastError: null,
};
const shipped = new Map([['UnitFileState', 'enabled'], ['Type', 'notify'], ['Restart', 'always'], ['KillMode', 'process'], ['NeedDaemonReload', 'no'], ['NoNewPrivileges', 'yes']]);
const folder = { kind: 'there', isFolder: true, mode: 0o711, uid: 0, owner: 'root' } as const;
const agentFacts: AgentFacts = {
  now, dataFolder: '/d', folder, identityFile: '/d/identity.json', identity: { ...folder, isFolder: false, mode: 0o600 }, disk: { freeBytes: 8e9, totalBytes: 9e9, freeInodes: 1e6 }, agent: running,
  controllerUrl: 'https://c', controller: { kind: 'answered', status: 200, clockAheadMs: 20, withinMs: 510, certificate: { expiresAt: now + 90 * day, names: ['c'] } }, unit: shipped, hookUnits: 'auto',
};
const serverFacts: ServerFacts = {
  now, dataFolder: '/s', folder: { ...folder, mode: 0o700, owner: 'fairlead-server' }, keyFile: '/s/secrets.key', key: { ...folder, mode: 0o600, owner: 'fairlead-server' }, disk: agentFacts.disk, database: { kind: 'well', words: 'whole' },
  url: 'https://c', controller: agentFacts.controller!, certificate: { expiresAt: now + 90 * day, names: ['c'], isKeyItsOwn: true }, isLoopback: false, isClockKept: true, unit: shipped,
};
const bad = (findings: readonly { readonly check: string; readonly verdict: string; readonly sentence: string; readonly remedy: string | null }[]): readonly string[] => findings.filter(({ verdict }) => verdict !== 'well').map(({ check, verdict }) => `${verdict}: ${check}`);

describe('the doctor', () => {
  it('has nothing to say against an agent and a controller as they were installed', () => {
    assert.deepEqual([bad(judgeAgent(agentFacts)), bad(judgeServer(serverFacts))], [[], []]);
  });

  it('never finds anything without a remedy', () => {
    const sick = [
      ...judgeAgent({ ...agentFacts, agent: 'stopped', folder: { kind: 'absent' }, disk: null, controller: { kind: 'silent', why: 'it' }, unit: null, hookUnits: 'never' }),
      ...judgeServer({ ...serverFacts, folder: { kind: 'hidden' }, database: { kind: 'broken', why: 'it' }, certificate: null, isClockKept: null, unit: null, controller: { kind: 'silent', why: 'it' } }),
    ];
    assert.equal(sick.filter(({ verdict }) => verdict !== 'well').length, sick.filter(({ remedy }) => remedy !== null && remedy.length > 10).length);
    assert.ok(bad(sick).length >= 12, bad(sick).join(', '));
  });

  const agentCases: readonly (readonly [what: string, change: Partial<AgentFacts>, found: readonly string[]])[] = [
    ['does not run', { agent: 'stopped' }, ['problem: agent']],
    ['died', { agent: 'dead' }, ['problem: agent']],
    ['is not enrolled', { agent: { ...running, instance: null } }, ['problem: agent']],
    ['is not connected', { agent: { ...running, isConnected: false } }, ['problem: agent']],
    ['may not be asked', { agent: { why: 'this user may not ask it' } }, ['warning: agent']],
    ['has a controller that cannot be reached', { controller: { kind: 'silent', why: 'the connection was refused' } }, ['problem: controller']],
    ['talks to something that is no controller', { controller: { kind: 'answered', status: 404, clockAheadMs: null, withinMs: 500, certificate: null } }, ['problem: controller']],
    ['has nobody to talk to', { controllerUrl: null, controller: null }, ['warning: controller']],
    ['has a clock an hour off', { controller: { kind: 'answered', status: 200, clockAheadMs: -3_600_000, withinMs: 510, certificate: null } }, ['problem: clock']],
    ['lost its restarts in a drop-in', { unit: new Map([...shipped, ['Restart', 'no'], ['DropInPaths', '/etc/x.conf']]) }, ['problem: unit']],
    ['keeps hooks in its group under a unit that ends them', { hookUnits: 'never', unit: new Map([...shipped, ['KillMode', 'control-group']]) }, ['problem: hooks']],
    ['keeps hooks in its group under a unit that leaves them', { hookUnits: 'never' }, ['warning: hooks']],
  ];
  for (const [what, change, found] of agentCases) it(`finds an agent that ${what}`, () => assert.deepEqual(bad(judgeAgent({ ...agentFacts, ...change })), found));

  const serverCases: readonly (readonly [what: string, change: Partial<ServerFacts>, found: readonly string[]])[] = [
    ['does not answer', { controller: { kind: 'silent', why: 'the connection was refused' } }, ['problem: controller']],
    ['lets others read its key', { key: { ...folder, mode: 0o640, owner: 'fairlead-server' } }, ['problem: permissions']],
    ['has a key that root restored', { key: { ...folder, mode: 0o600, owner: 'root' } }, ['problem: permissions']],
    ['has a database of a newer version', { database: { kind: 'newer', sentence: 'newer' } }, ['problem: database']],
    ['has a broken database', { database: { kind: 'broken', why: 'row 1 missing' } }, ['problem: database']],
    ['has a certificate that ends soon', { certificate: { expiresAt: now + 5 * day, names: ['c'], isKeyItsOwn: true } }, ['warning: TLS']],
    ['has another certificate’s key', { certificate: { expiresAt: now + 90 * day, names: ['c'], isKeyItsOwn: false } }, ['problem: TLS']],
    ['speaks plain text to others', { certificate: null }, ['problem: TLS']],
    ['has no time service', { isClockKept: false }, ['warning: clock']],
  ];
  for (const [what, change, found] of serverCases) it(`finds a controller that ${what}`, () => assert.deepEqual(bad(judgeServer({ ...serverFacts, ...change })), found));

  it('tells a little off from far off: clocks, disks, certificates', () => {
    const clock = (clockAheadMs: number): string => judgeClock({ kind: 'answered', status: 200, clockAheadMs, withinMs: 600, certificate: null })!.verdict;
    assert.deepEqual([2_000, -10_000, 70_000].map(clock), ['well', 'warning', 'problem']);
    const disk = (free: number, freeInodes: number | null = null): string => judgeDisk('/d', { freeBytes: free * mebi, totalBytes: 1e12, freeInodes }).verdict;
    assert.deepEqual([disk(2_000), disk(500), disk(10), disk(2_000, 5)], ['well', 'warning', 'problem', 'problem']);
    const certificate = (days: number): string => judgeCertificate({ expiresAt: now + days * day, names: ['c'] }, now, 'renew').verdict;
    assert.deepEqual([30, 3, -1].map(certificate), ['well', 'warning', 'problem']);
  });

  it('says what to type', () => {
    assert.equal(judgeOwn('/d', { ...folder, mode: 0o777 }, { owner: 'root', mode: 0o711 }).remedy, 'chmod 0711 /d');
    assert.equal(judgeOwn('/d', { ...folder, owner: 'shop' }, { owner: 'root', mode: 0o711 }).remedy, 'chown root /d');
    assert.deepEqual(judgeUnit({ name: 'x.service', properties: {} }, new Map([['UnitFileState', 'disabled'], ['NeedDaemonReload', 'yes']])).map(({ remedy }) => remedy), ['systemctl daemon-reload', 'systemctl enable x.service']);
  });

  it('refuses to guess whom a data folder belongs to', async () => {
    const { status, err } = await runCommand(['doctor', '--data-dir', '/d']);
    assert.equal(status, 2);
    assert.match(err, /say --agent or --server/);
  });
});

describe('a controller seen from a host', () => {
  const servers: Server[] = [];
  let scratch: string;
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  before(() => void (scratch = mkdtempSync(join(tmpdir(), 'fairlead-doctor-'))));
  after(() => {
    for (const server of servers) server.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('tells how far its clock is off', async () => {
    const port = await listen(createPlain((_, answer) => answer.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString()).end()));
    const fact = await realHostFacts.controller({ url: `http://127.0.0.1:${port}/`, ca: null, isVerified: true });
    assert.ok(fact.kind === 'answered' && fact.clockAheadMs !== null && Math.abs(fact.clockAheadMs + 3_600_000) <= fact.withinMs + 1_000, JSON.stringify(fact));
  });

  it('tells when its certificate ends, and is not trusted without its authority', async () => {
    const { cert, key } = loopbackCertificate;
    const port = await listen(createSecure({ cert, key }, (_, answer) => answer.end()) as unknown as Server);
    const url = `https://127.0.0.1:${port}`;
    const trusted = await realHostFacts.controller({ url, ca: cert, isVerified: true });
    assert.ok(trusted.kind === 'answered' && trusted.certificate !== null && trusted.certificate.expiresAt > Date.now(), JSON.stringify(trusted));
    const stranger = await realHostFacts.controller({ url, ca: null, isVerified: true });
    assert.ok(stranger.kind === 'silent' && stranger.why.includes('authority that is not trusted here'), JSON.stringify(stranger));
    writeFileSync(join(scratch, 'certificate.pem'), cert);
    writeFileSync(join(scratch, 'key.pem'), key);
    const own = await realHostFacts.certificateFile(join(scratch, 'certificate.pem'), join(scratch, 'key.pem'));
    assert.ok('isKeyItsOwn' in own && own.isKeyItsOwn);
    assert.ok('why' in (await realHostFacts.certificateFile(join(scratch, 'none.pem'), join(scratch, 'key.pem'))));
  });

  it('that is not there says why', async () => {
    assert.deepEqual(await realHostFacts.controller({ url: 'http://127.0.0.1:1', ca: null, isVerified: true }), { kind: 'silent', why: 'the connection was refused' });
  });
});

describe('a file of variables for a unit', () => {
  it('is read as systemd reads it', () => {
    assert.deepEqual(parseEnvironmentFile('# no\nFAIRLEAD_CONTROLLER=https://c:1\n  FAIRLEAD_NAME="web 1"\nnot a line\nFAIRLEAD_TAGS=\'a=b\'\nEMPTY=\n'), { FAIRLEAD_CONTROLLER: 'https://c:1', FAIRLEAD_NAME: 'web 1', FAIRLEAD_TAGS: 'a=b', EMPTY: '' });
  });
});

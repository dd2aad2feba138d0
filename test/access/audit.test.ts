// The audit log: a record for each change, in its transaction, and a chain in which nothing can be changed unseen.

import { afterEach, before, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type AuditRecord, chainedText, checkChain } from '../../protocol/model/audit-record.ts';
import { operations, registry } from '../../protocol/operations/registry.ts';
import { auditRecord, withoutSecrets } from '../../server/audit/entry.ts';
import { makeEnroll } from '../../server/fleet/enrollment.ts';
import { appendAuditRecord, findAuditHead, listAuditRecords } from '../../server/store/audit.ts';
import type { Database } from '../../server/store/store.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, type TestController } from '../operations/a-controller.ts';
import { namesOf, sampleInput } from '../operations/sample-input.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const everything = { isAscending: true, from: null, to: null, operation: null, subject: null, accessKeyId: null, after: null, limit: 10_000 };
const logOf = (db: Database): Promise<readonly AuditRecord[]> => listAuditRecords(db, everything);

describe('the audit log', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());
  const last = async (): Promise<AuditRecord> => (await logOf(c.store.db)).at(-1)!;

  it('has one record of each write that succeeds, with who, from where, what and about what', async () => {
    await anApplication(c, 'web');
    const { hash, previousHash, inputSha256, ...record } = await last();
    assert.deepEqual(record, {
      sequence: 1, at: c.now, actor: 'accessKey', accessKeyId: 'K', remote: 'test', requestId: 'r', operation: 'CreateApplication', subjects: ['application:web'], input: '{"applicationName":"web"}', outcome: 'Succeeded',
    });
    assert.deepEqual([previousHash, inputSha256, hash.length], ['0'.repeat(64), sha256('{"applicationName":"web"}'), 64]);
  });

  it('grows by exactly one for every write operation that does not refuse, and by none for reads', async () => {
    await anApplication(c, 'web');
    await aGroup(c);
    await anInstance(c, 'web-1');
    const deploymentId = await aDeployment(c);
    const names = namesOf('web', deploymentId);
    let succeeded = 0;
    for (const definition of operations) {
      const before = (await findAuditHead(c.store.db)).sequence;
      const isDone = await c.call(definition, sampleInput(definition, names, true) as never).then(() => true, () => false);
      const grown = (await findAuditHead(c.store.db)).sequence - before;
      assert.equal(grown, isDone && definition.access === 'write' ? 1 : 0, `${definition.name} ${isDone}`);
      if (isDone && definition.access === 'write') succeeded += 1;
    }
    assert.ok(succeeded >= 10, String(succeeded));
  });

  it('names what was made, and the application of a deployment that is named by its id alone', async () => {
    await aGroup(c);
    await anInstance(c, 'web-1');
    const deploymentId = await aDeployment(c);
    assert.deepEqual((await last()).subjects, ['application:web', 'deployment-group:web/blue', `deployment:${deploymentId}`]);
    await c.call(registry.stopDeployment, { deploymentId });
    assert.deepEqual((await last()).subjects, ['application:web', `deployment:${deploymentId}`]);
    const { tokenId } = await c.call(registry.createEnrollmentToken, {});
    assert.deepEqual((await last()).subjects, [`enrollment-token:${tokenId}`]);
    const { accessKeyId } = await c.call(registry.createAccessKey, { role: 'viewer' });
    assert.deepEqual((await last()).subjects, [`access-key:${accessKeyId}`]);
  });

  it('keeps no change that it could not record', async () => {
    await c.store.db.schema.alterTable('audit_records').renameTo('elsewhere').execute();
    await assert.rejects(anApplication(c, 'web'));
    await c.store.db.schema.alterTable('elsewhere').renameTo('audit_records').execute();
    assert.deepEqual((await c.call(registry.listApplications, {})).applications, []);
  });

  it('records no write that was refused for what it asked', async () => {
    await c.refused(registry.deleteDeploymentConfig, { deploymentConfigName: 'CodeDeployDefault.OneAtATime' }, 'InvalidDeploymentConfigNameException');
    await c.refused(registry.createApplication, { applicationName: 'a/b' }, 'InvalidApplicationNameException');
    assert.deepEqual(await logOf(c.store.db), []);
  });

  it('records a write that was refused for want of access, without the input that nobody checked', async () => {
    await c.refused(registry.createApplication, { applicationName: 'web', secret: 1 }, 'AccessDeniedException', { role: 'viewer', applications: null });
    await c.refused(registry.createApplication, { applicationName: 'web' }, 'AccessDeniedException', { role: 'admin', applications: ['api'] });
    await c.refused(registry.getApplication, { applicationName: 'web' }, 'AccessDeniedException', { role: 'viewer', applications: ['api'] });
    const log = await logOf(c.store.db);
    assert.deepEqual(log.map(({ operation, outcome, subjects, input }) => [operation, outcome, subjects, input]), [
      ['CreateApplication', 'AccessDeniedException', ['application:web'], undefined],
      ['CreateApplication', 'AccessDeniedException', ['application:web'], undefined],
    ]);
  });

  it('records an enrolment as the agent’s, once', async () => {
    const { token, tokenId } = await c.call(registry.createEnrollmentToken, {});
    const enroll = makeEnroll(c.services);
    const request = { token, instanceName: 'web-1', publicKey: Buffer.alloc(32, 7).toString('base64'), tags: [], agentVersion: '1', remote: '10.0.0.9' };
    for (let twice = 0; twice < 2; twice += 1) await enroll(request);
    const [, record, ...more] = await logOf(c.store.db);
    assert.deepEqual([record!.actor, record!.operation, record!.remote, record!.subjects, more], ['agent', 'EnrollAgent', '10.0.0.9', ['instance:web-1', `enrollment-token:${tokenId}`], []]);
    assert.equal(JSON.stringify(record).includes(token), false);
  });

  it('is listed in pages and by time, operation, subject and access key', async () => {
    for (let i = 0; i < 101; i += 1) {
      c.now += 1;
      await anApplication(c, `app-${i}`);
    }
    const first = await c.call(registry.listAuditRecords, {});
    assert.deepEqual([first.auditRecords.length, first.auditRecords[0]!.sequence, first.head], [100, 101, await findAuditHead(c.store.db)]);
    const second = await c.call(registry.listAuditRecords, { nextToken: first.nextToken! });
    assert.deepEqual([second.auditRecords.map((one) => one.sequence), second.nextToken], [[1], undefined]);
    const found = async (question: object) => (await c.call(registry.listAuditRecords, question)).auditRecords.map((one) => one.sequence);
    assert.deepEqual(await found({ subject: 'application:app-7' }), [8]);
    assert.deepEqual(await found({ from: c.now - 1, sortOrder: 'ascending' }), [100, 101]);
    assert.deepEqual(await found({ to: c.now - 100 }), [1]);
    assert.deepEqual([await found({ operation: 'DeleteApplication' }), await found({ accessKeyId: 'L' })], [[], []]);
    await c.refused(registry.listAuditRecords, { from: 2, to: 1 }, 'InvalidTimeRangeException');
    await c.refused(registry.listAuditRecords, { nextToken: 'x' }, 'InvalidNextTokenException');
  });
});

describe('a record', () => {
  it('has no secrets in it, wherever they stand', () => {
    const input = { name: 'a', secrets: { DB: 'hush' }, list: [{ clientSecret: 'hush', password: ['hush'] }], token: 'hush', nextToken: 'shown', tokenId: 'shown' };
    assert.deepEqual(withoutSecrets(input), { name: 'a', secrets: { DB: '***' }, list: [{ clientSecret: '***', password: ['***'] }], token: '***', nextToken: 'shown', tokenId: 'shown' });
  });

  it('of a long input keeps its digest', () => {
    const record = auditRecord({ actor: 'controller', reason: 'why' }, { at: 1, operation: 'X', subjects: [], input: { a: 'x'.repeat(9000) }, outcome: 'Succeeded' });
    assert.deepEqual([record.input, record.inputSha256], [undefined, sha256(JSON.stringify({ a: 'x'.repeat(9000) }))]);
  });
});

describe('the chain', () => {
  const member = fc.constantFrom('at', 'actor', 'accessKeyId', 'description', 'remote', 'requestId', 'operation', 'subjects', 'input', 'inputSha256', 'outcome', 'reason', 'previousHash', 'hash', 'sequence');
  const count = 40;
  let log: readonly AuditRecord[];
  before(async () => {
    const c = await aController();
    for (let i = 0; i < count; i += 1) {
      const origin = i % 3 === 0 ? ({ actor: 'controller', reason: `why ${i}` } as const) : ({ actor: 'accessKey', accessKeyId: 'K', description: 'd', remote: '::1', requestId: `r${i}`, reason: null } as const);
      await c.store.transaction((tx) => appendAuditRecord(tx, auditRecord(origin, { at: i, operation: 'X', subjects: [`application:${i}`], input: { i }, outcome: 'Succeeded' })));
    }
    log = await logOf(c.store.db);
    await c.close();
  });

  it('is intact as it was written, and still after it has grown', async () => {
    const head = { sequence: count, hash: log.at(-1)!.hash };
    assert.deepEqual(await checkChain(log, sha256, null), { kind: 'intact', head });
    assert.deepEqual(await checkChain(log, sha256, { sequence: 7, hash: log[6]!.hash }), { kind: 'intact', head });
    assert.deepEqual(await checkChain([], sha256, null), { kind: 'intact', head: { sequence: 0, hash: '0'.repeat(64) } });
  });

  it('shows each of a thousand tamperings: edits, deletions, insertions, exchanges, cuts, and a whole new log', async () => {
    const at = fc.nat({ max: count - 1 });
    const changed = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : Array.isArray(value) ? [...(value as unknown[]), 'application:other'] : typeof value === 'string' ? (/^[0-9a-f]{64}$/.test(value) ? sha256(value) : `${value}.`) : 'put in');
    const tampering: fc.Arbitrary<{ readonly what: string; readonly log: readonly AuditRecord[] }> = fc.oneof(
      fc.tuple(at, member).map(([i, name]) => ({ what: `edit ${name} of ${i}`, log: log.map((one, n) => (n === i ? ({ ...one, [name]: changed((one as Record<string, unknown>)[name]) } as AuditRecord) : one)) })),
      // With its own hash put right again: the next record, or the head that was kept, gives it away.
      fc.tuple(at, member.filter((name) => !['previousHash', 'hash', 'sequence'].includes(name))).map(([i, name]) => ({
        what: `edit ${name} of ${i} and hash it anew`,
        log: log.map((one, n) => {
          if (n !== i) return one;
          const edited = { ...one, [name]: changed((one as Record<string, unknown>)[name]) } as AuditRecord;
          return { ...edited, hash: sha256(chainedText(edited.previousHash, edited)) };
        }),
      })),
      at.map((i) => ({ what: `delete ${i}`, log: log.filter((_, n) => n !== i) })),
      at.map((i) => ({ what: `delete ${i} and number anew`, log: log.filter((_, n) => n !== i).map((one, n) => ({ ...one, sequence: n + 1 })) })),
      fc.tuple(at, at).map(([i, j]) => ({ what: `insert ${j} at ${i}`, log: [...log.slice(0, i), log[j]!, ...log.slice(i)] })),
      fc.tuple(at, at).filter(([i, j]) => i !== j).map(([i, j]) => ({ what: `exchange ${i} and ${j}`, log: log.map((one, n) => (n === i ? log[j]! : n === j ? log[i]! : one)) })),
      at.map((i) => ({ what: `cut after ${i}`, log: log.slice(0, i) })),
      at.map((i) => ({ what: `all from ${i} on written anew`, log: rewritten(i) })),
    );
    const kept = { sequence: count, hash: log.at(-1)!.hash };
    await fc.assert(
      fc.asyncProperty(tampering, async ({ log: tampered }) => {
        assert.equal((await checkChain(tampered, sha256, kept)).kind, 'broken');
      }),
      { numRuns: 1000 },
    );

    function rewritten(from: number): readonly AuditRecord[] {
      const chain: AuditRecord[] = log.slice(0, from);
      for (const one of log.slice(from)) {
        const previousHash = chain.at(-1)?.hash ?? '0'.repeat(64);
        const record = { ...one, outcome: 'Other', previousHash };
        chain.push({ ...record, hash: sha256(chainedText(previousHash, record)) });
      }
      return chain;
    }
  });

  it('names the first record that is wrong', async () => {
    const verdict = await checkChain(log.map((one, n) => (n === 4 || n === 9 ? { ...one, outcome: 'x' } : one)), sha256, null);
    assert.deepEqual(verdict, { kind: 'broken', sequence: 5, why: 'Record 5 is not what was written.' });
  });
});

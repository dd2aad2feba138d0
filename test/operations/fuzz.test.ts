// Inputs that began well and were spoilt, at every operation over a real store: each is answered or refused for what it
// is, never a defect of ours, and a refusal changes nothing.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { catalogueEntry, Failure } from '../../protocol/errors.ts';
import { operations, registry } from '../../protocol/operations/registry.ts';
import { sql } from 'kysely';
import { aController, aDeployment, aGroup, anInstance, gitHub, type TestController } from './a-controller.ts';
import { asSchema, namesOf, sampleInput } from './sample-input.ts';

const tables = ['settings', 'access_keys', 'enrollment_tokens', 'applications', 'deployment_groups', 'deployment_configs', 'revisions', 'instances', 'deployments', 'targets', 'audit_records', 'promotion_paths', 'promotions', 'promotion_deployments'] as const;

describe('an operation given a spoilt input', function () {
  this.timeout(120_000);
  let c: TestController;
  let deploymentId: string;
  let promotionId: string;
  before(async () => {
    c = await aController();
    await aGroup(c);
    await anInstance(c, 'web-1');
    deploymentId = await aDeployment(c);
    const path = { applicationName: 'web', promotionPathName: 'out' };
    await c.call(registry.createPromotionPath, { ...path, waves: [{ waveName: 'all', deploymentGroups: [{ deploymentGroupName: 'blue' }] }], activePromotionPolicy: 'QUEUE' });
    promotionId = (await c.call(registry.createPromotion, { ...path, revision: gitHub })).promotionId;
  });
  after(() => c.close());

  const dump = async (): Promise<string> => {
    const rows = await Promise.all(tables.map(async (table) => (await sql`select * from ${sql.table(table)}`.execute(c.store.db)).rows));
    return JSON.stringify(rows);
  };
  const oddity: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom<unknown>(null, undefined, true, 0, -1, 1.5, 1e999, Number.MAX_SAFE_INTEGER, '', ' ', '__proto__', 'constructor', '\0', '\ud800', '../..', 'x'.repeat(5000), [], {}, [[]], [null], { __proto__: null }, JSON.parse('{"__proto__":{"a":1}}'), Array.from({ length: 500 }, () => 'web')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.jsonValue({ maxDepth: 4 }),
  );

  it('answers or refuses it, meets no defect, and changes nothing when it refuses', async () => {
    const spoilt = fc.constantFrom(...operations).chain((definition) => {
      const members = [...Object.keys(asSchema(definition.input).properties ?? {}), '__proto__', 'strange'];
      return fc.record({ definition: fc.constant(definition), isWhole: fc.boolean(), changes: fc.array(fc.tuple(fc.constantFrom(...members), oddity), { minLength: 1, maxLength: 3 }) });
    });
    await fc.assert(
      fc.asyncProperty(spoilt, async ({ definition, isWhole, changes }) => {
        const input = Object.fromEntries([...Object.entries(sampleInput(definition, { ...namesOf('web', deploymentId), promotionId }, isWhole)), ...changes]);
        const before = await dump();
        try {
          await c.call(definition, input as never);
        } catch (error) {
          assert.ok(error instanceof Failure, `${definition.name}: ${String((error as Error).stack)}`);
          assert.ok(catalogueEntry(error.code).status < 500, `${definition.name}: ${error.code}`);
          assert.equal(await dump(), before, `${definition.name} refused with ${error.code}, but changed something`);
        }
        assert.equal(({} as { a?: unknown }).a, undefined);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});

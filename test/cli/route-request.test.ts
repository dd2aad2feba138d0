import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Refusal } from '../../cli/refusal.ts';
import { routeRequest } from '../../cli/route-request.ts';
import { operations, registry } from '../../protocol/operations/registry.ts';

describe('cli/route-request', () => {
  it('takes the members of the path out of the input and leaves the rest to the body', () => {
    assert.deepEqual(routeRequest(registry.updateApplication, { applicationName: 'a+b', newApplicationName: 'c' }), {
      method: 'PATCH',
      target: '/v1/applications/a%2Bb',
      body: { newApplicationName: 'c' },
    });
  });

  it('puts lists into a query by repeating the key, and objects as JSON', () => {
    const { target, body } = routeRequest(registry.listDeployments, { includeOnlyStatuses: ['Failed', 'Stopped'], createTimeRange: { start: '2026-01-01T00:00:00.000Z' }, nextToken: undefined });
    assert.equal(body, null);
    const query = new URL(target, 'http://x').searchParams;
    assert.deepEqual(query.getAll('includeOnlyStatuses'), ['Failed', 'Stopped']);
    assert.deepEqual(JSON.parse(query.get('createTimeRange') ?? ''), { start: '2026-01-01T00:00:00.000Z' });
    assert.equal(query.has('nextToken'), false);
  });

  it('fills every path of the registry', () => {
    for (const definition of operations) {
      const members = [...definition.route.matchAll(/:(\w+)/g)].map((found) => found[1] ?? '');
      const { target } = routeRequest(definition, Object.fromEntries(members.map((member) => [member, 'x'])));
      assert.ok(!target.includes(':'), `${definition.name}: ${target}`);
    }
  });

  it('refuses a name that would lead to another address', () => {
    assert.throws(() => routeRequest(registry.deleteApplication, { applicationName: '..' }), Refusal);
  });
});

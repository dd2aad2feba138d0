import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { operations, registry } from '../../protocol/operations/registry.ts';
import { aController, anApplication, type TestController } from './a-controller.ts';

describe('dispatch', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('refuses the two operations of other platforms with a sentence, whatever the input', async () => {
    const unsupported = operations.filter((definition) => !definition.isSupported);
    assert.deepEqual(unsupported.map(({ name }) => name), ['DeleteResourcesByExternalId', 'PutLifecycleEventHookExecutionStatus']);
    for (const definition of unsupported) {
      const { message } = await c.refused(definition, { nonsense: [] }, 'OperationNotSupportedException');
      assert.match(message, new RegExp(`^${definition.name} is not supported here\\. It belongs to `));
    }
  });

  it('has a handler for every other', async () => {
    for (const definition of operations.filter((each) => each.isSupported)) {
      const outcome = await c.call(definition, {} as never).catch((error: Error & { code?: string }) => error);
      if (outcome instanceof Error) assert.notEqual((outcome as { code?: string }).code, 'OperationNotSupportedException', definition.name);
    }
  });

  it('takes null as absent and ignores members it does not know', async () => {
    await anApplication(c);
    const answer = await c.call(registry.listDeployments, { applicationName: null, deploymentGroupName: null, includeOnlyStatuses: null, flavour: 'sweet' } as never);
    assert.deepEqual(answer, { deployments: [] });
  });

  it('refuses what is no object, and members of the wrong JSON type', async () => {
    for (const input of [null, [], 'x', 7]) await c.refused(registry.listApplications, input, 'SerializationException');
    await c.refused(registry.createApplication, { applicationName: 7 }, 'SerializationException');
  });
});

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { DeploymentChange } from '../../cli/deployment-change.ts';
import { DeploymentChangeOutput } from '../../server/faces/stream.ts';

describe('cli/deployment-change', () => {
  it('is the shape that the server streams, member by member', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(DeploymentChange)), JSON.parse(JSON.stringify(DeploymentChangeOutput)));
  });
});

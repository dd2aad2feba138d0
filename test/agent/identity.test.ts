import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { NoIdentity, loadOrEnroll } from '../../agent/identity.ts';
import type { EnrollRequest } from '../../agent/identity.ts';
import { openParts } from './parts.ts';

describe('the identity of an agent', () => {
  const wishes = { controllerUrl: 'http://127.0.0.1:8080', joinToken: 'token', instanceName: 'web-1', tags: [], agentVersion: '1' };

  async function anEnrolledHost() {
    const { world } = await openParts();
    const enroll = (_url: string, { instanceName }: { readonly instanceName: string }) => Promise.resolve({ instanceId: 'i-1', instanceName, controllerId: 'c-1' });
    const load = (more: object = {}) => loadOrEnroll('/data/identity.json', { ...wishes, ...more }, world, enroll, new AbortController().signal);
    await load({ askedName: 'web-1' });
    return load;
  }

  it('is refused under another name than it was enrolled as, with what to do', async () => {
    const load = await anEnrolledHost();
    await assert.rejects(load({ askedName: 'other', instanceName: 'other' }), (error) => error instanceof NoIdentity && /\/data belongs to web-1 \(i-1\), which is enrolled, but the name given is other\. Leave the name out .*--data-dir/.test(error.message));
  });

  it('stays what it was where the name is only the host’s, which may change, or is the same', async () => {
    const load = await anEnrolledHost();
    assert.equal((await load({ instanceName: 'new-hostname' })).instanceName, 'web-1');
    assert.equal((await load({ askedName: 'web-1' })).instanceName, 'web-1');
  });

  it('of an EC2 instance that is to enrol by its document is what the metadata service says, at a controller that fits the pin', async () => {
    const { world } = await openParts();
    const asked: unknown[] = [];
    const enroll = (_url: string, { token, instanceName, identityDocument }: EnrollRequest, _signal: AbortSignal, pin: string | null) => {
      asked.push([token, instanceName, identityDocument, pin]);
      return Promise.resolve({ instanceId: 'x', instanceName, controllerId: 'c-1' });
    };
    const machine = { instanceId: () => Promise.resolve('i-0123'), identityDocument: () => Promise.resolve('SIGNED') };
    const load = (more: object) => loadOrEnroll('/data/identity.json', { ...wishes, joinToken: 'ec2@sha256:PIN', ...more }, world, enroll, new AbortController().signal);
    await assert.rejects(load({ machine: { ...machine, identityDocument: () => Promise.reject(new Error('there is no metadata service here')) } }), /metadata service cannot be asked: there is no metadata service here\. Allow it there, or give a join token/);
    assert.equal((await load({ machine })).instanceName, 'i-0123');
    assert.deepEqual(asked, [['ec2', 'i-0123', 'SIGNED', 'PIN']]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { BundleSignature, BundleStatement } from '../../protocol/model/bundle-signature.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { urlSource } from '../../server/revisions/https-url.ts';
import { aDeployment, anUpload, digest } from '../operations/a-controller.ts';
import { aResolvingController, sha256Of, type ResolvingController } from './a-resolving-controller.ts';
import { anOrigin, bundleTar, serving } from './origin.ts';

const bytes = bundleTar();

/** The controller has no keys: to it the signature itself is 64 bytes to hand on. */
function signatureOf(changes: Partial<BundleStatement> = {}): BundleSignature {
  return { statement: { v: 1, application: 'web', sha256: sha256Of(bytes), createdAt: 1, ...changes }, signature: `${'A'.repeat(86)}==` };
}

type Parts = ResolvingController & { readonly revision: { readonly revisionType: 'Url'; readonly urlLocation: { readonly url: string; readonly sha256: string; readonly bundleType: 'tar' } } };

async function withOrigin(act: (parts: Parts) => Promise<void>): Promise<void> {
  await using origin = await anOrigin(serving(bytes));
  await using controller = await aResolvingController({ url: urlSource({ idleTimeoutMs: 2_000 }) }, { pausesMs: [1] });
  await act(Object.assign(controller, { revision: { revisionType: 'Url' as const, urlLocation: { url: `${origin.url}/b.tar`, sha256: sha256Of(bytes), bundleType: 'tar' as const } } }));
}

describe('the signature of a bundle from elsewhere', () => {
  it('is given with the registration, shown there, and goes with every deployment of the revision', () =>
    withOrigin(async ({ c, deploy, revision }) => {
      const signature = signatureOf({ counter: 3 });
      await c.call(registry.registerApplicationRevision, { applicationName: 'web', revision, signature });
      const { revisionInfo } = await c.call(registry.getApplicationRevision, { applicationName: 'web', revision });
      assert.deepEqual(revisionInfo?.signature, signature);
      assert.deepEqual((await deploy(revision)).bundle?.signature, signature);
      assert.deepEqual((await deploy(revision)).bundle?.signature, signature);
    }));

  it('may be registered later, anew, and is kept when the revision is registered again without one', () =>
    withOrigin(async ({ c, deploy, revision }) => {
      assert.equal((await deploy(revision)).bundle?.signature, undefined);
      for (const signature of [signatureOf({ counter: 1 }), signatureOf({ counter: 2 }), undefined]) {
        await c.call(registry.registerApplicationRevision, { applicationName: 'web', revision, ...(signature === undefined ? {} : { signature }) });
      }
      assert.equal((await deploy(revision)).bundle?.signature?.statement.counter, 2);
    }));

  it('goes before the registered one when it is given with the deployment, and is that one’s alone', () =>
    withOrigin(async ({ c, deploy, document, resolved, revision }) => {
      await c.call(registry.registerApplicationRevision, { applicationName: 'web', revision, signature: signatureOf({ counter: 1 }) });
      const deploymentId = await aDeployment(c, { revision, signature: signatureOf({ counter: 9 }) });
      assert.equal((await resolved(deploymentId)).bundle?.signature?.statement.counter, 9);
      await c.store.db.updateTable('deployments').set({ status: 'Stopped' }).where('deployment_id', '=', deploymentId).execute();
      assert.equal((await deploy(revision)).bundle?.signature?.statement.counter, 1);
      assert.equal((await document(deploymentId)).defect, null);
    }));

  it('ends the deployment with a reason when it is for other bytes than were fetched', () =>
    withOrigin(async ({ c, resolved, revision }) => {
      const { defect, bundle } = await resolved(await aDeployment(c, { revision, signature: signatureOf({ sha256: 'b'.repeat(64) }) }));
      assert.equal(bundle, null);
      assert.equal(defect?.code, 'INVALID_REVISION');
      assert.match(defect?.message ?? '', /SHA-256 b{64}, but what is to be deployed has .*fairlead bundle sign/);
    }));

  it('is refused at once when it is for another application, has expired, or is none', () =>
    withOrigin(async ({ c, revision }) => {
      const register = { applicationName: 'web', revision };
      const create = { ...register, deploymentGroupName: 'blue' };
      for (const [definition, input] of [[registry.registerApplicationRevision, register], [registry.createDeployment, create]] as const) {
        assert.match((await c.refused(definition, { ...input, signature: signatureOf({ application: 'till' }) }, 'ValidationException')).message, /for the application till, not for web/);
        assert.match((await c.refused(definition, { ...input, signature: signatureOf({ expiresAt: 5 }) }, 'ValidationException')).message, /expired already/);
        assert.match((await c.refused(definition, { ...input, signature: { ...signatureOf(), signature: 'x' } }, 'ValidationException')).message, /signature\.signature is "x"/);
      }
      await c.refused(registry.getApplicationRevision, register, 'RevisionDoesNotExistException');
    }));

  it('serves an upload as well, until the upload itself comes with a newer one', () =>
    withOrigin(async ({ c, document }) => {
      const sha256 = digest('a');
      const revision = await anUpload(c);
      await c.call(registry.registerApplicationRevision, { applicationName: 'web', revision, signature: signatureOf({ sha256, createdAt: 5 }) });
      const deployed = async () => {
        const deploymentId = await aDeployment(c, { revision });
        await c.store.db.updateTable('deployments').set({ status: 'Stopped' }).where('deployment_id', '=', deploymentId).execute();
        return (await document(deploymentId)).bundle?.signature?.statement.createdAt;
      };
      assert.equal(await deployed(), 5);
      await c.store.db.updateTable('uploads').set({ signature: JSON.stringify(signatureOf({ sha256, createdAt: 4 })) }).execute();
      assert.equal(await deployed(), 5);
      await c.store.db.updateTable('uploads').set({ signature: JSON.stringify(signatureOf({ sha256, createdAt: 6 })) }).execute();
      assert.equal(await deployed(), 6);
    }));
});

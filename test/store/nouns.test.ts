import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { Store } from '../../server/store/store.ts';
import * as accessKeys from '../../server/store/access-keys.ts';
import * as applications from '../../server/store/applications.ts';
import * as configs from '../../server/store/deployment-configs.ts';
import * as groups from '../../server/store/deployment-groups.ts';
import * as deployments from '../../server/store/deployments.ts';
import * as tokens from '../../server/store/enrollment-tokens.ts';
import * as instances from '../../server/store/instances.ts';
import * as paths from '../../server/store/promotion-paths.ts';
import * as promotions from '../../server/store/promotions.ts';
import * as revisions from '../../server/store/revisions.ts';
import * as settings from '../../server/store/settings.ts';
import * as targets from '../../server/store/targets.ts';
import * as uploads from '../../server/store/uploads.ts';
import { aDeployment, aGroup, anApplication, anInstance, anUpload, aRevision, aTarget } from './rows.ts';
import { stores } from './stores.ts';

for (const { name: kind, open } of stores) {
  describe(`the store on ${kind}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('undoes everything of a transaction that throws', async () => {
      await assert.rejects(
        store.transaction(async (tx) => {
          await applications.insertApplication(tx, anApplication('web'));
          throw new Error('no');
        }),
        /no/,
      );
      assert.equal(await applications.findApplication(store.db, 'web'), null);
    });

    describe('settings', () => {
      it('are made once and keep their value until written again', async () => {
        assert.equal(await settings.findSetting(store.db, 'a'), null);
        assert.equal(await store.transaction((tx) => settings.readOrMakeSetting(tx, 'a', () => '1')), '1');
        assert.equal(await store.transaction((tx) => settings.readOrMakeSetting(tx, 'a', () => '2')), '1');
        await settings.writeSetting(store.db, 'a', '3');
        assert.equal(await settings.findSetting(store.db, 'a'), '3');
      });
    });

    describe('deployments', () => {
      it('are in the order in which they were made, though the clock was put back between two', async () => {
        const at = async (id: string, created: number, group = 'id-of-blue') => {
          await store.transaction((tx) => deployments.insertDeployment(tx, aDeployment(id, { created_at: created, group_id: group })));
          return (await deployments.findDeployment(store.db, id))!;
        };
        const first = await at('d-1', 5_000);
        await at('d-x', 6_000, 'id-of-green');
        const second = await at('d-2', 1_000);
        assert.deepEqual([deployments.isNewer(second, first), deployments.isNewer(first, second), second.number], [true, false, 2]);
        // Before they were counted, the clock is all there is.
        assert.equal(deployments.isNewer({ ...first, number: 0 }, { ...second, number: 0 }), true);
      });
    });

    describe('access keys', () => {
      it('stay as a record when revoked and live again, as an administrator, with another secret', async () => {
        const row = { access_key_id: 'K', secret_encrypted: 's', created_at: 1, revoked_at: null, role: 'viewer', applications: '["web"]', description: 'd', created_by: 'J', expires_at: 9, last_used_at: 3 };
        await accessKeys.insertAccessKey(store.db, row);
        assert.equal(await accessKeys.countLiveAccessKeys(store.db), 1);
        await accessKeys.revokeAccessKey(store.db, 'K', 5);
        await accessKeys.revokeAccessKey(store.db, 'K', 6);
        assert.equal((await accessKeys.findAccessKey(store.db, 'K'))?.revoked_at, 5);
        assert.equal(await accessKeys.countLiveAccessKeys(store.db), 0);
        await accessKeys.replaceSecret(store.db, 'K', 't');
        assert.deepEqual({ ...(await accessKeys.findAccessKey(store.db, 'K')) }, { ...row, secret_encrypted: 't', role: 'admin', applications: null, expires_at: null });
        assert.equal(await accessKeys.findAccessKey(store.db, 'L'), null);
      });
    });

    describe('join tokens', () => {
      it('are used up to their limit and no further', async () => {
        const row = { token_id: 'T', secret_sha256: 'x', description: '', max_uses: 2, uses: 0, created_at: 1, expires_at: 2, revoked_at: null, name_pattern: null, tags: '[]' };
        await tokens.insertEnrollmentToken(store.db, row);
        await tokens.insertEnrollmentToken(store.db, { ...row, token_id: 'U', created_at: 3 });
        const uses = await store.transaction(async (tx) => [await tokens.useEnrollmentToken(tx, 'T'), await tokens.useEnrollmentToken(tx, 'T'), await tokens.useEnrollmentToken(tx, 'T')]);
        assert.deepEqual(uses, [true, true, false]);
        assert.equal((await tokens.findEnrollmentToken(store.db, 'T'))?.uses, 2);
        assert.deepEqual((await tokens.listEnrollmentTokens(store.db)).map((token) => token.token_id), ['U', 'T']);
        await tokens.revokeEnrollmentToken(store.db, 'T', 7);
        await tokens.revokeEnrollmentToken(store.db, 'T', 8);
        assert.equal((await tokens.findEnrollmentToken(store.db, 'T'))?.revoked_at, 7);
      });
    });

    describe('applications', () => {
      it('are found by name, case and all, and listed in pages', async () => {
        for (const name of ['c', 'a', 'b', 'B']) await applications.insertApplication(store.db, anApplication(name));
        assert.equal((await applications.findApplication(store.db, 'B'))?.application_id, 'id-of-B');
        assert.deepEqual((await applications.findApplications(store.db, ['a', 'x', 'c'])).map((row) => row.name).sort(), ['a', 'c']);
        assert.deepEqual(await applications.findApplications(store.db, []), []);
        assert.deepEqual(await applications.listApplicationNames(store.db, null, 2), ['B', 'a']);
        assert.deepEqual(await applications.listApplicationNames(store.db, 'a', 9), ['b', 'c']);
        assert.equal(await applications.countApplications(store.db), 4);
      });

      it('do not share a name', async () => {
        await applications.insertApplication(store.db, anApplication('web'));
        await assert.rejects(applications.insertApplication(store.db, anApplication('web', { application_id: 'other' })));
      });

      it('take the name in their deployments along when renamed', async () => {
        await applications.insertApplication(store.db, anApplication('web'));
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA'));
        await store.transaction((tx) => applications.renameApplication(tx, 'id-of-web', 'shop'));
        assert.equal((await applications.findApplication(store.db, 'shop'))?.application_id, 'id-of-web');
        assert.equal((await deployments.findDeployment(store.db, 'd-AAAAAAAAA'))?.application_name, 'shop');
      });

      it('take groups, revisions, deployments, targets and standings along when deleted, and end commands without removing them', async () => {
        await applications.insertApplication(store.db, anApplication('web'));
        await applications.insertApplication(store.db, anApplication('other'));
        await groups.insertDeploymentGroup(store.db, aGroup('blue'));
        await groups.insertDeploymentGroup(store.db, aGroup('kept', { application_id: 'id-of-other' }));
        await revisions.insertRevision(store.db, aRevision('a'));
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA'));
        await deployments.insertDeployment(store.db, aDeployment('d-BBBBBBBBB', { application_id: 'id-of-other', group_id: 'id-of-kept' }));
        await targets.insertTargets(store.db, [aTarget('one'), aTarget('two', { deployment_id: 'd-BBBBBBBBB' })]);
        const command = { attempt_id: 'x', target_id: 'one', event: 'Install', generation: 1, command: '{}', created_at: 1, accepted_at: null, ended_at: null };
        await store.db.insertInto('commands').values([{ ...command, instance_id: 'i', number: 1, deployment_id: 'd-AAAAAAAAA' }, { ...command, instance_id: 'i', number: 2, deployment_id: 'd-BBBBBBBBB' }]).execute();
        const standing = { instance_id: 'i', is_healthy: 1, location_key: 'k', deployment_id: 'd-AAAAAAAAA' };
        await store.db.insertInto('group_instances').values([{ ...standing, group_id: 'id-of-blue' }, { ...standing, group_id: 'id-of-kept' }]).execute();
        await store.transaction((tx) => applications.deleteApplication(tx, 'id-of-web', 9));
        assert.equal(await groups.findDeploymentGroup(store.db, 'id-of-web', 'blue'), null);
        assert.equal(await revisions.findRevision(store.db, 'id-of-web', 'key-of-a'), null);
        assert.equal(await deployments.findDeployment(store.db, 'd-AAAAAAAAA'), null);
        assert.deepEqual(await targets.listTargets(store.db, 'd-AAAAAAAAA'), []);
        assert.deepEqual(await groups.listGroupInstances(store.db, 'id-of-blue'), []);
        const commands = await store.db.selectFrom('commands').select(['number', 'ended_at']).orderBy('number').execute();
        assert.deepEqual(commands.map((row) => [row.number, row.ended_at]), [[1, 9], [2, null]]);
        assert.notEqual(await groups.findDeploymentGroup(store.db, 'id-of-other', 'kept'), null);
        assert.equal((await targets.listTargets(store.db, 'd-BBBBBBBBB')).length, 1);
        assert.equal((await groups.listGroupInstances(store.db, 'id-of-kept')).length, 1);
      });
    });

    describe('promotion paths', () => {
      const path = (name: string, over: object = {}) => ({ path_id: `id-of-${name}`, application_id: 'id-of-web', name, created_at: 1, document: '{}', running_promotion_id: null, ...over });

      it('are there once by name in an application, and are listed in order', async () => {
        assert.equal(await paths.insertPromotionPath(store.db, path('out')), true);
        assert.equal(await paths.insertPromotionPath(store.db, path('out', { path_id: 'x' })), false);
        assert.equal(await paths.insertPromotionPath(store.db, path('out', { path_id: 'y', application_id: 'id-of-api' })), true);
        await paths.insertPromotionPath(store.db, path('back'));
        assert.deepEqual(await paths.listPromotionPathNames(store.db, 'id-of-web', null, 9), ['back', 'out']);
        assert.deepEqual(await paths.listPromotionPathNames(store.db, 'id-of-web', 'back', 9), ['out']);
        assert.equal(await paths.countPromotionPaths(store.db, 'id-of-web'), 2);
        assert.equal((await paths.findPromotionPath(store.db, 'id-of-api', 'out'))?.path_id, 'y');
      });

      it('are taken by one promotion, which alone can let go', async () => {
        await paths.insertPromotionPath(store.db, path('out'));
        assert.equal(await store.transaction((tx) => paths.takePath(tx, 'id-of-out', 'p-1')), true);
        assert.equal(await store.transaction((tx) => paths.takePath(tx, 'id-of-out', 'p-2')), false);
        assert.equal(await store.transaction((tx) => paths.takePath(tx, 'id-of-out', 'p-1')), true);
        await store.transaction((tx) => paths.releasePath(tx, 'id-of-out', 'p-2'));
        assert.equal((await paths.findPromotionPathById(store.db, 'id-of-out'))?.running_promotion_id, 'p-1');
        await store.transaction((tx) => paths.releasePath(tx, 'id-of-out', 'p-1'));
        assert.equal(await store.transaction((tx) => paths.takePath(tx, 'id-of-out', 'p-2')), true);
      });
    });

    describe('promotions', () => {
      it('have one deployment to a group, and no deployment belongs to two', async () => {
        const row = { promotion_id: 'p-1', group_id: 'g', deployment_id: 'd-1', previous_deployment_id: null, rollback_deployment_id: null };
        await promotions.insertPromotionDeployment(store.db, row);
        await assert.rejects(store.transaction((tx) => promotions.insertPromotionDeployment(tx, { ...row, deployment_id: 'd-2' })));
        await assert.rejects(store.transaction((tx) => promotions.insertPromotionDeployment(tx, { ...row, promotion_id: 'p-2' })));
        assert.deepEqual((await promotions.listPromotionsOf(store.db, ['d-1', 'd-2'])).map((one) => one.promotion_id), ['p-1']);
        await promotions.noteGroupRollback(store.db, 'p-1', 'g', 'd-9');
        assert.equal((await promotions.listPromotionDeployments(store.db, ['p-1']))[0]?.rollback_deployment_id, 'd-9');
      });
    });

    describe('deployment groups', () => {
      it('are found by application and name', async () => {
        await groups.insertDeploymentGroup(store.db, aGroup('blue'));
        await groups.insertDeploymentGroup(store.db, aGroup('blue', { group_id: 'x', application_id: 'id-of-other' }));
        await groups.insertDeploymentGroup(store.db, aGroup('green', { target_revision: '{"a":1}' }));
        assert.equal((await groups.findDeploymentGroup(store.db, 'id-of-other', 'blue'))?.group_id, 'x');
        assert.equal((await groups.findDeploymentGroupById(store.db, 'x'))?.name, 'blue');
        assert.deepEqual((await groups.findDeploymentGroups(store.db, 'id-of-web', ['green', 'none'])).map((row) => row.name), ['green']);
        assert.deepEqual(await groups.listDeploymentGroupNames(store.db, 'id-of-web', null, 1), ['blue']);
        assert.deepEqual(await groups.listDeploymentGroupNames(store.db, 'id-of-web', 'blue', 9), ['green']);
        assert.equal(await groups.countDeploymentGroups(store.db, 'id-of-web'), 2);
        assert.equal((await groups.listGroupDocuments(store.db)).length, 3);
        assert.deepEqual(await groups.listTargetRevisions(store.db, 'id-of-web'), [{ name: 'green', targetRevision: '{"a":1}' }]);
      });

      it('take the name in their deployments along when changed, and leave their deployments when deleted', async () => {
        await groups.insertDeploymentGroup(store.db, aGroup('blue'));
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA'));
        await store.transaction((tx) => groups.updateDeploymentGroup(tx, 'id-of-blue', 'teal', '{}'));
        await store.transaction((tx) => groups.noteAttempted(tx, 'id-of-blue', 'd-AAAAAAAAA'));
        const row = await groups.findDeploymentGroup(store.db, 'id-of-web', 'teal');
        assert.deepEqual([row?.document, row?.last_attempted_deployment_id], ['{}', 'd-AAAAAAAAA']);
        assert.equal((await deployments.findDeployment(store.db, 'd-AAAAAAAAA'))?.group_name, 'teal');
        await store.transaction((tx) => groups.deleteDeploymentGroup(tx, 'id-of-blue'));
        assert.equal(await groups.findDeploymentGroupById(store.db, 'id-of-blue'), null);
        assert.notEqual(await deployments.findDeployment(store.db, 'd-AAAAAAAAA'), null);
      });
    });

    describe('deployment configs', () => {
      it('are found, listed, counted and deleted by name', async () => {
        for (const name of ['two', 'one']) await configs.insertDeploymentConfig(store.db, { config_id: name, name, created_at: 1, document: '{}' });
        assert.equal((await configs.findDeploymentConfig(store.db, 'one'))?.config_id, 'one');
        assert.deepEqual(await configs.listDeploymentConfigNames(store.db, null, 9), ['one', 'two']);
        assert.deepEqual(await configs.listDeploymentConfigNames(store.db, 'one', 9), ['two']);
        assert.equal(await configs.countDeploymentConfigs(store.db), 2);
        await configs.deleteDeploymentConfig(store.db, 'one');
        await configs.deleteDeploymentConfig(store.db, 'one');
        assert.equal(await configs.findDeploymentConfig(store.db, 'one'), null);
      });
    });

    describe('revisions', () => {
      const query = { applicationId: 'id-of-web', orderBy: 'registered_at', isDescending: false, bucket: null, keyPrefix: null, locationKeys: null, after: null, limit: 9 } as const;
      const keys = async (over: Partial<revisions.RevisionQuery> = {}): Promise<(string | null)[]> => (await revisions.listRevisions(store.db, { ...query, ...over })).map((row) => row.s3_key);

      beforeEach(async () => {
        await revisions.insertRevision(store.db, aRevision('b', { registered_at: 1, last_used_at: 9 }));
        await revisions.insertRevision(store.db, aRevision('a_1', { registered_at: 2, s3_bucket: 'other' }));
        await revisions.insertRevision(store.db, aRevision('aX1', { registered_at: 2, last_used_at: 5 }));
        await revisions.insertRevision(store.db, aRevision('z', { registered_at: 0, application_id: 'id-of-other' }));
      });

      it('sort by any instant, never used counting as first', async () => {
        assert.deepEqual(await keys({ orderBy: 'last_used_at' }), ['a_1', 'aX1', 'b']);
        assert.deepEqual(await keys({ orderBy: 'last_used_at', isDescending: true }), ['b', 'aX1', 'a_1']);
      });

      it('filter by bucket, by literal key prefix and by location', async () => {
        assert.deepEqual(await keys({ bucket: 'bucket' }), ['b', 'aX1']);
        assert.deepEqual(await keys({ bucket: 'other', keyPrefix: 'a_' }), ['a_1']);
        assert.deepEqual(await keys({ bucket: 'bucket', keyPrefix: 'a_' }), []);
        assert.deepEqual(await keys({ locationKeys: { only: ['key-of-b'] } }), ['b']);
        assert.deepEqual(await keys({ locationKeys: { only: [] } }), []);
        assert.deepEqual(await keys({ locationKeys: { except: ['key-of-b'] } }), ['aX1', 'a_1'].sort((a, b) => (`id-of-${a}` < `id-of-${b}` ? -1 : 1)));
        assert.equal((await keys({ locationKeys: { except: [] } })).length, 3);
      });

      it('page through equal instants without losing or repeating one, both ways', async () => {
        for (const isDescending of [false, true]) {
          const whole = await keys({ isDescending });
          const paged: (string | null)[] = [];
          let after: revisions.RevisionPlace | null = null;
          for (;;) {
            const [row] = await revisions.listRevisions(store.db, { ...query, isDescending, after, limit: 1 });
            if (row === undefined) break;
            paged.push(row.s3_key);
            after = row.place;
          }
          assert.deepEqual(paged, whole);
        }
      });

      it('keep their first use and move their last', async () => {
        await store.transaction((tx) => revisions.noteRevisionUsed(tx, 'id-of-b', 10));
        await store.transaction((tx) => revisions.noteRevisionUsed(tx, 'id-of-b', 20));
        await revisions.describeRevision(store.db, 'id-of-b', 'good');
        const row = await revisions.findRevision(store.db, 'id-of-web', 'key-of-b');
        assert.deepEqual([row?.first_used_at, row?.last_used_at, row?.description], [10, 20, 'good']);
      });
    });

    describe('uploads', () => {
      it('under one key: the newest counts, even within one millisecond, and equal bytes change nothing', async () => {
        const other = 'b'.repeat(64);
        await store.transaction((tx) => uploads.recordUpload(tx, anUpload()));
        await store.transaction((tx) => uploads.recordUpload(tx, anUpload({ version: 'v2', sha256: other })));
        const again = await store.transaction((tx) => uploads.recordUpload(tx, anUpload({ version: 'v3', sha256: other })));
        assert.equal(again.version, 'v2');
        assert.equal((await uploads.findNewestUpload(store.db, 'fairlead', 'web/a.zip'))?.version, 'v2');
        assert.equal((await uploads.findUpload(store.db, 'fairlead', 'web/a.zip', 'v1', null))?.sha256, 'a'.repeat(64));
        assert.equal((await uploads.findUpload(store.db, 'fairlead', 'web/a.zip', null, 'a'.repeat(64)))?.version, 'v1');
        assert.equal(await uploads.findUpload(store.db, 'fairlead', 'web/a.zip', 'v1', other), null);
        assert.equal(await uploads.isUploaded(store.db, other), true);
        assert.equal(await uploads.isUploaded(store.db, 'c'.repeat(64)), false);
      });
    });

    describe('deployments', () => {
      it('are active until they have ended, the oldest first', async () => {
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA', { status: 'Failed' }));
        assert.deepEqual(await deployments.listActiveDeployments(store.db, 'id-of-blue'), []);
        await deployments.insertDeployment(store.db, aDeployment('d-CCCCCCCCC', { status: 'InProgress', created_at: 3 }));
        await deployments.insertDeployment(store.db, aDeployment('d-BBBBBBBBB', { created_at: 2 }));
        assert.equal((await deployments.listActiveDeployments(store.db, 'id-of-blue'))[0]?.deployment_id, 'd-BBBBBBBBB');
        assert.deepEqual(await deployments.listActiveDeploymentIds(store.db, 'id-of-blue'), ['d-BBBBBBBBB', 'd-CCCCCCCCC']);
        assert.deepEqual((await deployments.findDeployments(store.db, ['d-AAAAAAAAA', 'd-XXXXXXXXX'])).map((row) => row.status), ['Failed']);
      });

      it('that are unfinished are found by the instances among their targets, whatever their status', async () => {
        const statuses = DeploymentStatus.enum as readonly string[];
        assert.deepEqual([...deployments.finalStatuses, ...deployments.unfinishedStatuses].toSorted(), statuses.toSorted());
        for (const status of statuses) {
          await deployments.insertDeployment(store.db, aDeployment(`d-${status}`, { status }));
          await targets.insertTargets(store.db, [aTarget('web-1', { deployment_id: `d-${status}`, instance_id: 'one' }), aTarget('web-2', { deployment_id: `d-${status}`, instance_id: 'two' })]);
        }
        assert.deepEqual((await deployments.listUnfinishedDeploymentsOn(store.db, ['two', 'nobody'])).toSorted(), ['d-Baking', 'd-Created', 'd-InProgress', 'd-Queued', 'd-Ready']);
        assert.deepEqual(await deployments.listUnfinishedDeploymentsOn(store.db, ['nobody']), []);
        assert.deepEqual(await deployments.listUnfinishedDeploymentsOn(store.db, []), []);
      });

      it('are listed newest first, narrowed by group, status and time, page by page', async () => {
        for (const [id, at, status, group] of [['d-AAAAAAAAA', 1, 'Failed', 'g'], ['d-BBBBBBBBB', 2, 'Created', 'g'], ['d-CCCCCCCCC', 2, 'Failed', 'h']] as const) {
          await deployments.insertDeployment(store.db, aDeployment(id, { created_at: at, status, group_id: group }));
        }
        const all = { groupId: null, statuses: [], createdFrom: null, createdTo: null, after: null, limit: 9 };
        const ids = async (over: Partial<deployments.DeploymentQuery>): Promise<string[]> => (await deployments.listDeployments(store.db, { ...all, ...over })).map((row) => row.deploymentId);
        assert.deepEqual(await ids({}), ['d-CCCCCCCCC', 'd-BBBBBBBBB', 'd-AAAAAAAAA']);
        assert.deepEqual(await ids({ groupId: 'g' }), ['d-BBBBBBBBB', 'd-AAAAAAAAA']);
        assert.deepEqual(await ids({ statuses: ['Failed'] }), ['d-CCCCCCCCC', 'd-AAAAAAAAA']);
        assert.deepEqual(await ids({ createdFrom: 2 }), ['d-CCCCCCCCC', 'd-BBBBBBBBB']);
        assert.deepEqual(await ids({ createdTo: 1 }), ['d-AAAAAAAAA']);
        assert.deepEqual(await ids({ after: { createdAt: 2, deploymentId: 'd-CCCCCCCCC' } }), ['d-BBBBBBBBB', 'd-AAAAAAAAA']);
      });

      it('keep the instant of the first stop request, and grow a version with each', async () => {
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA'));
        await store.transaction((tx) => deployments.requestStop(tx, 'd-AAAAAAAAA', 5, null));
        await store.transaction((tx) => deployments.requestStop(tx, 'd-AAAAAAAAA', 6, true));
        const row = await deployments.findDeployment(store.db, 'd-AAAAAAAAA');
        assert.deepEqual([row?.stop_requested_at, row?.stop_rollback, row?.version], [5, 1, 2]);
      });

      it('that have ended take no stop request', async () => {
        await deployments.insertDeployment(store.db, aDeployment('d-AAAAAAAAA', { status: 'Succeeded' }));
        await store.transaction((tx) => deployments.requestStop(tx, 'd-AAAAAAAAA', 5, true));
        assert.equal((await deployments.findDeployment(store.db, 'd-AAAAAAAAA'))?.stop_requested_at, null);
      });
    });

    describe('targets', () => {
      it('are kept by the thousand, listed by id and counted by status', async () => {
        const rows = Array.from({ length: 1200 }, (_, index) => aTarget(`t${String(index).padStart(4, '0')}`, { status: index < 3 ? 'Failed' : 'Pending' }));
        await store.transaction((tx) => targets.insertTargets(tx, rows));
        assert.equal((await targets.listTargets(store.db, 'd-AAAAAAAAA')).length, 1200);
        assert.deepEqual(await targets.listTargetIds(store.db, 'd-AAAAAAAAA', { statuses: ['Failed'], labels: [] }, 't0000', 9), ['t0001', 't0002']);
        const counts = await targets.countTargets(store.db, ['d-AAAAAAAAA', 'd-BBBBBBBBB']);
        assert.deepEqual([...counts.get('d-AAAAAAAAA')!].sort(), [['Failed', 3], ['Pending', 1197]]);
        assert.equal(counts.get('d-BBBBBBBBB'), undefined);
        assert.equal((await targets.countTargets(store.db, [])).size, 0);
      });
    });

    describe('instances', () => {
      it('are live under their name until deregistered, then a record beside the next', async () => {
        await instances.insertInstance(store.db, anInstance('web1', { iam_user_arn: 'u' }));
        assert.equal((await instances.findInstanceByIamArn(store.db, 'iam_user_arn', 'u'))?.name, 'web1');
        assert.equal((await store.transaction((tx) => instances.deregisterInstance(tx, 'web1', 5)))?.instance_id, 'id-of-web1');
        assert.equal(await store.transaction((tx) => instances.deregisterInstance(tx, 'web1', 6)), null);
        assert.equal(await instances.findLiveInstance(store.db, 'web1'), null);
        assert.equal(await instances.findInstanceByIamArn(store.db, 'iam_user_arn', 'u'), null);
        assert.deepEqual((await instances.listOnPremisesInstances(store.db, null)).map((row) => row.deregistered_at), [5]);
        await instances.insertInstance(store.db, anInstance('web1', { instance_id: 'second', registered_at: 6 }));
        assert.deepEqual((await instances.listOnPremisesInstances(store.db, ['web1'])).map((row) => row.instance_id), ['second']);
        assert.deepEqual((await instances.findLiveInstances(store.db, ['web1', 'x'])).map((row) => row.instance_id), ['second']);
      });

      it('do not share a name while both are live', async () => {
        await instances.insertInstance(store.db, anInstance('web1'));
        await assert.rejects(instances.insertInstance(store.db, anInstance('web1', { instance_id: 'second' })));
      });

      it('of both kinds are listed by name, the EC2 ones not as on-premises', async () => {
        await instances.insertInstance(store.db, anInstance('web1'));
        await instances.insertInstance(store.db, anInstance('i-1', { kind: 'ec2' }));
        assert.deepEqual((await instances.listLiveInstances(store.db)).map((row) => row.name), ['i-1', 'web1']);
        assert.deepEqual((await instances.listOnPremisesInstances(store.db, null)).map((row) => row.name), ['web1']);
        assert.deepEqual(await instances.listOnPremisesInstances(store.db, []), []);
      });

      it('bear the tags of their agent, overlaid by those of the API key by key', async () => {
        await instances.insertInstance(store.db, anInstance('web1'));
        const agent = { publicKey: 'k', agentTags: [{ Key: 'Env', Value: 'dev' }, { Key: 'Role', Value: 'web' }], agentVersion: '1' };
        await store.transaction((tx) => instances.bindAgent(tx, 'id-of-web1', agent, 5));
        await store.transaction((tx) => instances.writeApiTags(tx, 'id-of-web1', [{ Key: 'Env', Value: 'prod' }]));
        const row = await instances.findLiveInstance(store.db, 'web1');
        assert.deepEqual([row?.public_key, row?.enrolled_at, row?.agent_version], ['k', 5, '1']);
        assert.deepEqual(instances.effectiveTags(row!), [{ Key: 'Env', Value: 'prod', setBy: 'api' }, { Key: 'Role', Value: 'web', setBy: 'agent' }]);
      });
    });
  });
}

import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { aController, anApplication, anInstance, type TestController } from './a-controller.ts';

const userArn = (name: string): string => `arn:aws:iam::123456789012:user/${name}`;
const sessionArn = 'arn:aws:sts::123456789012:assumed-role/hosts/web1';
const tag = (Key: string, Value = 'v') => ({ Key, Value });

describe('on-premises instances', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const register = (instanceName: string, arn: object = { iamUserArn: userArn(instanceName) }) => c.call(registry.registerOnPremisesInstance, { instanceName, ...arn });
  const get = async (instanceName: string) => (await c.call(registry.getOnPremisesInstance, { instanceName })).instanceInfo;
  const list = async (over: object = {}) => (await c.call(registry.listOnPremisesInstances, over)).instanceNames;

  it('are registered with one IAM ARN and read back with a suffixed ARN of their own and an empty list of tags', async () => {
    assert.equal(await register('web1'), null);
    const { instanceArn, ...rest } = await get('web1');
    assert.match(instanceArn, /^arn:aws:codedeploy:eu-test-1:123456789012:instance\/web1_[A-Z0-9]{10}$/);
    assert.deepEqual(rest, { instanceName: 'web1', iamUserArn: userArn('web1'), registerTime: c.now, tags: [] });
    await register('web2', { iamSessionArn: sessionArn });
    assert.deepEqual([(await get('web2')).iamSessionArn, (await get('web2')).iamUserArn], [sessionArn, undefined]);
  });

  it('are refused with both ARNs, with none, with a malformed or a used one, or under a name that is taken or impossible', async () => {
    await register('web1');
    await register('s', { iamSessionArn: sessionArn });
    const refused = (input: object, code: Parameters<typeof c.refused>[2]) => c.refused(registry.registerOnPremisesInstance, input, code);
    await refused({ instanceName: 'x', iamUserArn: userArn('x'), iamSessionArn: sessionArn }, 'MultipleIamArnsProvidedException');
    await refused({ instanceName: 'x' }, 'IamArnRequiredException');
    await refused({ instanceName: 'x', iamUserArn: '' }, 'IamArnRequiredException');
    await refused({ instanceName: 'x', iamUserArn: 'bob' }, 'InvalidIamUserArnException');
    await refused({ instanceName: 'x', iamSessionArn: userArn('x') }, 'InvalidIamSessionArnException');
    await refused({ instanceName: 'x', iamUserArn: userArn('web1') }, 'IamUserArnAlreadyRegisteredException');
    await refused({ instanceName: 'x', iamSessionArn: sessionArn }, 'IamSessionArnAlreadyRegisteredException');
    await refused({ instanceName: 'web1', iamUserArn: userArn('x') }, 'InstanceNameAlreadyRegisteredException');
    await refused({ iamUserArn: userArn('x') }, 'InstanceNameRequiredException');
    await refused({ instanceName: 'i-0123', iamUserArn: userArn('x') }, 'InvalidInstanceNameException');
    await refused({ instanceName: 'a b', iamUserArn: userArn('x') }, 'InvalidInstanceNameException');
    assert.deepEqual(await list(), ['s', 'web1']);
  });

  it('keep a record when deregistered; the name is free at once and gets another ARN; unknown names are silent', async () => {
    await register('web1');
    await c.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['web1'], tags: [tag('a')] });
    const { instanceArn } = await get('web1');
    c.now += 1;
    assert.equal(await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'web1' }), null);
    assert.equal(await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'web1' }), null);
    assert.equal(await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'never' }), null);
    assert.equal(c.expelled.length, 1);
    const gone = await get('web1');
    assert.deepEqual([gone.deregisterTime, gone.tags], [c.now, [tag('a')]]);
    await c.refused(registry.addTagsToOnPremisesInstances, { instanceNames: ['web1'], tags: [tag('a')] }, 'InstanceNotRegisteredException');
    await register('web1');
    assert.notEqual((await get('web1')).instanceArn, instanceArn);
    assert.equal('deregisterTime' in (await get('web1')), false);
    await c.refused(registry.deregisterOnPremisesInstance, {}, 'InstanceNameRequiredException');
    await c.refused(registry.deregisterOnPremisesInstance, { instanceName: 'a b' }, 'InvalidInstanceNameException');
  });

  it('are what an enrolled agent is too, unless its name is an EC2 id', async () => {
    await anInstance(c, 'web1');
    await anInstance(c, 'i-0123');
    assert.deepEqual(await list(), ['web1']);
    assert.deepEqual((await get('web1')).tags, [tag('Env', 'prod')]);
    await c.refused(registry.getOnPremisesInstance, { instanceName: 'i-0123' }, 'InstanceNotRegisteredException');
    await c.refused(registry.addTagsToOnPremisesInstances, { instanceNames: ['i-0123'], tags: [tag('a')] }, 'InstanceNotRegisteredException');
  });

  it('that are unknown are refused alone and left out together', async () => {
    await register('web1');
    await c.refused(registry.getOnPremisesInstance, { instanceName: 'x' }, 'InstanceNotRegisteredException');
    await c.refused(registry.getOnPremisesInstance, {}, 'InstanceNameRequiredException');
    const { instanceInfos } = await c.call(registry.batchGetOnPremisesInstances, { instanceNames: ['x', 'web1', 'web1'] });
    assert.deepEqual(instanceInfos.map((info) => info.instanceName), ['web1']);
    await c.refused(registry.batchGetOnPremisesInstances, { instanceNames: [] }, 'InstanceNameRequiredException');
    await c.refused(registry.batchGetOnPremisesInstances, { instanceNames: Array.from({ length: 101 }, (_, i) => `n${i}`) }, 'BatchLimitExceededException');
    await c.refused(registry.batchGetOnPremisesInstances, { instanceNames: ['a b'] }, 'InvalidInstanceNameException');
  });

  it('take tags by key, up to ten each, all of the named or none', async () => {
    await register('web1');
    await register('web2');
    const add = (instanceNames: string[], tags: object[]) => c.call(registry.addTagsToOnPremisesInstances, { instanceNames, tags });
    assert.equal(await add(['web1', 'web2'], [tag('a', '1'), tag('b', '')]), null);
    await add(['web1'], [tag('a', '2')]);
    assert.deepEqual((await get('web1')).tags, [tag('a', '2'), tag('b', '')]);
    assert.deepEqual((await get('web2')).tags, [tag('a', '1'), tag('b', '')]);
    const refused = (instanceNames: string[], tags: object[], code: Parameters<typeof c.refused>[2]) => c.refused(registry.addTagsToOnPremisesInstances, { instanceNames, tags }, code);
    await refused(['web1', 'x'], [tag('c')], 'InstanceNotRegisteredException');
    await refused(['web1'], Array.from({ length: 9 }, (_, i) => tag(`t${i}`)), 'TagLimitExceededException');
    await refused(['web1'], [{ Key: 'k' }], 'InvalidTagException');
    await refused(['web1'], [{ Value: 'v' }], 'InvalidTagException');
    await refused(['web1'], [tag('k'.repeat(129))], 'InvalidTagException');
    await refused(['web1'], [tag('k', 'v'.repeat(257))], 'InvalidTagException');
    await refused(['web1'], [], 'TagRequiredException');
    await refused([], [tag('a')], 'InstanceNameRequiredException');
    await refused(['a b'], [tag('a')], 'InvalidInstanceNameException');
    await refused(Array.from({ length: 101 }, (_, i) => `n${i}`), [tag('a')], 'InstanceLimitExceededException');
    assert.deepEqual((await get('web1')).tags, [tag('a', '2'), tag('b', '')]);
    await add(['web1'], Array.from({ length: 8 }, (_, i) => tag(`t${i}`)));
    assert.equal((await get('web1')).tags.length, 10);
  });

  it('lose tags whose key and value fit; tags of the agent itself stay', async () => {
    await anInstance(c, 'web1');
    await c.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['web1'], tags: [tag('a', '1'), tag('b', '2')] });
    const remove = (tags: object[]) => c.call(registry.removeTagsFromOnPremisesInstances, { instanceNames: ['web1'], tags });
    assert.equal(await remove([tag('a', 'other'), { Key: 'b' }, tag('Env', 'prod'), tag('none')]), null);
    assert.deepEqual((await get('web1')).tags, [tag('Env', 'prod'), tag('a', '1')]);
    const refused = (instanceNames: string[], tags: object[], code: Parameters<typeof c.refused>[2]) => c.refused(registry.removeTagsFromOnPremisesInstances, { instanceNames, tags }, code);
    await refused(['x'], [tag('a')], 'InstanceNotRegisteredException');
    await refused(['web1'], [{ Value: 'v' }], 'InvalidTagException');
    await refused(['web1'], [], 'TagRequiredException');
    await refused([], [tag('a')], 'InstanceNameRequiredException');
  });

  it('are listed registered and deregistered alike unless asked otherwise, and by any of several tags', async () => {
    for (const name of ['a', 'b', 'c']) await register(name);
    await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'c' });
    await c.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['a'], tags: [tag('Env', 'prod')] });
    await c.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['b'], tags: [tag('Env', 'dev')] });
    assert.deepEqual(await list(), ['a', 'b', 'c']);
    assert.deepEqual(await list({ registrationStatus: 'Registered' }), ['a', 'b']);
    assert.deepEqual(await list({ registrationStatus: 'Deregistered' }), ['c']);
    assert.deepEqual(await list({ tagFilters: [{ Key: 'Env', Value: 'dev', Type: 'KEY_AND_VALUE' }] }), ['b']);
    assert.deepEqual(await list({ tagFilters: [{ Key: 'Env', Type: 'KEY_ONLY' }, { Value: 'x', Type: 'VALUE_ONLY' }] }), ['a', 'b']);
    await c.refused(registry.listOnPremisesInstances, { registrationStatus: 'Lost' }, 'InvalidRegistrationStatusException');
    await c.refused(registry.listOnPremisesInstances, { tagFilters: [{ Type: 'KEY_ONLY' }] }, 'InvalidTagFilterException');
    await c.refused(registry.listOnPremisesInstances, { nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('come in pages of a hundred', async () => {
    for (let index = 0; index < 101; index += 1) await register(`n${String(index).padStart(3, '0')}`);
    const first = await c.call(registry.listOnPremisesInstances, {});
    const second = await c.call(registry.listOnPremisesInstances, { nextToken: first.nextToken! });
    assert.deepEqual([first.instanceNames.length, second.instanceNames, second.nextToken], [100, ['n100'], undefined]);
    await c.refused(registry.listOnPremisesInstances, { nextToken: first.nextToken, registrationStatus: 'Registered' }, 'InvalidNextTokenException');
  });
});

describe('instances of either kind', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('are listed with tags, who set them, and whether their agent is there', async () => {
    c.connected.add(await anInstance(c, 'web1'));
    await anInstance(c, 'i-0123', []);
    await c.call(registry.registerOnPremisesInstance, { instanceName: 'bare', iamUserArn: userArn('bare') });
    await c.call(registry.tagInstance, { instanceName: 'web1', tags: [tag('Env', 'dev'), tag('New', '1')] });
    const { instances } = await c.call(registry.listInstances, {});
    assert.deepEqual(
      instances.map(({ instanceName, kind, isEnrolled, isConnected, agentVersion }) => [instanceName, kind, isEnrolled, isConnected, agentVersion]),
      [['bare', 'onPremises', false, false, undefined], ['i-0123', 'ec2', true, false, '1.0.0'], ['web1', 'onPremises', true, true, '1.0.0']],
    );
    assert.deepEqual(instances[2]?.tags, [{ ...tag('Env', 'dev'), setBy: 'api' }, { ...tag('New', '1'), setBy: 'api' }]);
  });

  it('show the tag of the agent again when the one set over it is removed', async () => {
    await anInstance(c, 'i-0123');
    await c.call(registry.tagInstance, { instanceName: 'i-0123', tags: [tag('Env', 'dev')] });
    assert.deepEqual(await c.call(registry.untagInstance, { instanceName: 'i-0123', tagKeys: ['Env', 'none'] }), {});
    assert.deepEqual((await c.call(registry.listInstances, {})).instances[0]?.tags, [{ ...tag('Env', 'prod'), setBy: 'agent' }]);
  });

  it('that are unknown, or tags that are none, are refused', async () => {
    await anInstance(c, 'web1');
    await c.refused(registry.tagInstance, { instanceName: 'x', tags: [tag('a')] }, 'InstanceDoesNotExistException');
    await c.refused(registry.tagInstance, { instanceName: 'web1', tags: [{ Key: 'a' }] }, 'InvalidTagException');
    await c.refused(registry.tagInstance, { instanceName: 'web1', tags: [] }, 'TagRequiredException');
    await c.refused(registry.tagInstance, { instanceName: 'web1', tags: Array.from({ length: 10 }, (_, i) => tag(`${i}`)) }, 'TagLimitExceededException');
    await c.refused(registry.tagInstance, { tags: [tag('a')] }, 'InstanceNameRequiredException');
    await c.refused(registry.untagInstance, { instanceName: 'x', tagKeys: ['a'] }, 'InstanceDoesNotExistException');
    await c.refused(registry.untagInstance, { instanceName: 'web1', tagKeys: [] }, 'TagRequiredException');
    await c.refused(registry.untagInstance, { tagKeys: ['a'] }, 'InstanceNameRequiredException');
  });
});

describe('what callers get wrong about tags and names', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('is refused for a control character, in instance tags, resource tags and filters', async () => {
    await anInstance(c, 'web1');
    const tags = [{ Key: 'role', Value: 'web\nother' }];
    for (const [definition, input, code] of [
      [registry.addTagsToOnPremisesInstances, { instanceNames: ['web1'], tags }, 'InvalidTagException'],
      [registry.tagInstance, { instanceName: 'web1', tags }, 'InvalidTagException'],
      [registry.createApplication, { applicationName: 'web', tags }, 'InvalidTagsToAddException'],
      [registry.listOnPremisesInstances, { tagFilters: [{ ...tags[0], Type: 'KEY_AND_VALUE' }] }, 'InvalidTagFilterException'],
    ] as const) {
      assert.match((await c.refused(definition, input, code)).message, /control character/);
    }
  });

  it('is a filter of an unknown type under the operation’s own error', async () => {
    await c.refused(registry.listOnPremisesInstances, { tagFilters: [{ Key: 'a', Type: 'SOME' }] }, 'InvalidTagFilterException');
  });

  it('is an empty new name of an application', async () => {
    await anApplication(c);
    await c.refused(registry.updateApplication, { applicationName: 'web', newApplicationName: '' }, 'InvalidApplicationNameException');
    await c.refused(registry.updateApplication, { applicationName: 'web' }, 'ApplicationNameRequiredException');
  });
});

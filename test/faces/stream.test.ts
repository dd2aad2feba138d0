import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Failure } from '../../protocol/errors.ts';
import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import { bearer, type Door, type DoorSettings, openDoor } from './open-door.ts';

const at = Date.parse('2026-01-01T00:00:00Z');

function picture(status: 'InProgress' | 'Succeeded'): DeploymentChange {
  return {
    deployment: { deploymentId: 'd-ABCDEFGHI', status, createTime: at },
    targets: [{ deploymentTargetType: 'InstanceTarget', instanceTarget: { deploymentId: 'd-ABCDEFGHI', targetId: 'a', targetArn: 'arn', status: 'Pending', lastUpdatedAt: at, lifecycleEvents: [] } }],
    waitingOn: [{ reason: 'AgentSilent', targetId: 'a', deadline: at }],
    sentences: ['a line\nand another'],
  };
}

describe('watching a deployment', () => {
  let door: Door;
  afterEach(() => door[Symbol.asyncDispose]());
  const watch = async (settings: DoorSettings, signal?: AbortSignal): Promise<Response> => {
    door = await openDoor(settings);
    return fetch(`${door.url}/v1/deployments/d-ABCDEFGHI/watch`, { headers: bearer, ...(signal === undefined ? {} : { signal }) });
  };
  const watching = (watchDeployment: (id: string, signal: AbortSignal) => AsyncIterable<DeploymentChange>): DoorSettings => ({ dependencies: { watchDeployment } });

  it('sends each change as one event with ISO instants and ends after the last', async () => {
    const asked: string[] = [];
    const response = await watch(
      watching(async function* (id) {
        asked.push(id);
        yield picture('InProgress');
        yield picture('Succeeded');
      }),
    );
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8']);
    const events = (await response.text()).split('\n\n').filter((event) => event !== '');
    assert.deepEqual(asked, ['d-ABCDEFGHI']);
    assert.equal(events.length, 2);
    const iso = '2026-01-01T00:00:00.000Z';
    const [name, data, ...more] = events[0]!.split('\n');
    assert.deepEqual([name, more], ['event: change', []]);
    const { deployment, targets, waitingOn, sentences } = JSON.parse(data!.slice('data: '.length)) as Record<string, never>;
    assert.deepEqual(deployment, { deploymentId: 'd-ABCDEFGHI', status: 'InProgress', createTime: iso });
    assert.equal((targets as unknown as { instanceTarget: { lastUpdatedAt: string } }[])[0]!.instanceTarget.lastUpdatedAt, iso);
    assert.deepEqual(waitingOn, [{ reason: 'AgentSilent', targetId: 'a', deadline: iso }]);
    assert.deepEqual(sentences, ['a line\nand another']);
    assert.match(events[1]!, /"status":"Succeeded"/);
  });

  it('refuses an unknown deployment with an ordinary answer', async () => {
    const response = await watch(
      watching(async function* () {
        throw new Failure('DeploymentDoesNotExistException');
      }),
    );
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [404, 'DeploymentDoesNotExistException']);
  });

  it('says that it is still there while nothing changes', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const response = await watch({
      limits: { watchKeepAliveMs: 20 },
      dependencies: {
        async *watchDeployment() {
          yield picture('InProgress');
          await finished;
        },
      },
    });
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.split(': still here\n\n').length > 2) finish();
    }
    assert.match(text, /^event: change\n[^\n]+\n\n(: still here\n\n){2,}$/);
  });

  it('stops watching when the reader goes away', async () => {
    const reader = new AbortController();
    let signalled: AbortSignal | null = null;
    const response = await watch(
      watching(async function* (_id, signal) {
        signalled = signal;
        yield picture('InProgress');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }),
      reader.signal,
    );
    await response.body!.getReader().read();
    const gone = new Promise((resolve) => signalled!.addEventListener('abort', resolve, { once: true }));
    reader.abort();
    await gone;
  });

  it('ends when the server closes', async () => {
    const response = await watch(
      watching(async function* (_id, signal) {
        yield picture('InProgress');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }),
    );
    const [text] = await Promise.all([response.text(), door[Symbol.asyncDispose]()]);
    assert.match(text, /^event: change\n/);
  });

  it('tells of a defect in the middle as an event, without its story', async () => {
    const response = await watch(
      watching(async function* () {
        yield picture('InProgress');
        throw new Error('secret detail');
      }),
    );
    const text = await response.text();
    assert.match(text, /\n\nevent: failure\ndata: \{"code":"InternalFailure"/);
    assert.doesNotMatch(text, /secret detail/);
    assert.ok(door.logged.some(({ level, fields }) => level === 'error' && String(fields['error']).includes('secret detail')));
  });
});

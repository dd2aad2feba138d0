// Every operation over HTTP through both faces: drawn from its schema and spoilt. No 5xx, nothing told of our insides, JSON
// whatever happens, and a refusal has changed no row.

import { operations } from '../../protocol/operations/registry.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { readsQuery, splitRoute } from '../../server/faces/rest.ts';
import { administratorKey, aWholeServer, type WholeServer } from '../access/a-whole-server.ts';
import { basicTime, sign } from '../faces/sign.ts';
import type { SimRandom } from '../simulation/sim-random.ts';
import { drawInput } from './draw-input.ts';
import type { Door } from './fuzzer.ts';
import { type Heard, httpClient, type HttpClient, whatIsWrong } from './http-client.ts';
import { oddString, spoiltText } from './oddities.ts';
import { changesNothing, comeToRest, countChanges } from './state.ts';

type Send = () => Promise<Heard>;

export async function openOperations(): Promise<Door> {
  const server = await aWholeServer();
  const client = httpClient(server.port);
  let tried = 0;
  let deploymentId = 'd-AAAAAAAAA';
  return {
    async tryCase(random) {
      if (tried % 40 === 0) deploymentId = await furnish(server, client);
      tried += 1;
      const definition = operations[random.below(operations.length)]!;
      const input = drawInput(definition, deploymentId, random);
      const send = random.chance(0.5) && definition.faces !== 'rest' ? overAws(client, definition, input, random) : overRest(client, definition, input, random);
      const before = await countChanges(server.store);
      const heard = await send();
      const wrong = whatIsWrong(heard) ?? whatIsOdd(heard);
      if (wrong !== null) return `${definition.name} with ${JSON.stringify(input).slice(0, 2_000)}: ${wrong}`;
      if (({} as { a?: unknown }).a !== undefined) return `${definition.name} has polluted the prototype with ${JSON.stringify(input)}`;
      if (server.errors.length > 0) return `${definition.name} with ${JSON.stringify(input).slice(0, 2_000)} left an error: ${server.errors.join(' ')}`;
      if (heard.status < 400) {
        if (definition.access === 'write') await comeToRest(server.store);
        return null;
      }
      const isClean = (await countChanges(server.store)) === before || (await changesNothing(server.store, send));
      return isClean ? null : `${definition.name} answered ${heard.status}, but changed rows: ${JSON.stringify(input).slice(0, 2_000)} ${heard.text}`;
    },
    async close() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function whatIsOdd({ status, text }: Heard): string | null {
  if (status < 400) return null;
  try {
    const { code, __type, message } = JSON.parse(text) as Record<string, unknown>;
    return typeof (code ?? __type) === 'string' && typeof message === 'string' && message !== '' ? null : `a refusal says nothing: ${text}`;
  } catch {
    return `a refusal is no JSON: ${text.slice(0, 500)}`;
  }
}

/** What names in inputs stand for, made again where a case has deleted it. Returns a deployment. */
async function furnish(server: WholeServer, client: HttpClient): Promise<string> {
  const call = async (name: string, input: object): Promise<Record<string, unknown>> => {
    const heard = await signed(client, name, Buffer.from(JSON.stringify(input)))();
    return JSON.parse(heard.text === '' ? '{}' : heard.text) as Record<string, unknown>;
  };
  const group = { applicationName: 'web', deploymentGroupName: 'blue' };
  await call('CreateApplication', { applicationName: 'web' });
  await call('CreateDeploymentGroup', { ...group, serviceRoleArn: 'arn:aws:iam::123456789012:role/deploy', onPremisesInstanceTagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' }] });
  await call('RegisterOnPremisesInstance', { instanceName: 'web-1', iamUserArn: 'arn:aws:iam::123456789012:user/web-1' });
  await call('AddTagsToOnPremisesInstances', { instanceNames: ['web-1'], tags: [{ Key: 'Env', Value: 'prod' }] });
  const { deploymentId } = await call('CreateDeployment', { ...group, revision: { revisionType: 'S3', s3Location: { bucket: 'elsewhere', key: 'web/a.zip', bundleType: 'zip' } } });
  await comeToRest(server.store);
  return typeof deploymentId === 'string' ? deploymentId : 'd-AAAAAAAAA';
}

function signed(client: HttpClient, name: string, body: Uint8Array): Send {
  const timestamp = basicTime(Date.now());
  const headers: [string, string][] = [['host', 'x'], ['content-type', 'application/x-amz-json-1.1'], ['x-amz-date', timestamp], ['x-amz-target', `CodeDeploy_20141006.${name}`]];
  const { authorization } = sign({ method: 'POST', path: '/', headers, body, timestamp, keyId: administratorKey.accessKeyId, secret: administratorKey.secretAccessKey });
  return () => client.send('POST', '/', [...headers, ['authorization', authorization]], body);
}

function overAws(client: HttpClient, { name }: OperationDefinition, input: unknown, random: SimRandom): Send {
  return signed(client, name, spoiltText(input, random));
}

function overRest(client: HttpClient, { route }: OperationDefinition, input: Record<string, unknown>, random: SimRandom): Send {
  const { method, path, members } = splitRoute(route);
  const spell = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());
  const target = path.replace(/:(\w+)/g, (_, member: string) => {
    const text = spell(Object.hasOwn(input, member) ? input[member] : 'x');
    return random.chance(0.03) ? oddString(random).replace(/[^!-~]/g, '') : escaped(text);
  });
  const rest = Object.fromEntries(Object.entries(input).filter(([member]) => !members.includes(member)));
  const headers: [string, string][] = [['host', 'x'], ['authorization', `Bearer ${administratorKey.accessKeyId}:${administratorKey.secretAccessKey}`]];
  if (!readsQuery(method)) {
    const body = spoiltText(rest, random);
    return () => client.send(method, target, [...headers, ['content-type', random.chance(0.98) ? 'application/json' : oddString(random).replace(/[^ -~]/g, '')]], body);
  }
  const pairs = Object.entries(rest).flatMap(([member, value]) => (Array.isArray(value) ? value : [value]).map((item) => `${escaped(member)}=${random.chance(0.97) ? escaped(spell(item)) : '%zz'}`));
  return () => client.send(method, pairs.length === 0 ? target : `${target}?${pairs.join('&').slice(0, 12_000)}`, headers, null);
}

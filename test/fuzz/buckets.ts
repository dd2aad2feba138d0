// The subset of S3: requests drawn from what clients send, with payloads of every kind, and spoilt. No 5xx but what S3 says
// of itself for things not done, an answer in XML for every refusal, nothing kept of what was refused.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { administratorKey, aWholeServer } from '../access/a-whole-server.ts';
import { bundleOf } from '../faces/s3/bundle-of.ts';
import { basicTime, hash, sign } from '../faces/sign.ts';
import type { SimRandom } from '../simulation/sim-random.ts';
import type { Door } from './fuzzer.ts';
import { type Heard, httpClient, whatIsWrong } from './http-client.ts';
import { oddString } from './oddities.ts';
import { changesNothing, comeToRest, countChanges } from './state.ts';

const bundle = bundleOf(3_000);
const visible = (text: string): string => text.replace(/[^!-~]/g, '');
const oneOf = <T>(random: SimRandom, some: readonly T[]): T => some[random.below(some.length)]!;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly payloadWord: string | null;
  readonly more: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
}

export async function openBuckets(): Promise<Door> {
  const server = await aWholeServer();
  const client = httpClient(server.port);
  let uploadId = 'none';
  return {
    async tryCase(random) {
      const asked = draw(random, uploadId);
      const send = signedSend(asked, random);
      const before = await countChanges(server.store);
      const heard = await send();
      const told = JSON.stringify({ ...asked, body: asked.body?.subarray(0, 60).toString('latin1') });
      if (heard === null) return null;
      // S3's own word for what it does not do is 501, and for too much at once 503: clients know both.
      const wrong = heard.status === 501 ? null : whatIsWrong(heard);
      if (wrong !== null) return `${told}: ${wrong}`;
      if (server.errors.length > 0) return `${told} left an error: ${server.errors.join(' ')}`;
      uploadId = /<UploadId>([^<]+)/.exec(heard.text)?.[1] ?? uploadId;
      if (heard.status < 400) {
        await comeToRest(server.store);
        return null;
      }
      if (asked.method !== 'HEAD' && !/^<\?xml[^]*<Code>\w+<\/Code>|^\{/.test(heard.text)) return `${told}: a refusal says nothing: ${heard.status} ${heard.text.slice(0, 200)}`;
      const isClean = (await countChanges(server.store)) === before || (await changesNothing(server.store, send));
      return isClean ? null : `${told} answered ${heard.status}, but changed rows`;
    },
    async judgeAll() {
      // Uploads in parts that nobody has ended are no leftovers.
      const left = (await readdir(join(server.folder, 'artifacts', 'incoming'))).filter((name) => !/^[0-9a-f-]{36}\.parts$/.test(name));
      return left.length === 0 ? null : `half-written files are left: ${left.join(', ')}`;
    },
    async close() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };

  function signedSend(asked: Asked, random: SimRandom): () => Promise<Heard | null> {
    const { method, path, query, body } = asked;
    const timestamp = basicTime(Date.now());
    const payloadHash = asked.payloadWord ?? hash(body ?? '');
    const headers: [string, string][] = [['host', 'x'], ['x-amz-date', timestamp], ['x-amz-content-sha256', payloadHash], ...asked.more.map(([name, value]) => [name, value] as [string, string])];
    const { authorization } = sign({ method, path, query: canonicalQuery(query), headers, timestamp, payloadHash, service: 's3', keyId: administratorKey.accessKeyId, secret: administratorKey.secretAccessKey });
    const spoilt = random.chance(0.05) ? authorization.replace(/[0-9a-f]{4}$/, 'beef') : authorization;
    // A length that is a lie makes the connection break: that is no answer to judge.
    return () => client.send(method, query === '' ? path : `${path}?${query}`, [...headers, ['authorization', spoilt]], body).catch(() => null);
  }
}

function draw(random: SimRandom, uploadId: string): Asked {
  const bucket = oneOf(random, ['fairlead', 'my-bucket', 'x', '..', '%2e%2e', visible(oddString(random)).slice(0, 70)]);
  const key = oneOf(random, ['k', 'web/a.tgz', 'a/../../b', '%2e%2e%2fx', '', '%00', 'x'.repeat(1_100), encodeURIComponent(oddString(random).toWellFormed()).slice(0, 300)]);
  const method = oneOf(random, ['GET', 'HEAD', 'PUT', 'PUT', 'PUT', 'POST', 'POST', 'DELETE', 'PATCH', 'OPTIONS']);
  const path = random.chance(0.05) ? '/' : `/${bucket.replaceAll('/', '')}${key === '' ? '' : `/${key}`}`;
  const upload = random.chance(0.7) ? uploadId : oddString(random);
  const query = oneOf(random, ['', '', '', 'uploads=', `uploadId=${encodeURIComponent(upload.toWellFormed())}`, `partNumber=${1 + random.below(3)}&uploadId=${encodeURIComponent(upload.toWellFormed())}`, `partNumber=${oneOf(random, ['0', '-1', '10001', 'x', '1e3'])}&uploadId=${uploadId}`, 'versionId=x', 'acl=', 'delete=', 'x-id=PutObject', 'list-type=2', `${encodeURIComponent(oddString(random).toWellFormed())}=1`]);
  const isWrite = method === 'PUT' || method === 'POST';
  const { body, payloadWord, more } = isWrite ? drawPayload(random) : { body: null, payloadWord: null, more: [] };
  return { method, path, query, payloadWord, more, body };
}

function drawPayload(random: SimRandom): Pick<Asked, 'body' | 'payloadWord' | 'more'> {
  const body = oneOf(random, [bundle, bundle, bundle.subarray(0, 1_000), Buffer.alloc(0), Buffer.from(oddString(random)), completion(random)]);
  const more: [string, string][] = [];
  if (random.chance(0.2)) more.push([oneOf(random, ['x-amz-checksum-crc32', 'x-amz-checksum-sha256', 'content-md5', 'x-amz-trailer', 'x-amz-decoded-content-length', 'x-amz-copy-source', 'x-amz-acl', 'x-amz-meta-a', 'content-encoding']), visible(oddString(random)) || 'x']);
  if (random.chance(0.6)) return { body, payloadWord: null, more };
  const word = oneOf(random, ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'WHATEVER', '', '0'.repeat(64)]);
  if (!word.startsWith('STREAMING')) return { body, payloadWord: word, more };
  const chunk = (bytes: Buffer, length = bytes.length.toString(16)): Buffer => Buffer.concat([Buffer.from(`${length}${word.includes('HMAC') ? `;chunk-signature=${'0'.repeat(64)}` : ''}\r\n`), bytes, Buffer.from('\r\n')]);
  const odd = oneOf(random, ['', 'ffffffffffffffff', '-1', '0x5', ' 5', '5;a=b', 'g', '00000000000000000005']);
  const pieces = [chunk(body, random.chance(0.3) && odd !== '' ? odd : undefined), ...(random.chance(0.8) ? [chunk(Buffer.alloc(0))] : [])];
  return { body: Buffer.concat([...pieces, ...(random.chance(0.3) ? [Buffer.from(`x-amz-checksum-crc32:${visible(oddString(random))}\r\n\r\n`)] : [])]), payloadWord: word, more };
}

/** What ends an upload in parts, right or wrong. */
function completion(random: SimRandom): Buffer {
  const part = (): string => `<Part><PartNumber>${oneOf(random, ['1', '2', '0', 'x', '10001'])}</PartNumber><ETag>${oneOf(random, ['"d41d8cd98f00b204e9800998ecf8427e"', '&quot;x&quot;', '&bomb;', ''])}</ETag></Part>`;
  const head = random.chance(0.1) ? '<!DOCTYPE a [<!ENTITY bomb "x"><!ENTITY b "&bomb;&bomb;">]>' : '';
  return Buffer.from(`${head}<CompleteMultipartUpload>${Array.from({ length: random.below(4) }, part).join('')}${random.chance(0.9) ? '</CompleteMultipartUpload>' : ''}`);
}

function canonicalQuery(query: string): string {
  return query.split('&').filter((pair) => pair !== '').sort().join('&');
}

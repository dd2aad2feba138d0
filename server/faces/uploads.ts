// Receiving a bundle: streamed to the artifact store as it comes, the bearer checked before the first byte is read.

import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import Value from 'typebox/value';
import { Failure } from '../../protocol/errors.ts';
import { BundleSignature, maxSignatureLength } from '../../protocol/model/bundle-signature.ts';
import { ApplicationName } from '../../protocol/model/names.ts';
import { RevisionLocation } from '../../protocol/model/revision.ts';
import { ArchiveType, StoredBundle } from '../../protocol/model/stored-bundle.ts';
import type { Clock } from '../../world/clock.ts';
import type { Upload } from './dependencies.ts';
import { callerOf, originIn, type Front, type Route, sendJson } from './front.ts';
import type { Origin } from '../audit/entry.ts';
import { originOf } from '../audit/refusal.ts';
import { denied } from '../access/access.ts';
import { isOwnKey } from '../access/authorize.ts';
import { inputFromQuery, parseQuery } from './query.ts';
import { splitTarget } from './received-request.ts';

export const UploadInput = Type.Object({
  applicationName: ApplicationName,
  bundleType: ArchiveType,
  key: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'Object key to keep it under; chosen from its digest when not given.' })),
  signature: Type.Optional(Type.String({ maxLength: maxSignatureLength, description: 'A BundleSignature as JSON: its owner’s word for the bundle, handed on to the hosts.' })),
});

export const UploadOutput = Type.Object({ ...StoredBundle.properties, revision: RevisionLocation });

/**
 * Who is uploading, asked before the body is read. Throws Failure. A key with a scope writes below the names of its
 * applications only: what lies elsewhere may be another's next revision.
 */
export async function admitUpload(front: Front, request: FastifyRequest): Promise<void> {
  const { authorize, recordRefusal } = front.dependencies;
  const caller = await callerOf(front, request, 'bearer');
  const origin = originIn(front, request, caller);
  const { applicationName } = request.params as { applicationName: string };
  const key = new Map(parseQuery(splitTarget(request.raw.url ?? '').query)).get('key');
  try {
    authorize.role('UploadBundle', caller.access);
    await authorize.scope('UploadBundle', { applicationName }, caller.access);
    if (key !== undefined && !isOwnKey(caller.access, key)) {
      throw denied(`This access key may upload below ${caller.access.applications!.map((name) => `${name}/`).join(', ')} only; leave out key, or choose another.`);
    }
  } catch (error) {
    if (error instanceof Failure) await recordRefusal('UploadBundle', { applicationName, ...(key === undefined ? {} : { key }) }, origin, error);
    throw error;
  }
  origins.set(request, originOf(origin));
}

/** Of admitted requests, until their bodies have been read. */
const origins = new WeakMap<FastifyRequest, Origin>();

export const answerUpload: Route = async (front, request, reply) => {
  const upload = uploadOf(request);
  const origin = origins.get(request);
  const stored = await front.dependencies.artifacts.receive({ ...upload, body: bodyOf(front, request), ...(origin === undefined ? {} : { origin }) });
  const s3Location = { bucket: stored.bucket, key: stored.key, bundleType: stored.bundleType, eTag: stored.sha256 };
  return sendJson(reply, 201, { ...stored, revision: { revisionType: 'S3', s3Location } });
};

function uploadOf(request: FastifyRequest): Omit<Upload, 'body'> {
  const type = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/octet-stream') {
    throw new Failure('SerializationException', `A bundle must be sent as content-type application/octet-stream; it is ${type ?? 'not said'}.`);
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw new Failure('SerializationException', 'A bundle must be sent as it is, without content-encoding.');
  }
  const inQuery = inputFromQuery(UploadInput, parseQuery(splitTarget(request.raw.url ?? '').query));
  const given = { ...inQuery, ...(request.params as { applicationName: string }) };
  const [complaint] = Value.Errors(UploadInput, given);
  if (complaint !== undefined) {
    const field = complaint.instancePath.slice(1) || 'bundleType';
    if (field === 'applicationName') throw new Failure('InvalidApplicationNameException', undefined, field);
    throw new Failure('ValidationException', field === 'bundleType' ? 'Say bundleType=tar, tgz or zip in the query.' : `${field} ${complaint.message}.`, field);
  }
  const { applicationName, bundleType, key = null, signature } = given as unknown as Omit<Upload, 'body' | 'key' | 'signature'> & { readonly key?: string; readonly signature?: string };
  return { applicationName, bundleType, key, ...(signature === undefined ? {} : { signature: readSignature(signature) }) };
}

function readSignature(text: string): BundleSignature {
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(BundleSignature, value)) return value;
  } catch {
    // As below.
  }
  throw new Failure('ValidationException', 'The signature is none as fairlead push --sign makes it.', 'signature');
}

function bodyOf(front: Front, request: FastifyRequest): AsyncIterable<Uint8Array> {
  // A PUT without a body has nothing for Fastify to pass on.
  return request.body === undefined ? nothing() : withoutLongPauses(request.body as Readable, front.dependencies.world.clock, front.limits.requestTimeoutMs);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The pieces of `body`; throws Failure when none comes for `pauseMs` or the sender goes away. */
export async function* withoutLongPauses(body: Readable, clock: Clock, pauseMs: number): AsyncGenerator<Uint8Array> {
  const giveUp = (): void => void body.destroy(new Failure('ValidationException', `The upload paused for more than ${pauseMs / 1000} s.`));
  let timer = clock.after(pauseMs, giveUp);
  try {
    // Destroying a request destroys its socket, and with it the refusal that the store may be about to give.
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      timer.cancel();
      yield piece;
      timer = clock.after(pauseMs, giveUp);
    }
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('ValidationException', 'The connection broke before the upload was complete.');
  } finally {
    timer.cancel();
  }
}

// A front door on a real socket with everything behind it faked: dispatch records and answers what a test says. The
// clock is the real one unless a test holds it still.

import { request as httpRequest } from 'node:http';
import { realClock } from '../../world/real/clock.ts';
import { realFiles } from '../../world/real/files.ts';
import type { Clock } from '../../world/clock.ts';
import type { Connection } from '../../world/network.ts';
import type { Log, LogFields } from '../../world/log.ts';
import type { Random } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import { randomBytes, randomInt } from 'node:crypto';
import type { RequestContext } from '../../server/operations/handler.ts';
import { fullAccess } from '../../server/access/access.ts';
import type { AccessKeys, EnrollRequest, FaceDependencies, Upload } from '../../server/faces/dependencies.ts';
import { type Faces, startFaces } from '../../server/faces/http.ts';
import { defaultLimits, type FaceLimits } from '../../server/faces/limits.ts';
import { Failure } from '../../protocol/errors.ts';

export const keyId = 'FLAKADMIN0000000001';
export const secret = 'a secret/with+signs=';
export const bearer = { authorization: `Bearer ${keyId}:${secret}` };

/** An administrator's key, and no other. */
export const oneKey: AccessKeys = {
  find: async (id) => (id === keyId ? { secret, description: 'the tests', access: fullAccess } : null),
  used: async () => undefined,
  listen: () => () => undefined,
};

export interface Dispatched {
  readonly name: string;
  readonly input: unknown;
  readonly context: RequestContext;
}

export interface Door extends Faces {
  readonly dependencies: FaceDependencies;
  readonly dispatched: Dispatched[];
  readonly logged: { readonly level: string; readonly fields: LogFields; readonly sentence: string }[];
  readonly enrolled: EnrollRequest[];
  readonly uploaded: { readonly upload: Omit<Upload, 'body' | 'origin'>; readonly bytes: Buffer }[];
  readonly sessions: Connection[];
}

export interface DoorSettings {
  readonly answer?: (name: string, input: unknown, context: RequestContext) => unknown;
  readonly limits?: Partial<FaceLimits>;
  readonly now?: number;
  readonly dependencies?: Partial<FaceDependencies>;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function openDoor(settings: DoorSettings = {}): Promise<Door> {
  const dispatched: Dispatched[] = [];
  const logged: Door['logged'] = [];
  const enrolled: EnrollRequest[] = [];
  const uploaded: { upload: Omit<Upload, 'body' | 'origin'>; bytes: Buffer }[] = [];
  const sessions: Connection[] = [];
  const dependencies: FaceDependencies = {
    world: testWorld(settings.now, logged),
    async dispatch(definition, input, context) {
      dispatched.push({ name: definition.name, input, context });
      return settings.answer?.(definition.name, input, context) ?? (definition.output === null ? null : {});
    },
    accessKeys: oneKey,
    authorize: { role: () => undefined, scope: async () => undefined, applications: async () => [] },
    recordRefusal: async () => undefined,
    artifacts: {
      async receive({ body, origin: _origin, ...upload }) {
        const pieces: Uint8Array[] = [];
        for await (const piece of body) pieces.push(piece);
        uploaded.push({ upload, bytes: Buffer.concat(pieces) });
        return { bucket: 'fairlead', key: upload.key ?? 'web/x.tgz', bundleType: upload.bundleType, sha256: 'ab', size: uploaded.at(-1)!.bytes.length, warnings: [] };
      },
      openSigned: async () => null,
    },
    signatures: noSignatures,
    objects: noObjects,
    async enroll(request) {
      enrolled.push(request);
      return { instanceId: 'x', instanceName: request.instanceName, instanceArn: 'arn', controllerId: 'c' };
    },
    whyNotReady: async () => null,
    watchDeployment() {
      throw new Failure('DeploymentDoesNotExistException');
    },
    watchPromotion() {
      throw new Failure('PromotionDoesNotExistException');
    },
    followLogs() {
      throw new Failure('DeploymentDoesNotExistException');
    },
    acceptSession: (connection) => void sessions.push(connection),
    ...settings.dependencies,
  };
  const faces = await startFaces(
    {
      host: '127.0.0.1',
      port: 0,
      allowInsecurePlaintext: false,
      // Tests knock often, and in vain.
      limits: { ...defaultLimits, newcomersPerSecond: 100_000, ...settings.limits },
      ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    },
    dependencies,
  );
  return { ...faces, dependencies, dispatched, logged, enrolled, uploaded, sessions };
}

/** None was ever used before. */
export const noSignatures: FaceDependencies['signatures'] = { isKept: async () => false, keep: async () => undefined, forget: async () => undefined };

/** No bucket is its own. */
const noObjects: FaceDependencies['objects'] = {
  isOwn: () => false,
  list: async () => [],
  put: () => assertUnused(),
  find: async () => null,
  begin: () => assertUnused(),
  putPart: () => assertUnused(),
  complete: () => assertUnused(),
  abort: () => assertUnused(),
};

export function testWorld(now?: number, logged: Door['logged'] = []): World {
  const clock: Clock = now === undefined ? realClock : { ...realClock, now: () => now };
  const random: Random = { bytes: (length) => randomBytes(length), below: (n) => randomInt(n), fork: () => random };
  const keep = (level: string) => (fields: LogFields, sentence: string) => void logged.push({ level, fields, sentence });
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error'), child: () => log };
  const unused = new Proxy({}, { get: () => () => assertUnused() });
  return { clock, random, log, files: realFiles(), network: unused as World['network'], probes: unused as World['probes'], processes: unused as World['processes'] };
}

function assertUnused(): never {
  throw new Error('the faces have no business with this door');
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Sends exactly these header fields, duplicates included, and nothing beside them but the body's length. */
export function send(port: number, method: string, path: string, headers: readonly (readonly [string, string])[], body: Uint8Array | string = ''): Promise<RawAnswer> {
  const bytes = Buffer.from(body);
  const length = bytes.length === 0 && method !== 'POST' ? [] : [['content-length', String(bytes.length)] as const];
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: [...headers, ...length].flat(), agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({ status: response.statusCode!, headers: response.headers as Record<string, string>, rawHeaders: response.rawHeaders, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

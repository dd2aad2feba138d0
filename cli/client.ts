// The API as typed calls. Nothing here knows an operation by name: method, path, query and body follow from its
// definition. Instants are epoch milliseconds on this side and ISO 8601 on the wire.

import { adviceFor } from './advice.ts';
import type { Connection } from './connection.ts';
import { DeploymentChange } from '../protocol/model/deployment-change.ts';
import { PromotionChange } from '../protocol/model/promotion-change.ts';
import { readEvents } from './event-stream.ts';
import { printable } from './printable.ts';
import { Refusal, exitStatus } from './refusal.ts';
import { exchange, readText, unreachable } from './transport.ts';
import type { HttpAnswer } from './transport.ts';
import type { BundleSignature } from '../protocol/model/bundle-signature.ts';
import { LogPage } from '../protocol/model/log-piece.ts';
import type { getDeploymentLogs } from '../protocol/operations/get-deployment-logs.ts';
import type { RevisionLocation } from '../protocol/model/revision.ts';
import type { ArchiveType, StoredBundle } from '../protocol/model/stored-bundle.ts';
import { respellInstants, toIso } from '../protocol/model/timestamp.ts';
import type { InputOf, OperationDefinition, OutputOf } from '../protocol/operations/operation.ts';
import { routeRequest } from './route-request.ts';

export interface Client {
  readonly connection: Connection;
  /** Calls one operation. Throws a Refusal when the server says no (status 2) or is not there (status 4). */
  call<D extends OperationDefinition>(definition: D, input: InputOf<D>): Promise<OutputOf<D>>;
  /** Streams a bundle to the server and answers where it lies. */
  upload(request: UploadRequest): Promise<UploadedBundle>;
  /** What hooks print, page by page; ends when the deployment has, or when the server stops. */
  followLogs(question: InputOf<typeof getDeploymentLogs>, signal: AbortSignal): AsyncIterable<LogPage>;
  /** The pictures of one deployment from now on; ends when the server ends the stream, which it also does when it stops. */
  watch(deploymentId: string, signal: AbortSignal): AsyncIterable<DeploymentChange>;
  /** The same of one promotion. */
  watchPromotion(promotionId: string, signal: AbortSignal): AsyncIterable<PromotionChange>;
}

export interface UploadRequest {
  readonly applicationName: string;
  readonly bundleType: ArchiveType;
  /** Name in the controller's bucket; null lets the server choose. */
  readonly key: string | null;
  /** Its owner's word for it; null when there is none. */
  readonly signature?: BundleSignature | null;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface UploadedBundle extends StoredBundle {
  readonly revision: RevisionLocation;
}

/** How long one call may be without a byte. A watch has no such bound: the server speaks when something happens. */
const idleTimeoutMs = 60_000;
/** After an upload the server checks the whole bundle before it answers. */
const uploadIdleTimeoutMs = 600_000;

/** `reason` goes into the audit log with every change. */
export function createClient(connection: Connection, reason: string | null = null): Client {
  const headers = {
    authorization: `Bearer ${connection.accessKeyId}:${connection.secretAccessKey}`,
    accept: 'application/json',
    'user-agent': 'fairlead-cli',
    // A header holds latin1; these are the bytes of UTF-8.
    ...(reason === null ? {} : { 'x-fairlead-reason': Buffer.from(reason, 'utf8').toString('latin1') }),
  };
  const trust = connection.ca === undefined ? {} : { ca: connection.ca };
  const address = (target: string): URL => new URL(connection.url.pathname.replace(/\/$/, '') + target, connection.url);

  return {
    connection,

    async call<D extends OperationDefinition>(definition: D, input: InputOf<D>): Promise<OutputOf<D>> {
      const spelled = respellInstants(definition.input, input, (instant) => toIso(instant as number));
      const { method, target, body } = routeRequest(definition, spelled as Readonly<Record<string, unknown>>);
      const url = address(target);
      const answer = await exchange({
        ...trust,
        method,
        url,
        headers: body === null ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        idleTimeoutMs,
      });
      const value = await readJson(url, answer, connection);
      if (definition.output === null) return null as OutputOf<D>;
      return respellInstants(definition.output, value, toInstant) as OutputOf<D>;
    },

    async upload(request) {
      const { signature = null } = request;
      const query = new URLSearchParams({
        bundleType: request.bundleType,
        ...(request.key === null ? {} : { key: request.key }),
        ...(signature === null ? {} : { signature: JSON.stringify(signature) }),
      });
      const url = address(`/v1/applications/${encodeURIComponent(request.applicationName)}/uploads?${query}`);
      const answer = await exchange({
        ...trust,
        method: 'PUT',
        url,
        headers: { ...headers, 'content-type': 'application/octet-stream' },
        body: request.body,
        idleTimeoutMs: uploadIdleTimeoutMs,
      });
      return (await readJson(url, answer, connection)) as UploadedBundle;
    },

    async *followLogs({ deploymentId, ...question }, signal) {
      const query = new URLSearchParams(Object.entries(question).map(([name, value]): [string, string] => [name, String(value)]));
      const url = address(`/v1/deployments/${encodeURIComponent(deploymentId)}/logs/follow?${query}`);
      for await (const page of streamed(url, signal)) if (isLogPage(page)) yield respellInstants(LogPage, page, toInstant) as LogPage;
    },

    async *watch(deploymentId, signal) {
      const url = address(`/v1/deployments/${encodeURIComponent(deploymentId)}/watch`);
      for await (const change of streamed(url, signal)) if (isChange(change)) yield respellInstants(DeploymentChange, change, toInstant) as DeploymentChange;
    },

    async *watchPromotion(promotionId, signal) {
      const url = address(`/v1/promotions/${encodeURIComponent(promotionId)}/watch`);
      for await (const change of streamed(url, signal)) if (isPromotionChange(change)) yield respellInstants(PromotionChange, change, toInstant) as PromotionChange;
    },
  };

  /** The data of each event. Throws a Refusal for one that says what went wrong, and when the stream breaks. */
  async function* streamed(url: URL, signal: AbortSignal): AsyncGenerator<unknown> {
    const answer = await exchange({ ...trust, method: 'GET', url, headers: { ...headers, accept: 'text/event-stream' }, signal, idleTimeoutMs: 0 });
    if (answer.status !== 200) await readJson(url, answer, connection);
    try {
      for await (const event of readEvents(answer.body)) {
        if (event.name === 'failure' || event.name === 'error') throw refusalFrom(500, parse(event.data), connection);
        yield parse(event.data);
      }
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      throw unreachable(url, error);
    }
  }
}

/** The wire's ISO 8601 as epoch milliseconds; what is no instant stays as it is. */
function toInstant(spelled: unknown): unknown {
  if (typeof spelled !== 'string') return spelled;
  const instant = Date.parse(spelled);
  return Number.isNaN(instant) ? spelled : instant;
}

async function readJson(url: URL, answer: HttpAnswer, connection: Connection): Promise<unknown> {
  let text: string;
  try {
    text = await readText(answer.body);
  } catch (error) {
    throw unreachable(url, error);
  }
  const value = text === '' ? null : parse(text);
  if (answer.status >= 200 && answer.status < 300 && value !== undefined) return value;
  throw refusalFrom(answer.status, value, connection);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isLogPage(value: unknown): value is LogPage {
  return typeof value === 'object' && value !== null && 'pieces' in value && 'nextAfter' in value;
}

function isChange(value: unknown): value is DeploymentChange {
  return typeof value === 'object' && value !== null && 'deployment' in value && 'targets' in value;
}

function isPromotionChange(value: unknown): value is PromotionChange {
  return typeof value === 'object' && value !== null && 'promotion' in value && 'waitingOn' in value;
}

/** The REST face's `{ code, message, requestId, field? }`; anything else came from something in between. */
function refusalFrom(status: number, value: unknown, connection: Connection): Refusal {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  if (typeof said['code'] !== 'string' || typeof said['message'] !== 'string') {
    return new Refusal(`${connection.url.origin} answered ${status}, and not as a Fairlead server does.`, {
      status: exitStatus.unreachable,
      advice: ['Is this the server’s own address, and not that of a proxy or of something else?'],
    });
  }
  const field = typeof said['field'] === 'string' && said['field'] !== '' && !said['message'].includes(said['field']) ? ` (field ${said['field']})` : '';
  const request = status >= 500 && typeof said['requestId'] === 'string' ? [`Request ${said['requestId']} in the server’s log.`] : [];
  return new Refusal(printable(`${said['message']}${field}`), {
    code: said['code'],
    advice: [...adviceFor(said['code'], connection.accessKeyOrigin), ...request.map(printable)],
  });
}

// The front door: one HTTP server for both faces, the buckets, the agents' sessions, uploads and downloads. This file is the table of
// contents: which route leads where, and what the door itself refuses.

import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods, type RawServerDefault } from 'fastify';
import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import { operations } from '../../protocol/operations/registry.ts';
import { answerArtifact } from './artifacts.ts';
import { answerAwsJson } from './aws-json.ts';
import { readBody } from './body.ts';
import type { FaceDependencies } from './dependencies.ts';
import { answerEnroll } from './enroll.ts';
import { pathOf, sendFailure } from './failures.ts';
import { callerAllowed, type Front, makeFront, remoteOf, type Route, sendJson } from './front.ts';
import { answerHealth, answerReadiness } from './health.ts';
import type { FaceLimits } from './limits.ts';
import { isLoopback } from './loopback.ts';
import { openApiDocument } from './openapi.ts';
import type { Newcomers } from './newcomers.ts';
import { ownRoutes, type OwnRouteName } from './own-routes.ts';
import { restRoute, splitRoute } from './rest.ts';
import { isForS3, type PlainHandler, s3Door } from './s3/door.ts';
import { acceptSessions, sessionPath, writeRefusal } from './session-socket.ts';
import { answerFollowLogs, answerWatch, answerWatchPromotion } from './stream.ts';
import { admitUpload, answerUpload } from './uploads.ts';

export interface FaceOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Plaintext on an address that others can reach. */
  readonly allowInsecurePlaintext: boolean;
  /** PEM of certificate chain and key; without it the server speaks plaintext. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: FaceLimits;
}

export interface Faces {
  readonly url: string;
  readonly port: number;
  /** With TLS: from the next connection on. */
  showCertificate(tls: { readonly cert: string; readonly key: string }): void;
  /** Closes sessions and streams, lets requests in flight finish for up to five seconds, then closes. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long requests in flight may take once the server closes. */
const lastRequestsMs = 5_000;

const ownHandlers: Readonly<Record<Exclude<OwnRouteName, 'UploadBundle'>, Route>> = {
  CallAwsJson: answerAwsJson,
  GetHealth: answerHealth,
  GetReadiness: answerReadiness,
  GetOpenApiDocument: async (front, request, reply) => {
    await callerAllowed(front, request, 'GetOpenApiDocument', 'either', {});
    return sendJson(reply, 200, openApiDocument());
  },
  EnrollAgent: answerEnroll,
  OpenSession: () => Promise.reject(new Failure('ValidationException', `${sessionPath} speaks WebSocket: agents open it with an Upgrade header.`)),
  DownloadArtifact: answerArtifact,
  WatchDeployment: answerWatch,
  WatchPromotion: answerWatchPromotion,
  FollowDeploymentLogs: answerFollowLogs,
};

/** Throws an Error with a sentence when such a listener would put credentials on the network in the clear. */
export function checkListener(host: string, speaksTls: boolean, allowInsecurePlaintext: boolean): void {
  if (!speaksTls && !isLoopback(host) && !allowInsecurePlaintext) {
    throw new Error(`Refusing to listen on ${host} without TLS: credentials and revisions would cross the network in the clear. Give a certificate, let it make its own (--tls-own), listen on 127.0.0.1, or say --insecure-plaintext.`);
  }
}

/** Starts listening. Throws an Error with a sentence when it may not or cannot. */
export async function startFaces(options: FaceOptions, dependencies: FaceDependencies): Promise<Faces> {
  const { host, port, tls, limits } = options;
  checkListener(host, tls !== undefined, options.allowInsecurePlaintext);
  const { clock } = dependencies.world;
  const closing = new AbortController();
  const front = makeFront(dependencies, limits, closing.signal);
  const app = makeApp(front, options);
  const sessions = acceptSessions(app.server, front);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new Error(`Cannot listen on ${host}:${port}: ${(error as Error).message}. Choose another address with --listen HOST:PORT.`, { cause: error });
  }
  const { port: given } = app.server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${given}`,
    port: given,
    showCertificate: (certificate) => (app.server as Partial<TlsServer>).setSecureContext?.({ ...certificate, minVersion: 'TLSv1.2' }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      front.newcomers.close();
      const timer = clock.after(lastRequestsMs, () => {
        app.server.closeAllConnections();
        front.newcomers.cutOff();
      });
      await Promise.all([sessions.close(), app.close()]);
      timer.cancel();
    },
  };
}

function makeApp(front: Front, options: FaceOptions): FastifyInstance {
  const { world } = front.dependencies;
  const requestIds = world.random.fork('request-ids');
  const newRequestId = (): string => uuid(requestIds.bytes(16));
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => sendFailure(error, request, reply, world.log);

  const buckets = s3Door(front, newRequestId);
  const app = Fastify({
    serverFactory: (handler) => makeServer(front, options, handler, buckets) as RawServerDefault,
    genReqId: newRequestId,
    requestIdHeader: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, newRequestId()),
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  app.setNotFoundHandler((request, reply) => refuse(new Failure('NotFoundException', `There is nothing at ${request.method} ${pathOf(request)}.`), request, reply));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-amzn-requestid': request.id, 'x-content-type-options': 'nosniff' });
    if (options.tls !== undefined) reply.header('strict-transport-security', 'max-age=31536000');
    if (request.headers.host === undefined) throw new Failure('ValidationException', 'The request has no Host header.');
  });
  app.addHook('onSend', async (_request, reply) => {
    // Else the closing server would wait for this connection to be used again.
    if (front.closing.aborted) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const fields = { requestId: request.id, remote: remoteOf(request), method: request.method, path: pathOf(request), target: request.headers['x-amz-target'] };
    world.log.debug({ ...fields, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
  });

  // Bodies are kept as the bytes that came: signatures are over them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, body: IncomingMessage) => readBody(body, world.clock, options.limits));

  for (const definition of operations) addRoute(app, front, definition.route, restRoute(definition));
  for (const [name, handler] of Object.entries(ownHandlers)) addRoute(app, front, ownRoutes[name as keyof typeof ownHandlers].route, handler);
  void app.register(async (uploads) => addUploads(uploads, front));
  return app;
}

function addRoute(app: FastifyInstance, front: Front, route: string, handler: Route): void {
  const { method, path } = splitRoute(route);
  app.route({ method: method as HTTPMethods, url: path, handler: (request, reply) => handler(front, request, reply) });
}

/** Uploads have a scope of their own: the caller is known before the body, and the body is passed on unread. */
function addUploads(app: FastifyInstance, front: Front): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request) => admitUpload(front, request));
  addRoute(app, front, ownRoutes.UploadBundle.route, answerUpload);
}

function makeServer({ newcomers }: Front, { tls, limits }: FaceOptions, routes: PlainHandler, buckets: PlainHandler): Server {
  const settings = {
    noDelay: true,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    // Bodies have clocks of their own: an upload may take long, a JSON body may not.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    handshakeTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    // Refused by us instead, in JSON.
    requireHostHeader: false,
    // Some clients offer HTTP/2 with every plaintext request (Upgrade: h2c); an offer may be ignored.
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  const handler: PlainHandler = (request, response) => (isForS3(request) ? buckets : routes)(request, response);
  const server = tls === undefined ? createPlainServer(settings, handler) : createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.2' }, handler);
  // The bucket's door looks at the caller before it says go on.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isForS3(request)) response.writeContinue();
    handler(request, response);
  });
  holdBack(server, newcomers);
  server.maxHeadersCount = limits.maxHeaders;
  server.maxConnections = limits.maxConnections;
  return server;
}

/** Connections begin when the gate lets them; until then not a byte is read, nor a handshake made. */
function holdBack(server: Server, newcomers: Newcomers): void {
  const begins = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    newcomers.receive(socket, () => {
      for (const begin of begins) begin.call(server, socket);
    });
  });
}

/** What is not even HTTP, or too slow or too large in its headers. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  // Where no handshake was made there is nothing to write an answer on, and an end that waits for it never comes.
  if (/^(ERR_TLS_|ERR_SSL_|EPROTO)/.test(error.code ?? '')) return void socket.destroy();
  switch (error.code) {
    case 'ECONNRESET':
      return void socket.destroy();
    case 'HPE_HEADER_OVERFLOW':
      return writeRefusal(socket, new Failure('RequestEntityTooLargeException', 'The header fields of the request are too large or too many.'), requestId, 431);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return writeRefusal(socket, new Failure('ValidationException', 'The header fields of the request did not arrive in time.'), requestId, 408);
    default:
      return writeRefusal(socket, new Failure('SerializationException', 'The request is not valid HTTP.'), requestId);
  }
}

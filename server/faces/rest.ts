// The REST face: every definition in the registry as a route. Members named in the path are taken out of the same input
// object; the rest comes in the query for GET and DELETE and in the body otherwise.

import type { FastifyRequest } from 'fastify';
import { Failure } from '../../protocol/errors.ts';
import { unknownMember } from '../../protocol/operations/check-input.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { parseObject } from './body.ts';
import { callerOf, performOperation, type Route, sendJson } from './front.ts';
import { isoSpelling } from './instants.ts';
import { inputFromQuery, parseQuery } from './query.ts';
import { receivedRequest, splitTarget } from './received-request.ts';

/** The route of one operation. */
export function restRoute(definition: OperationDefinition): Route {
  return async (front, request, reply) => {
    const caller = await callerOf(front, request, 'either');
    const input = isoSpelling.inward(definition.input, inputOf(definition, request));
    const output = await performOperation(front, definition, input, caller, request);
    if (definition.output === null) return reply.code(204).send();
    return sendJson(reply, successStatus(definition), isoSpelling.outward(definition.output, output));
  };
}

/** 204 for operations that answer nothing, 201 for those that create, else 200. */
export function successStatus(definition: OperationDefinition): number {
  return definition.output === null ? 204 : definition.name.startsWith('Create') ? 201 : 200;
}

/** `METHOD /path/:member`, apart. */
export function splitRoute(route: string): { readonly method: string; readonly path: string; readonly members: readonly string[] } {
  const [method = '', path = ''] = route.split(' ');
  return { method, path, members: [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!) };
}

/** Whether the members beside the path's come in the query; otherwise they are the body. */
export function readsQuery(method: string): boolean {
  return method === 'GET' || method === 'DELETE';
}

function inputOf(definition: OperationDefinition, request: FastifyRequest): Record<string, unknown> {
  const { method } = splitRoute(definition.route);
  const { target, body } = receivedRequest(request);
  const pairs = parseQuery(splitTarget(target).query);
  const inPath = request.params as Record<string, string>;
  const given = readsQuery(method) ? inputFromQuery(definition.input, pairs) : inputFromBody(body, request.headers['content-type']);
  if (!readsQuery(method) && pairs.length > 0) {
    throw new Failure('ValidationException', `${pairs[0]![0]} is given in the query; ${method} takes it in the body.`, pairs[0]![0]);
  }
  for (const [name, value] of Object.entries(inPath)) {
    if (Object.hasOwn(given, name) && given[name] !== value) {
      throw new Failure('ValidationException', `${name} is ${value} in the path and something else beside it; leave it to the path.`, name);
    }
  }
  const input = { ...definition.restDefaults, ...given, ...inPath };
  const unknown = unknownMember(definition, input);
  if (unknown !== null) {
    const known = Object.keys((definition.input as unknown as { properties?: object }).properties ?? {});
    throw new Failure('ValidationException', `${definition.name} has no member ${unknown.slice(0, 200)}. It has: ${known.join(', ') || 'none'}.`, unknown.slice(0, 200));
  }
  return input;
}

function inputFromBody(body: Uint8Array, contentType: string | undefined): Record<string, unknown> {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (body.length > 0 && type !== 'application/json') {
    throw new Failure('SerializationException', `The body must be sent as content-type application/json; it is ${type ?? 'not said'}.`);
  }
  return parseObject(body, 'SerializationException');
}

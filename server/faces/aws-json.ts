// The AWS face: CodeDeploy_20141006 over AWS JSON 1.1, one address, the operation in a header. Signature first, so that
// nothing about operations is told to strangers.

import { Failure } from '../../protocol/errors.ts';
import { findOperation } from '../../protocol/operations/registry.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { parseObject } from './body.ts';
import { callerOf, performOperation, type Route } from './front.ts';
import { epochSpelling } from './instants.ts';
import { receivedRequest } from './received-request.ts';

const contentType = 'application/x-amz-json-1.1';
const prefix = 'CodeDeploy_20141006.';

export const answerAwsJson: Route = async (front, request, reply) => {
  const caller = await callerOf(front, request, 'signature');
  const definition = operationOf(request.headers['x-amz-target']);
  refuseOtherContent(request.headers['content-type']);
  const given = parseObject(receivedRequest(request).body, 'SerializationException');
  const input = epochSpelling.inward(definition.input, given);
  const output = await performOperation(front, definition, input, caller, request);
  const body = definition.output === null ? '' : JSON.stringify(epochSpelling.outward(definition.output, output));
  return reply.code(200).header('content-type', contentType).send(Buffer.from(body));
};

function operationOf(target: string | string[] | undefined): OperationDefinition {
  if (target === undefined) throw new Failure('UnknownOperationException', `The header X-Amz-Target is missing: it names the operation, as in ${prefix}ListApplications. AWS clients send it by themselves; for calls by hand the paths below /v1 may be easier.`);
  const name = typeof target === 'string' && target.startsWith(prefix) ? target.slice(prefix.length) : null;
  const definition = name === null ? null : findOperation(name);
  if (definition === null || definition.faces === 'rest') {
    throw new Failure('UnknownOperationException', `There is no operation ${name ?? String(target)}; X-Amz-Target must be ${prefix}<Operation>.`);
  }
  return definition;
}

function refuseOtherContent(given: string | undefined): void {
  const type = given?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== undefined && type !== contentType && type !== 'application/json') {
    throw new Failure('SerializationException', `The content type must be ${contentType}; it is ${type}.`);
  }
}

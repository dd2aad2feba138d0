// Enrolment: the join token in the body is the credential, so this is the one write open without an access key, and the
// one that is counted: whoever enrols an agent has proved itself, and is not.

import Type from 'typebox';
import Value from 'typebox/value';
import { Failure } from '../../protocol/errors.ts';
import { InstanceName } from '../../protocol/model/names.ts';
import { parseObject } from './body.ts';
import type { EnrollRequest } from './dependencies.ts';
import { remoteOf, type Route, sendJson } from './front.ts';
import { receivedRequest } from './received-request.ts';

export const EnrollInput = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 512, description: 'A join token, as fairlead token create prints it.' }),
  instanceName: InstanceName,
  publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'Raw Ed25519 public key, base64 (32 bytes).' }),
  tags: Type.Array(Type.Object({ Key: Type.String({ minLength: 1, maxLength: 128 }), Value: Type.String({ maxLength: 256 }) }), { maxItems: 50 }),
  agentVersion: Type.String({ maxLength: 64 }),
  identityDocument: Type.Optional(Type.String({ minLength: 1, maxLength: 16384, pattern: '^[A-Za-z0-9+/=\\s]+$', description: 'With the token ec2: what the metadata service of an EC2 instance has at dynamic/instance-identity/rsa2048.' })),
});

export const EnrollOutput = Type.Object({
  instanceId: Type.String(),
  instanceName: Type.String(),
  instanceArn: Type.String(),
  controllerId: Type.String(),
});

export const answerEnroll: Route = async (front, request, reply) => {
  const takeBack = front.countEnrollment(remoteOf(request));
  const given = parseObject(receivedRequest(request).body, 'SerializationException');
  const [complaint] = Value.Errors(EnrollInput, given);
  if (complaint !== undefined) {
    const missing = (complaint.params as { requiredProperties?: readonly string[] }).requiredProperties;
    const field = [...complaint.instancePath.split('/').filter((part) => part !== ''), ...(missing?.slice(0, 1) ?? [])].join('.');
    throw new Failure('ValidationException', missing === undefined ? `${field} ${complaint.message}.` : `${field} is missing.`, field);
  }
  const { token, instanceName, publicKey, tags, agentVersion, identityDocument } = given as unknown as EnrollRequest;
  if (tags.some(({ Key, Value }) => /\p{Cc}/u.test(Key + Value))) throw new Failure('ValidationException', 'A tag holds a control character, such as a line break; a tag is one line of text.', 'tags');
  const answer = await front.dependencies.enroll({ token, instanceName, publicKey, tags, agentVersion, ...(identityDocument === undefined ? {} : { identityDocument }), remote: remoteOf(request) });
  takeBack();
  front.newcomers.proved(request.raw.socket);
  return sendJson(reply, 200, answer);
};

// Letting an agent in: it shows a join token and the public half of a key it made itself, and from then on proves itself
// with that key. The token is used up in the same transaction that creates or binds the instance. An agent that lost
// the answer may ask again with the same key and gets the same answer, at no use of the token.

import { Failure } from '../../protocol/errors.ts';
import { fitsPattern } from '../../protocol/model/name-pattern.ts';
import { isEc2InstanceName, namePattern } from '../../protocol/model/names.ts';
import type { EnrollAnswer, EnrollRequest } from '../faces/dependencies.ts';
import { addApiTags, mostInstanceTags, wholeTags } from '../operations/instance-tags.ts';
import { newInstance } from '../operations/new-instance.ts';
import type { Services } from '../operations/services.ts';
import { auditRecord } from '../audit/entry.ts';
import { appendAuditRecord } from '../store/audit.ts';
import type { Tags } from '../store/documents.ts';
import { findEnrollmentToken, tokenTags, useEnrollmentToken } from '../store/enrollment-tokens.ts';
import { bindAgent, findInstanceByIamArn, findLiveInstance, insertInstance, type EnrolledAgent } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { EnrollmentTokensTable, InstancesTable } from '../store/tables.ts';
import type { Ec2Enrolment } from '../ec2/settings.ts';
import { refuseSecond, requireIdentity } from './ec2-enrolment.ts';
import { isSecretRight, readJoinToken } from './join-token.ts';

export type EnrollServices = Pick<Services, 'store' | 'world' | 'region' | 'accountId' | 'controllerId'> & { readonly ec2?: Ec2Enrolment | null };

/** In place of a join token: the request carries an identity document of EC2. */
const byIdentity = 'ec2';

/**
 * Throws Failure: InvalidJoinTokenException first, whatever else is wrong (nobody without a token learns anything);
 * then JoinTokenBoundException for a host that the token is not for, InvalidInstanceNameException, InvalidTagException, TagLimitExceededException, ValidationException for the key,
 * InstanceNameAlreadyRegisteredException when the name is enrolled with another key.
 */
export function makeEnroll(services: EnrollServices): (request: EnrollRequest) => Promise<EnrollAnswer> {
  const { store, world, controllerId, ec2 = null } = services;
  async function enrolByIdentity(request: EnrollRequest, now: number): Promise<EnrollAnswer> {
    const { region, accountId } = await requireIdentity(request.identityDocument ?? '', request.instanceName, ec2, now);
    const agent = checkRequest(request);
    const row = await store.transaction(async (tx) => {
      const found = await findLiveInstance(tx, request.instanceName);
      if (found?.public_key === agent.publicKey) return found;
      await refuseSecond(tx, request.instanceName);
      const made = found ?? (await createInstance(tx, { ...services, region, accountId }, request.instanceName, now));
      await bindAgent(tx, made.instance_id, agent, now);
      await recordEnrolment(tx, request, null, now);
      return made;
    });
    return { instanceId: row.instance_id, instanceName: row.name, instanceArn: row.arn, controllerId };
  }
  return async (request) => {
    const now = world.clock.now();
    if (request.token === byIdentity) return enrolByIdentity(request, now);
    const instance = await store.transaction(async (tx) => {
      const token = await requireToken(tx, request.token);
      const agent = checkRequest(request);
      checkBounds(token, request.instanceName, agent);
      const found = await findLiveInstance(tx, request.instanceName);
      if (found?.public_key === agent.publicKey) return found;
      if (found !== null && found.public_key !== null) throw alreadyEnrolled(request.instanceName);
      await spend(tx, token, now);
      const row = found ?? (await createInstance(tx, services, request.instanceName, now));
      await bindAgent(tx, row.instance_id, agent, now);
      await addApiTags(tx, { ...row, agent_tags: JSON.stringify(agent.agentTags) }, tokenTags(token));
      await recordEnrolment(tx, request, token.token_id, now);
      return row;
    });
    return { instanceId: instance.instance_id, instanceName: instance.name, instanceArn: instance.arn, controllerId };
  };
}

async function recordEnrolment(tx: Database, { instanceName, publicKey, tags, agentVersion, remote }: EnrollRequest, tokenId: string | null, at: number): Promise<void> {
  const subjects = [`instance:${instanceName}`, ...(tokenId === null ? [] : [`enrollment-token:${tokenId}`])];
  const input = { instanceName, publicKey, tags, agentVersion };
  await appendAuditRecord(tx, auditRecord({ actor: 'agent', remote }, { at, operation: 'EnrollAgent', subjects, input, outcome: 'Succeeded' }));
}

/** The row of a token whose secret is right and that was not revoked; it may have expired or been used up. */
async function requireToken(tx: Database, text: string): Promise<EnrollmentTokensTable> {
  const parts = readJoinToken(text);
  const row = parts === null ? null : await findEnrollmentToken(tx, parts.tokenId);
  if (parts === null || row === null || !isSecretRight(parts.secret, row.secret_sha256) || row.revoked_at !== null) {
    throw new Failure('InvalidJoinTokenException');
  }
  return row;
}

async function spend(tx: Database, token: EnrollmentTokensTable, now: number): Promise<void> {
  if (token.expires_at <= now || !(await useEnrollmentToken(tx, token.token_id))) throw new Failure('InvalidJoinTokenException');
}

/** Whoever holds a token for some hosts learns what for, and no host gets in that the token's maker did not mean. */
function checkBounds(token: EnrollmentTokensTable, instanceName: string, { agentTags }: EnrolledAgent): void {
  if (token.name_pattern !== null && !fitsPattern(token.name_pattern, instanceName)) {
    throw new Failure('JoinTokenBoundException', `This join token is for instances named ${token.name_pattern}, and this host is named ${instanceName}. Give it such a name, or make a token for it: fairlead token create --name '${instanceName}'`, 'instanceName');
  }
  for (const { Key, Value } of tokenTags(token)) {
    const claimed = agentTags.find((tag) => tag.Key === Key)?.Value;
    if (claimed === undefined || claimed === Value) continue;
    throw new Failure('JoinTokenBoundException', `This join token is for hosts tagged ${Key}=${Value}, and this host brings ${Key}=${claimed}. Leave the tag out of its configuration, or make another token.`, 'tags');
  }
}

function checkRequest({ instanceName, publicKey, tags, agentVersion }: EnrollRequest): EnrolledAgent {
  if (instanceName.length > 100 || !new RegExp(namePattern).test(instanceName)) {
    throw new Failure('InvalidInstanceNameException', 'The name of an instance is 1 to 100 letters, digits and . _ + = , @ -', 'instanceName');
  }
  const key = Buffer.from(publicKey, 'base64');
  if (key.length !== 32 || key.toString('base64') !== publicKey) {
    throw new Failure('ValidationException', 'publicKey must be a raw Ed25519 public key: 32 bytes in base64.', 'publicKey');
  }
  const agentTags: Tags = wholeTags(tags);
  if (agentTags.length > mostInstanceTags) {
    throw new Failure('TagLimitExceededException', `The agent brings ${agentTags.length} tags, but at most ${mostInstanceTags} are allowed.`, 'tags');
  }
  return { publicKey, agentTags, agentVersion };
}

/** On-premises instances must have an IAM ARN to be read back; one is made up from the name. */
async function createInstance(tx: Database, services: EnrollServices, name: string, now: number): Promise<InstancesTable> {
  const iamUserArn = `arn:aws:iam::${services.accountId}:user/fairlead/${name}`;
  const isFree = !isEc2InstanceName(name) && (await findInstanceByIamArn(tx, 'iam_user_arn', iamUserArn)) === null;
  const row = newInstance(services, name, { iamUserArn: isFree ? iamUserArn : null, iamSessionArn: null }, now);
  await insertInstance(tx, row);
  return row;
}

function alreadyEnrolled(name: string): Failure {
  return new Failure(
    'InstanceNameAlreadyRegisteredException',
    `Instance ${name} is enrolled already, with another key. If this host takes its place, revoke that key first (fairlead instance revoke-key ${name}), or deregister the instance (aws deploy deregister-on-premises-instance --instance-name ${name}, or DELETE /v1/on-premises-instances/${name}); else give this agent another name.`,
    'instanceName',
  );
}

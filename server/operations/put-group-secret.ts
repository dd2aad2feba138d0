// Sealed before it is written. Whoever may change the group may set its secrets; nobody may read them.

import { Failure } from '../../protocol/errors.ts';
import { mostParameterBytes, mostParameters, whyNotParameter } from '../../protocol/model/parameter.ts';
import { shortestSecret } from '../../protocol/session/frames.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { groupSecretBinding, listGroupSecrets, putGroupSecret as putRow } from '../store/group-secrets.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

/** Sealing in base64 takes about four thirds. */
const mostSealedBytes = (mostParameterBytes * 4) / 3;

export const putGroupSecret: Handler<typeof registry.putGroupSecret> = async ({ store, secrets }, { applicationName, deploymentGroupName, name, secretValue }, { now, accessKeyId }) => {
  const fault = whyNotParameter(name);
  if (fault !== null) throw new Failure('InvalidInputException', fault, 'name');
  if (secretValue.trim().length < shortestSecret) {
    throw new Failure('InvalidInputException', `The secret is shorter than ${shortestSecret} characters: it could not be kept out of the output. Use a longer one, or a parameter.`, 'secretValue');
  }
  await store.transaction(async (tx) => {
    const { group_id: groupId } = await requireGroup(tx, await requireApplication(tx, applicationName), deploymentGroupName);
    const others = (await listGroupSecrets(tx, groupId)).filter((row) => row.name !== name);
    const sealed = secrets.seal(secretValue, groupSecretBinding(groupId, name));
    const bytes = others.reduce((sum, row) => sum + row.value_encrypted.length, sealed.length);
    if (others.length >= mostParameters || bytes > mostSealedBytes) {
      throw new Failure('InvalidInputException', `The secrets of ${deploymentGroupName} would be more than ${mostParameters}, or more than about ${mostParameterBytes} bytes together.`, 'secretValue');
    }
    await putRow(tx, { group_id: groupId, name, value_encrypted: sealed, updated_at: now, updated_by: accessKeyId });
  });
  return {};
};

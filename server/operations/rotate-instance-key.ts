// The agent makes the key, and its private half never leaves the host; this asks for it and waits until it is stored.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { requireLiveInstance } from './lookup.ts';
import type { Handler } from './services.ts';

export const rotateInstanceKey: Handler<typeof registry.rotateInstanceKey> = async ({ store, rotateKey }, { instanceName }) => {
  const { instance_id } = await requireLiveInstance(store.db, instanceName);
  const answer = await rotateKey(instance_id);
  if (answer.kind === 'taken') return { publicKey: answer.publicKey };
  throw new Failure('AgentUnavailableException', `The key of ${instanceName} was not replaced: ${answer.why}`, 'instanceName');
};

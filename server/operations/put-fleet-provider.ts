// What is defined is not tried out: a webhook that is down for an hour must not keep anybody from defining it.

import { Failure } from '../../protocol/errors.ts';
import { FleetProviderDefinition } from '../../protocol/model/fleet-provider.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readDocument, writeDocument } from '../store/documents.ts';
import { findFleetProvider, putFleetProvider as putRow, sealedFor } from '../store/fleet-providers.ts';
import type { FleetProvidersTable } from '../store/tables.ts';
import type { Handler } from './services.ts';

export const putFleetProvider: Handler<typeof registry.putFleetProvider> = async ({ store, secrets, whyNotWebhook }, { secret, ...definition }, { now }) => {
  const { name, webhookUrl } = definition;
  const refusal = whyNotWebhook(webhookUrl);
  if (refusal !== null) throw new Failure('InvalidInputException', `webhookUrl ${refusal}.`, 'webhookUrl');
  if (secret?.startsWith('whsec_') === true && Buffer.from(secret.slice(6), 'base64').length < 16) {
    throw new Failure('InvalidInputException', 'secret is whsec_ and base64 of less than 16 bytes. Make a longer one: openssl rand -base64 32.', 'secret');
  }
  await store.transaction(async (tx) => {
    const before = await findFleetProvider(tx, name);
    await putRow(tx, {
      name,
      document: writeDocument(FleetProviderDefinition, definition, `fleet provider ${name}`),
      secret_encrypted: secret === undefined ? keptSecret(before, webhookUrl) : secrets.seal(secret, sealedFor(name)),
      created_at: before === null ? now : Number(before.created_at),
      updated_at: now,
    });
  });
  return {};
};

/** A secret does not follow an address to another host. */
function keptSecret(before: FleetProvidersTable | null, webhookUrl: string): string | null {
  if (before === null || before.secret_encrypted === null) return null;
  const old = readDocument(FleetProviderDefinition, before.document, `fleet provider ${before.name}`).webhookUrl;
  if (new URL(old).origin === new URL(webhookUrl).origin) return before.secret_encrypted;
  throw new Failure('InvalidInputException', `The fleet provider ${before.name} has a secret for another address. Give the one for this, or delete the provider first to use the controller's own.`, 'secret');
}

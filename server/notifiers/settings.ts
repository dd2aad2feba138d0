// What the operator says of notifiers in the configuration file, and the notifiers made from it. Secrets are named by file
// and read at start. Webhooks are always signed: where no secret is named, one is made in the data folder.

import { join } from 'node:path';
import Type, { type Static, type TObject } from 'typebox';
import type { Files } from '../../world/files.ts';
import type { World } from '../../world/world.ts';
import { secretOf } from './secret.ts';
import { makeNotifiers, type Notifiers, type NamedWebhook } from './registry.ts';

const closed = { additionalProperties: false };

/** Sections of the server's configuration file. */
export const notifierSections = {
  webhooks: Type.Optional(
    Type.Object(
      {
        'secret-file': Type.Optional(Type.String({ description: 'Signing secrets, one a line, the newest first. Absent: DATA_DIR/webhook-secret, made at the first start.' })),
        'allow-insecure': Type.Optional(Type.Boolean({ description: 'Triggers may name http addresses, and this host itself.' })),
        'ca-file': Type.Optional(Type.String({ description: 'PEM of an authority to trust besides the system\'s.' })),
        named: Type.Optional(
          Type.Array(Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$' }), url: Type.String({ pattern: '^https?://' }), 'secret-file': Type.Optional(Type.String()) }, closed), {
            description: 'Triggers name them as webhook:NAME and never see their addresses.',
          }),
        ),
      },
      closed,
    ),
  ),
  sns: Type.Optional(
    Type.Object(
      {
        endpoint: Type.Optional(Type.String({ pattern: '^https?://', description: 'A service that speaks SNS; AWS when absent.' })),
        'access-key-id': Type.Optional(Type.String({ description: 'Absent: what the AWS SDK finds.' })),
        'secret-access-key-file': Type.Optional(Type.String()),
      },
      closed,
    ),
  ),
};
export type NotifierSections = Static<TObject<typeof notifierSections>>;

/** Throws an Error that says which setting is wrong. */
export function checkNotifierSections({ sns, webhooks }: NotifierSections): void {
  if ((sns?.['access-key-id'] === undefined) !== (sns?.['secret-access-key-file'] === undefined)) {
    throw new Error('In the section sns set both access-key-id and secret-access-key-file, or neither.');
  }
  const names = (webhooks?.named ?? []).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`The section webhooks names ${twice} twice.`);
}

/** Throws an Error that names a file that cannot be used. */
export async function openNotifiers({ sns, webhooks }: NotifierSections, dataDir: string, world: Pick<World, 'clock' | 'random' | 'files'>): Promise<Notifiers> {
  const { files } = world;
  const named = new Map<string, NamedWebhook>();
  const own = webhooks?.['secret-file'] === undefined ? await ownSecret(join(dataDir, 'webhook-secret'), world) : await secretsIn(files, webhooks['secret-file'], 'webhooks.secret-file');
  for (const { name, url, 'secret-file': file } of webhooks?.named ?? []) {
    named.set(name, { url: new URL(url), secrets: file === undefined ? own : await secretsIn(files, file, `webhooks.named ${name} secret-file`) });
  }
  const ca = webhooks?.['ca-file'] === undefined ? null : await contentOf(files, webhooks['ca-file'], 'webhooks.ca-file');
  const accessKeyId = sns?.['access-key-id'];
  const secretAccessKey = sns?.['secret-access-key-file'] === undefined ? undefined : (await contentOf(files, sns['secret-access-key-file'], 'sns.secret-access-key-file')).trim();
  return makeNotifiers(
    {
      webhooks: { secrets: own, named, allowsInsecure: webhooks?.['allow-insecure'] ?? false, ca },
      sns: sns === undefined ? null : { endpoint: sns.endpoint ?? null, credentials: accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey } },
    },
    world.clock,
  );
}

async function ownSecret(path: string, { files, random }: Pick<World, 'files' | 'random'>): Promise<readonly Uint8Array[]> {
  if ((await files.read(path)) === null) {
    await files.writeAtomically(path, Buffer.from(`whsec_${Buffer.from(random.bytes(32)).toString('base64')}\n`), 0o600);
  }
  return secretsIn(files, path, 'The webhook secret');
}

async function secretsIn(files: Files, path: string, setting: string): Promise<readonly Uint8Array[]> {
  const lines = (await contentOf(files, path, setting)).split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const secrets = lines.map(secretOf);
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 16)) throw new Error(`${setting}: ${path} must hold one secret a line, each of at least 16 bytes.`);
  return secrets;
}

async function contentOf(files: Files, path: string, setting: string): Promise<string> {
  const bytes = await files.read(path);
  if (bytes === null) throw new Error(`${setting}: there is no file ${path}.`);
  return Buffer.from(bytes).toString('utf8');
}

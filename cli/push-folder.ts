// A folder becomes a registered revision: checked, bundled, uploaded, registered, each step only after the one before.

import { bundleFolder } from './bundle/bundle-folder.ts';
import type { BundleType } from './bundle/bundle-folder.ts';
import { sourceDateEpoch } from './bundle/source-date-epoch.ts';
import { checkFolder } from './check-appspec.ts';
import type { AppSpecSurroundings } from './check-appspec.ts';
import type { Client, UploadedBundle } from './client.ts';
import { Refusal } from './refusal.ts';
import { digestOf, signFor } from './sign-bundle.ts';
import type { Signing } from './sign-bundle.ts';
import type { Surroundings } from './surroundings.ts';
import { createApplication } from '../protocol/operations/create-application.ts';
import { getApplication } from '../protocol/operations/get-application.ts';
import { registerApplicationRevision } from '../protocol/operations/register-application-revision.ts';

export interface PushRequest {
  readonly folder: string;
  readonly applicationName: string;
  readonly bundleType: BundleType;
  /** Name in the controller's bucket; null lets the server choose. */
  readonly key: string | null;
  readonly description: string | null;
  readonly createsApplication: boolean;
  /** How to sign it; not signed when absent. */
  readonly signing?: Signing;
}

/** Throws a Refusal at the first step that cannot be done. `remark` hears warnings about the AppSpec. */
export async function pushFolder(request: PushRequest, client: Client, around: AppSpecSurroundings & Pick<Surroundings, 'env'>, remark: (line: string) => void): Promise<UploadedBundle> {
  const { applicationName } = request;
  for (const warning of await checkFolder(request.folder, around)) remark(warning);
  const bundle = bundleFolder(request.folder, request.bundleType, sourceDateEpoch(around.env));
  await findApplication(applicationName, request.createsApplication, client);
  // Packed twice, the first time for the digest alone: the same folder gives the same bytes.
  const signature = request.signing === undefined ? null : signFor(applicationName, await digestOf(bundle.stream()), request.signing);
  const uploaded = await client.upload({ applicationName, bundleType: request.bundleType, key: request.key, signature, body: bundle.stream() });
  for (const warning of uploaded.warnings) remark(warning);
  const description = request.description === null ? {} : { description: request.description };
  await client.call(registerApplicationRevision, { applicationName, revision: uploaded.revision, ...description });
  return uploaded;
}

/** Asked before gigabytes are sent. */
async function findApplication(applicationName: string, mayCreate: boolean, client: Client): Promise<void> {
  try {
    await client.call(getApplication, { applicationName });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ApplicationDoesNotExistException') throw error;
    if (!mayCreate) {
      throw new Refusal(error.message, {
        code: error.code,
        advice: ['Add --create-application to make it now, or see which there are: fairlead application list'],
      });
    }
    await client.call(createApplication, { applicationName });
  }
}

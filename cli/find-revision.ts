// The revision that a command line means by a key pushed earlier or by a folder to push now; for one that lies elsewhere
// see revision-flags.ts.

import type { Client } from './client.ts';
import { eachItem } from './collect-pages.ts';
import { printable, showPrintable } from './printable.ts';
import { pushFolder } from './push-folder.ts';
import { Refusal } from './refusal.ts';
import type { RevisionFlags } from './revision-flags.ts';
import type { Shell } from './shell.ts';
import type { Signing } from './sign-bundle.ts';
import type { RevisionLocation } from '../protocol/model/revision.ts';
import { listApplicationRevisions } from '../protocol/operations/list-application-revisions.ts';

interface FindFlags extends RevisionFlags {
  readonly application: string;
  readonly revisionKey?: string;
  readonly directory?: string;
  readonly description?: string;
}

export async function findRevision(flags: FindFlags, signing: Signing | null, client: Client, shell: Shell): Promise<RevisionLocation> {
  if (flags.revisionKey !== undefined) return revisionOfKey(flags.application, flags.revisionKey, client);
  const request = {
    folder: flags.directory ?? '.',
    applicationName: flags.application,
    bundleType: flags.bundleType ?? 'tgz',
    key: null,
    description: flags.description ?? null,
    createsApplication: false,
    ...(signing === null ? {} : { signing }),
  };
  const uploaded = await pushFolder(request, client, shell.around, (line) => shell.remark(printable(line)));
  shell.remark(printable(`Pushed ${uploaded.key} (${uploaded.size} bytes).`));
  return uploaded.revision;
}

/**
 * The key alone does not say the bucket or the kind of archive; the registered revisions do. One that names its digest
 * came from a push and is sure to be there; anything may have been registered under the same key.
 */
async function revisionOfKey(applicationName: string, key: string, client: Client): Promise<RevisionLocation> {
  const input = { applicationName, sortBy: 'registerTime', sortOrder: 'descending' } as const;
  let fallback: RevisionLocation | null = null;
  for await (const revision of eachItem(client, listApplicationRevisions, input, (page) => page.revisions)) {
    if (revision.s3Location?.key !== key) continue;
    if (revision.s3Location.eTag !== undefined) return revision;
    fallback ??= revision;
  }
  if (fallback !== null) return fallback;
  throw new Refusal(`The application ${applicationName} has no revision with the key ${showPrintable(key)}.`, {
    advice: [`See which there are: fairlead revision list --application ${applicationName}`],
  });
}

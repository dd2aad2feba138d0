// The two revisions that the crash campaign deploys. Their scripts note each start, by O_APPEND, in a file beside the
// agent's folders, which no agent knows.

import { tgz } from '../bundle/tar-bytes.ts';
import type { TarRecord } from '../bundle/tar-bytes.ts';

export const inPlaceOrder = ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

/** Below the folder of a trial: a line for each start of a script. */
export const startsFile = 'starts';

const scripted = inPlaceOrder.filter((event) => event !== 'DownloadBundle' && event !== 'Install');

const note = `#!/bin/sh
printf '%s\\n' "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> "$FAIRLEAD_ROOT/../${startsFile}"
echo "$LIFECYCLE_EVENT of $DEPLOYMENT_ID"
`;

function revision(files: readonly TarRecord[]): Buffer {
  const appSpec = [
    'version: 0.0', 'os: linux',
    'files:', '  - source: app', '    destination: /srv/app',
    'permissions:', '  - object: /srv/app', '    pattern: "*.conf"', '    mode: 640', '    type: [file]',
    'hooks:', ...scripted.flatMap((event) => [`  ${event}:`, '    - location: note.sh', '      timeout: 60']),
  ];
  return tgz({ name: 'appspec.yml', content: `${appSpec.join('\n')}\n` }, { name: 'note.sh', content: note, mode: 0o755 }, ...files);
}

/** Replaced, kept, added and removed files and folders, a link and a mode; few files in the first, many in the second. */
export const revisions: readonly { readonly deploymentId: string; readonly bundle: Buffer }[] = [
  {
    deploymentId: 'd-ONE',
    bundle: revision([
      { name: 'app/main.txt', content: 'one' },
      { name: 'app/same.conf', content: 'the same' },
      { name: 'app/old/gone.txt', content: 'gone soon' },
      { name: 'app/current', type: '2', target: 'old' },
    ]),
  },
  {
    deploymentId: 'd-TWO',
    bundle: revision([
      { name: 'app/main.txt', content: 'two, and longer' },
      { name: 'app/same.conf', content: 'the same' },
      { name: 'app/current', type: '2', target: 'new' },
      ...Array.from({ length: 32 }, (_, index) => ({ name: `app/new/${index}.txt`, content: `file ${index}` })),
    ]),
  },
];

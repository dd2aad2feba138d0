// What to try while the demo stays up.

import type { Fleet } from './fleet.ts';

export function stayLines(fleet: Fleet, applicationName: string, groupName: string): readonly string[] {
  const { url, accessKeyId, secretAccessKey } = fleet.client.connection;
  const endpoint = url.origin;
  return [
    '',
    'The fleet stays up until Ctrl-C. In another terminal:',
    '',
    `  export FAIRLEAD_URL=${endpoint}`,
    `  export FAIRLEAD_ACCESS_KEY_ID=${accessKeyId} FAIRLEAD_SECRET_ACCESS_KEY=${secretAccessKey}`,
    '  export AWS_ACCESS_KEY_ID=$FAIRLEAD_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$FAIRLEAD_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=us-east-1',
    '',
    'and then, from this folder:',
    '',
    '  1. bin/fairlead deployment list',
    '  2. bin/fairlead instance list',
    `  3. bin/fairlead deploy --application ${applicationName} --deployment-group ${groupName} --directory examples/${applicationName}`,
    `  4. aws deploy list-applications --endpoint-url ${endpoint}`,
    `  5. aws deploy get-deployment-group --application-name ${applicationName} --deployment-group-name ${groupName} --endpoint-url ${endpoint}`,
    '',
    `The services: ${fleet.instances.map(({ name, port }) => `${name} http://127.0.0.1:${port}`).join('  ')}`,
    `Logs and data: ${fleet.folder}`,
  ];
}

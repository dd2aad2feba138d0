// `fairlead deployment provisioned`: the answer of a fleet provider that has more to say than its webhook could.

import type { Command } from 'commander';
import { putProvisionedInstances } from '../../protocol/operations/put-provisioned-instances.ts';
import { collect } from '../flags.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';

interface Flags extends ClientFlags {
  readonly instance?: readonly string[];
  readonly failure?: string;
}

export function addProvisioned(deployment: Command, shell: Shell): void {
  const command = deployment
    .command('provisioned')
    .description('Says which instances were made for a deployment that waits for them, or that there will be none. Each counts once it is enrolled and connected.')
    .argument('<id>')
    .option('--instance <name>', 'an instance that was made, under the name that it enrols with; repeat for more; may be said in parts', collect)
    .option('--failure <why>', 'there will be none: the deployment fails with this')
    .action(async (deploymentId: string, { instance, failure, ...flags }: Flags) => {
      if ((instance === undefined) === (failure === undefined)) throw new Refusal('Give --instance, once for each that was made, or --failure.');
      const answer = await (await shell.client(flags)).call(putProvisionedInstances, { deploymentId, ...(instance === undefined ? {} : { instanceNames: [...instance] }), ...(failure === undefined ? {} : { failure }) });
      shell.print(flags, spellAnswer(putProvisionedInstances, answer), [instance === undefined ? `${deploymentId} waits for no instances any more, and fails.` : `${deploymentId} waits for ${instance.join(', ')} to be here.`]);
    });
  clientCommand(command, ['fairlead deployment provisioned d-ABCDEFGHI --instance web-7 --instance web-8', "fairlead deployment provisioned d-ABCDEFGHI --failure 'the quota is used up'"]);
}

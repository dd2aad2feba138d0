// `fairlead agent upgrade-bundle`: agents are upgraded by a deployment like any other, so what is needed is a bundle.

import type { Command } from 'commander';
import { Refusal } from '../refusal.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';

interface BundleFlags extends OutputFlags {
  readonly to: string;
}

export function addAgentUpgradeBundleCommand(agent: Command, shell: Shell): void {
  const command = agent
    .command('upgrade-bundle')
    .summary('make a revision that upgrades agents')
    .description(
      'Makes a bundle out of packages of the agent. Deployed to a group, it upgrades the agent of each host: never during another hook, the version before is kept, and comes back when the new one is not connected in time; then the target has failed. So a canary, a rollout one by one and a rollback are those of the group.',
    )
    .argument('<packages...>', 'packages of one version, for each kind of host one: .deb, .rpm, .tar.gz')
    .requiredOption('--to <folder>', 'where to; made when absent')
    .option('--json', 'print one JSON value instead')
    .action(async (packages: readonly string[], _: unknown, given: Command) => {
      const flags = given.optsWithGlobals<BundleFlags>();
      const made = await shell.around.rooms.makeUpgradeBundle(packages, flags.to).catch((error: Error) => {
        throw error.name === 'Error' ? new Refusal(error.message) : error;
      });
      shell.print(flags, made, [`${made.folder} upgrades agents to ${made.version}, from ${made.packages.join(', ')}.`, `Deploy it: fairlead deploy --application APPLICATION --deployment-group GROUP --directory ${made.folder}`]);
    });
  withExamples(command, ['fairlead agent upgrade-bundle fairlead-agent_0.2.0-1_*.deb --to agent-0.2.0', 'fairlead deploy --application fairlead-agent --deployment-group canary --directory agent-0.2.0']);
}

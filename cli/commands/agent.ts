// `fairlead agent`: the host's half, in the foreground, until it is told to end.

import type { Command } from 'commander';
import { collect, parseTag } from '../flags.ts';
import type { ExitStatus } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { startedOrRefused } from '../start-program.ts';
import { withExamples } from '../shell.ts';
import { addAgentEnrollCommand } from './agent-enroll.ts';
import { addAgentUpgradeBundleCommand } from './agent-upgrade-bundle.ts';
import { addAgentStatusCommand } from './agent-status.ts';

interface AgentFlags {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly dataDir?: string;
  readonly root?: string;
  readonly config?: string;
  readonly verbose?: boolean;
}

export function addAgentCommand(program: Command, shell: Shell): void {
  const command = program
    .command('agent')
    .summary('run the agent of this host')
    .description(
      'Runs this host’s agent until SIGTERM or Ctrl-C. The first start enrols with a join token (see: fairlead token create); afterwards the agent proves itself with a key of its own, and the token is needed no more.',
    )
    .option('--controller <url>', 'address of the controller; may also stand in FAIRLEAD_CONTROLLER or in the configuration file')
    .option('--join-token <token>', 'token to enrol with, at the first start')
    .option('--name <name>', 'name of this instance; names that start with i- are EC2 instances')
    .option('--tag <key=value>', 'tag of this instance; repeat for more', collect)
    .option('--data-dir <dir>', 'folder for identity, journal and bundles; made when absent')
    .option('--root <dir>', 'prefix for every destination and permission object, shown to hooks as FAIRLEAD_ROOT; lets several agents share one machine')
    .option('--config <file>', 'configuration file (YAML); /etc/fairlead/agent.yml when there is one')
    .option('--verbose', 'log more')
    .action(async (flags: AgentFlags) => {
      const status = await startedOrRefused(() => shell.around.rooms.runAgent({
        tags: (flags.tag ?? []).map(parseTag),
        ...(flags.controller === undefined ? {} : { controller: flags.controller }),
        ...(flags.joinToken === undefined ? {} : { joinToken: flags.joinToken }),
        ...(flags.name === undefined ? {} : { name: flags.name }),
        ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }),
        ...(flags.root === undefined ? {} : { root: flags.root }),
        ...(flags.config === undefined ? {} : { configFile: flags.config }),
        ...(flags.verbose === undefined ? {} : { verbose: flags.verbose }),
      }));
      shell.finish(status as ExitStatus);
    });
  addAgentEnrollCommand(command, shell);
  addAgentStatusCommand(command, shell);
  addAgentUpgradeBundleCommand(command, shell);
  withExamples(command, [
    'fairlead agent --controller https://fairlead.example.org --join-token TOKEN --name web-1 --tag role=web --data-dir /var/lib/fairlead-agent',
    'fairlead agent --controller http://127.0.0.1:8080 --join-token TOKEN --name web-2 --tag role=web --data-dir ./web-2 --root ./web-2/root',
  ]);
}

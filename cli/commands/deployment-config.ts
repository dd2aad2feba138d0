// `fairlead deployment-config …`: how many instances must stay healthy while a deployment proceeds.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { paceFacts, paceOptions, parsePace } from '../config-pace-flags.ts';
import type { PaceFlags } from '../config-pace-flags.ts';
import { parseCount } from '../flags.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords } from '../table.ts';
import type { MinimumHealthyHosts, MinimumHealthyHostsInfo } from '../../protocol/model/deployment-config.ts';
import { createDeploymentConfig } from '../../protocol/operations/create-deployment-config.ts';
import { deleteDeploymentConfig } from '../../protocol/operations/delete-deployment-config.ts';
import { getDeploymentConfig } from '../../protocol/operations/get-deployment-config.ts';
import { listDeploymentConfigs } from '../../protocol/operations/list-deployment-configs.ts';

interface CreateFlags extends ClientFlags {
  readonly minimumHealthyHosts?: string;
  readonly minimumHealthyPercent?: string;
}

type Flags = CreateFlags & PaceFlags;

export function addDeploymentConfigCommands(program: Command, shell: Shell): void {
  const config = program
    .command('deployment-config')
    .summary('create, list, show and delete deployment configs')
    .description('Deployment configs: how many instances must stay healthy while a deployment proceeds.');

  const create = config
    .command('create')
    .description('Creates a deployment config. Give exactly one of the two minimums.')
    .argument('<name>')
    .option('--minimum-healthy-hosts <n>', 'so many instances must stay healthy')
    .option('--minimum-healthy-percent <n>', 'so many in a hundred must stay healthy, rounded up: 0 to 99')
    .action(async (deploymentConfigName: string, flags: Flags) => {
      const input = { deploymentConfigName, minimumHealthyHosts: parseMinimum(flags), ...parsePace(flags) };
      const answer = await (await shell.client(flags)).call(createDeploymentConfig, input);
      shell.print(flags, spellAnswer(createDeploymentConfig, answer), [`The deployment config ${deploymentConfigName} is created.`]);
    });
  paceOptions(create);
  clientCommand(create, [
    'fairlead deployment-config create keep-two --minimum-healthy-hosts 2',
    'fairlead deployment-config create keep-most --minimum-healthy-percent 75',
    'fairlead deployment-config create zone-by-zone --minimum-healthy-percent 50 --zone-bake 600 --first-zone-bake 1800',
    'fairlead deployment-config create canary --minimum-healthy-percent 75 --ramp 1,5%,25%,100% --bake 300 --require-every-target',
    'fairlead deployment-config create by-share --minimum-healthy-percent 50 --traffic-steps 5,25,100 --traffic-bake 300',
  ]);

  const list = config
    .command('list')
    .description('Lists deployment configs, the predefined ones first.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const deploymentConfigsList = await Array.fromAsync(eachItem(client, listDeploymentConfigs, {}, (page) => page.deploymentConfigsList));
      shell.print(flags, { deploymentConfigsList }, deploymentConfigsList);
    });
  clientCommand(list, ['fairlead deployment-config list']);

  const show = config
    .command('show')
    .description('Says what a deployment config, custom or predefined, demands.')
    .argument('<name>')
    .action(async (deploymentConfigName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(getDeploymentConfig, { deploymentConfigName });
      const found = answer.deploymentConfigInfo;
      shell.print(
        flags,
        spellAnswer(getDeploymentConfig, answer),
        factLines([
          ['name', found.deploymentConfigName],
          ['id', found.deploymentConfigId],
          ['created', instantWords(found.createTime)],
          ['minimum healthy hosts', minimumWords(found.minimumHealthyHosts)],
          ...paceFacts(found),
        ]),
      );
    });
  clientCommand(show, ['fairlead deployment-config show CodeDeployDefault.OneAtATime']);

  const remove = config
    .command('delete')
    .description('Deletes a custom deployment config that no group uses.')
    .argument('<name>')
    .action(async (deploymentConfigName: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(deleteDeploymentConfig, { deploymentConfigName });
      shell.print(flags, { deploymentConfigName }, [`The deployment config ${deploymentConfigName} is no more.`]);
    });
  clientCommand(remove, ['fairlead deployment-config delete keep-two']);
}

function parseMinimum(flags: CreateFlags): MinimumHealthyHosts {
  const { minimumHealthyHosts: hosts, minimumHealthyPercent: percent } = flags;
  if ((hosts === undefined) === (percent === undefined)) throw new Refusal('Give exactly one of --minimum-healthy-hosts and --minimum-healthy-percent.');
  if (hosts !== undefined) return { type: 'HOST_COUNT', value: parseCount(hosts, '--minimum-healthy-hosts', 0, 1_000_000) };
  return { type: 'FLEET_PERCENT', value: parseCount(percent ?? '', '--minimum-healthy-percent', 0, 99) };
}

function minimumWords(minimum: MinimumHealthyHostsInfo | undefined): string | undefined {
  if (minimum?.value === undefined) return undefined;
  const type: string | undefined = minimum.type;
  if (type === 'FLEET_PERCENT') return `${minimum.value} %`;
  return type === 'MOST_CONCURRENCY' ? `all but ${minimum.value}` : String(minimum.value);
}

// `fairlead deployment-group …`: which instances, deployed how.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { groupMembers, groupOptions } from '../deployment-group-flags.ts';
import { placeholderRoleArn } from '../../protocol/model/deployment-group.ts';
import type { GroupFlags } from '../deployment-group-flags.ts';
import { Refusal } from '../refusal.ts';
import { revisionWords } from '../render.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import type { DeploymentGroupInfo, LastDeploymentInfo } from '../../protocol/model/deployment-group.ts';
import type { TagFilter } from '../../protocol/model/tag-filter.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { deleteDeploymentGroup } from '../../protocol/operations/delete-deployment-group.ts';
import { explainDeploymentGroup } from '../../protocol/operations/explain-deployment-group.ts';
import { getDeploymentGroup } from '../../protocol/operations/get-deployment-group.ts';
import { listDeploymentGroups } from '../../protocol/operations/list-deployment-groups.ts';
import { updateDeploymentGroup } from '../../protocol/operations/update-deployment-group.ts';

type Flags = ClientFlags & GroupFlags & { readonly application: string };

export function addDeploymentGroupCommands(program: Command, shell: Shell): void {
  const group = program
    .command('deployment-group')
    .summary('create, list, show, update and delete deployment groups')
    .description('Deployment groups: which instances an application is deployed to, and how.');
  addCreate(group, shell);
  addUpdate(group, shell);
  addList(group, shell);
  addShow(group, shell);
  addExplain(group, shell);
  addDelete(group, shell);
}

const withApplication = (command: Command): Command => command.requiredOption('--application <name>', 'application it belongs to');

function addCreate(group: Command, shell: Shell): void {
  const create = withApplication(group.command('create'))
    .description('Creates a deployment group. An instance belongs to it when any of the given tags matches.')
    .argument('<name>')
    .action(async (deploymentGroupName: string, flags: Flags) => {
      const members = await groupMembers(flags, shell.around);
      const input = { serviceRoleArn: placeholderRoleArn, ...members, applicationName: flags.application, deploymentGroupName };
      const answer = await (await shell.client(flags)).call(createDeploymentGroup, input);
      shell.print(flags, spellAnswer(createDeploymentGroup, answer), [
        `The deployment group ${deploymentGroupName} of ${flags.application} is created.`,
        `Next: fairlead deploy --application ${flags.application} --deployment-group ${deploymentGroupName} --directory DIR`,
      ]);
    });
  groupOptions(create);
  clientCommand(create, [
    'fairlead deployment-group create production --application my-app --tag role=web --auto-rollback on-failure',
    'fairlead deployment-group create canary --application my-app --tag stage=canary --config CodeDeployDefault.AllAtOnce',
    'fairlead deployment-group create databases --application my-app --tag role=db --order member=replica,*,leader --silence-timeout 60',
    'fairlead deployment-group create production --application my-app --tag role=web --router web --drain 30s',
    'fairlead deployment-group create production --application my-app --json-input group.json',
  ]);
}

function addUpdate(group: Command, shell: Shell): void {
  const update = withApplication(group.command('update'))
    .description('Changes a deployment group: what is given replaces, what is not given stays.')
    .argument('<name>')
    .option('--rename <new-name>', 'give it another name')
    .action(async (currentDeploymentGroupName: string, flags: Flags & { readonly rename?: string }) => {
      const members = await groupMembers(flags, shell.around);
      const renamed = flags.rename === undefined ? {} : { newDeploymentGroupName: flags.rename };
      if (Object.keys({ ...members, ...renamed }).length === 0) throw new Refusal('Nothing to change is given.', { advice: ['See what can be: fairlead deployment-group update --help'] });
      const input = { ...members, ...renamed, applicationName: flags.application, currentDeploymentGroupName };
      const answer = await (await shell.client(flags)).call(updateDeploymentGroup, input);
      shell.print(flags, spellAnswer(updateDeploymentGroup, answer), [`The deployment group ${flags.rename ?? currentDeploymentGroupName} of ${flags.application} is changed.`]);
    });
  groupOptions(update);
  clientCommand(update, [
    'fairlead deployment-group update production --application my-app --config CodeDeployDefault.HalfAtATime',
    'fairlead deployment-group update production --application my-app --auto-rollback on-failure,on-stop',
  ]);
}

function addList(group: Command, shell: Shell): void {
  const list = withApplication(group.command('list'))
    .description('Lists the deployment groups of an application.')
    .action(async (flags: Flags) => {
      const client = await shell.client(flags);
      const input = { applicationName: flags.application };
      const deploymentGroups = await Array.fromAsync(eachItem(client, listDeploymentGroups, input, (page) => page.deploymentGroups));
      shell.print(flags, { applicationName: flags.application, deploymentGroups }, deploymentGroups);
      if (deploymentGroups.length === 0 && flags.json !== true) {
        shell.remark(`There is no deployment group. Make one with: fairlead deployment-group create NAME --application ${flags.application} --tag KEY=VALUE`);
      }
    });
  clientCommand(list, ['fairlead deployment-group list --application my-app']);
}

function addShow(group: Command, shell: Shell): void {
  const show = withApplication(group.command('show'))
    .description('Says what is known of one deployment group, its last deployments included.')
    .argument('<name>')
    .action(async (deploymentGroupName: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(getDeploymentGroup, { applicationName: flags.application, deploymentGroupName });
      shell.print(flags, spellAnswer(getDeploymentGroup, answer), linesOfGroup(answer.deploymentGroupInfo));
    });
  clientCommand(show, ['fairlead deployment-group show production --application my-app', 'fairlead deployment-group show production --application my-app --json']);
}

function addExplain(group: Command, shell: Shell): void {
  const explain = withApplication(group.command('explain'))
    .description('Says how each instance of a group created with --converge stands towards its revision, and why.')
    .argument('<name>')
    .action(async (deploymentGroupName: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(explainDeploymentGroup, { applicationName: flags.application, deploymentGroupName });
      const root = answer.rootDeploymentId;
      const lines = root === undefined ? ['Late instances are left as they are: the group has not been told to --converge, or nothing has succeeded yet.'] : [`The revision of ${root} is the group's.`, ...answer.instances.map(({ sentence }) => sentence)];
      shell.print(flags, spellAnswer(explainDeploymentGroup, answer), lines);
    });
  clientCommand(explain, ['fairlead deployment-group explain production --application my-app']);
}

function linesOfGroup(found: DeploymentGroupInfo): readonly string[] {
  const style = found.deploymentStyle;
  const rollback = found.autoRollbackConfiguration;
  const last = [lastRow('last successful', found.lastSuccessfulDeployment), lastRow('last attempted', found.lastAttemptedDeployment)].flatMap((row) => row ?? []);
  return [
    ...factLines([
      ['name', found.deploymentGroupName],
      ['id', found.deploymentGroupId],
      ['application', found.applicationName],
      ['deployment config', found.deploymentConfigName],
      ['style', style === undefined ? undefined : `${style.deploymentType ?? '?'}, ${style.deploymentOption ?? '?'}`],
      ['on-premises tags', filterWords(found.onPremisesInstanceTagFilters)],
      ['on-premises tag set', found.onPremisesTagSet?.onPremisesTagSetList?.map(filterWords).join(' and ')],
      ['EC2 tags', filterWords(found.ec2TagFilters)],
      ['EC2 tag set', found.ec2TagSet?.ec2TagSetList?.map(filterWords).join(' and ')],
      ['zone by tag', found.zoneTagKey],
      ['order', found.targetOrder?.map(({ tagKey, values }) => `${tagKey}=${values.join(',')}`).join(' then ')],
      ['timeouts', timeoutWords(found.timeouts)],
      ['routers', routerWords(found.loadBalancerInfo)],
      ['traffic', trafficWords(found.traffic)],
      ['late instances', found.convergence?.enabled === true ? `brought to the group's revision, at most ${found.convergence.maxAttempts ?? 3} attempts each` : undefined],
      ['failed targets', found.guidedFailure?.enabled === true ? `wait ${found.guidedFailure.decideWithinMinutes ?? 60} min for a decision` : undefined],
      ['automatic rollback', rollback?.enabled === true ? (rollback.events ?? []).join(', ') : 'off'],
      ['files that exist', found.fileExistsBehavior],
      ['parameters', found.parameters?.map(({ name, value }) => `${name}=${value}`).join(' ')],
      ['when another is active', found.activeDeploymentPolicy],
      ['approval', found.approval === undefined ? undefined : found.approval.required ? 'required' : 'not required'],
      ['windows', found.deploymentWindows?.map(({ cron, durationMinutes, timeZone = 'UTC' }) => `${cron} for ${durationMinutes} min (${timeZone})`).join(' or ')],
      ['target revision', found.targetRevision === undefined ? undefined : revisionWords({ revision: found.targetRevision })],
    ]),
    ...(last.length === 0 ? [] : ['', ...tableLines(['', 'DEPLOYMENT', 'STATUS', 'CREATED', 'ENDED'], last)]),
    ...(found.routerFindings ?? []).map(({ severity, rule, sentence }, index) => `${index === 0 ? '\n' : ''}${severity} ${rule}: ${sentence}`),
  ];
}

function timeoutWords(timeouts: DeploymentGroupInfo['timeouts']): string | undefined {
  const words = Object.entries({ 'taken within': timeouts?.eventStartSeconds, 'ended within': timeouts?.eventSeconds, 'silent for at most': timeouts?.silenceSeconds });
  return words.flatMap(([what, seconds]) => (seconds === undefined ? [] : [`${what} ${seconds} s`])).join(', ') || undefined;
}

function routerWords({ elbInfoList = [], targetGroupInfoList = [] }: NonNullable<DeploymentGroupInfo['loadBalancerInfo']> = {}): string | undefined {
  return [...elbInfoList, ...targetGroupInfoList].flatMap(({ name }) => name ?? []).join(', ') || undefined;
}

function trafficWords(traffic: DeploymentGroupInfo['traffic']): string | undefined {
  const words = Object.entries({ 'drains for at most': traffic?.drainSeconds, 'in rotation within': traffic?.serveSeconds, 'healthy for': traffic?.minHealthySeconds }).flatMap(([what, seconds]) => (seconds === undefined ? [] : [`${what} ${seconds} s`]));
  return [...words, ...(traffic?.onDrainTimeout === 'FORCE' ? ['then cut off'] : [])].join(', ') || undefined;
}

function lastRow(what: string, last: LastDeploymentInfo | undefined): readonly string[][] | null {
  return last === undefined ? null : [[what, last.deploymentId, last.status, instantWords(last.createTime), instantWords(last.endTime)]];
}

function filterWords(filters: readonly TagFilter[] | undefined): string {
  return (filters ?? []).map((filter) => (filter.Type === 'KEY_ONLY' ? (filter.Key ?? '') : `${filter.Key ?? ''}=${filter.Value ?? ''}`)).join(' or ');
}

function addDelete(group: Command, shell: Shell): void {
  const remove = withApplication(group.command('delete'))
    .description('Deletes a deployment group. What runs on the hosts stays. Deleting one that is not there is no error.')
    .argument('<name>')
    .action(async (deploymentGroupName: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(deleteDeploymentGroup, { applicationName: flags.application, deploymentGroupName });
      shell.print(flags, spellAnswer(deleteDeploymentGroup, answer), [`The deployment group ${deploymentGroupName} of ${flags.application} is no more.`]);
    });
  clientCommand(remove, ['fairlead deployment-group delete production --application my-app']);
}

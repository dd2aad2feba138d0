// `fairlead deployment …`: what happened, what happens, and why it is not further along.

import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { addDecideFailure } from './decide-failure.ts';
import { addDeploymentGateCommands, approvalWords } from './deployment-gates.ts';
import { addLogs } from './deployment-logs.ts';
import { eachItem } from '../collect-pages.ts';
import { followDeployment } from '../follow-deployment.ts';
import { parseCount } from '../flags.ts';
import { linesOfChange, revisionWords } from '../render.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import type { ObservedAlarm } from '../../protocol/model/alarm.ts';
import type { DeploymentInfo, DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { DeploymentTarget } from '../../protocol/model/target.ts';
import { batchGetDeployments } from '../../protocol/operations/batch-get-deployments.ts';
import { batchGetDeploymentTargets } from '../../protocol/operations/batch-get-deployment-targets.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';
import { getDeployment } from '../../protocol/operations/get-deployment.ts';
import { listDeploymentGroups } from '../../protocol/operations/list-deployment-groups.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import { listDeployments } from '../../protocol/operations/list-deployments.ts';
import { listDeploymentTargets } from '../../protocol/operations/list-deployment-targets.ts';
import { addContinue } from './deployment-continue.ts';
import { addProvisioned } from './deployment-provisioned.ts';
import { stopDeployment } from '../../protocol/operations/stop-deployment.ts';

interface ListFlags extends ClientFlags {
  readonly application?: string;
  readonly deploymentGroup?: string;
  readonly status?: readonly string[];
  readonly limit: string;
}

const statuses: readonly DeploymentStatus[] = ['Created', 'Queued', 'InProgress', 'Baking', 'Succeeded', 'Failed', 'Stopped', 'Ready'];
const batchSize = 100;

export function addDeploymentCommands(program: Command, shell: Shell): void {
  const deployment = program
    .command('deployment')
    .summary('list, show, watch, approve, stop and explain deployments; decide about failures; their logs')
    .description('Deployments: one revision on its way to one deployment group.');
  addList(deployment, shell);
  addShow(deployment, shell);
  addWatch(deployment, shell);
  addStop(deployment, shell);
  addExplain(deployment, shell);
  addLogs(deployment, shell);
  addDeploymentGateCommands(deployment, shell);
  addContinue(deployment, shell);
  addProvisioned(deployment, shell);
  addDecideFailure(deployment, shell);
}

function addList(deployment: Command, shell: Shell): void {
  const list = deployment
    .command('list')
    .description('Lists deployments, newest first.')
    .option('--application <name>', 'only of this application')
    .option('--deployment-group <name>', 'only of this group; needs --application')
    .option('--status <status...>', `only with these: ${statuses.join(', ')}`)
    .option('--limit <n>', 'how many at most', '50')
    .action(async (flags: ListFlags) => {
      const limit = parseCount(flags.limit, '--limit', 1, 10_000);
      const includeOnlyStatuses = (flags.status ?? []).map(parseStatus);
      if (flags.deploymentGroup !== undefined && flags.application === undefined) throw new Refusal('--deployment-group needs --application.');
      const client = await shell.client(flags);
      const ids: string[] = [];
      for (const scope of await scopesOf(flags, client)) {
        ids.push(...(await firstIds(client, { ...scope, ...(includeOnlyStatuses.length === 0 ? {} : { includeOnlyStatuses }) }, limit)));
      }
      const found = await inBatches(ids, async (deploymentIds) => (await client.call(batchGetDeployments, { deploymentIds })).deploymentsInfo);
      const ordered = found.toSorted((a, b) => (b.createTime ?? 0) - (a.createTime ?? 0)).slice(0, limit);
      shell.print(flags, spellAnswer(batchGetDeployments, { deploymentsInfo: ordered }), tableLines(['DEPLOYMENT', 'STATUS', 'APPLICATION', 'GROUP', 'CREATED', 'BY', 'REVISION'], ordered.map(rowOf)));
      if (ids.length === 0 && flags.json !== true) shell.remark('There is no such deployment.');
    });
  clientCommand(list, ['fairlead deployment list', 'fairlead deployment list --application my-app --status InProgress Queued']);
}

/** The API takes an application and a group, or neither; an application alone is all of its groups. */
async function scopesOf(flags: ListFlags, client: Client): Promise<readonly InputOf<typeof listDeployments>[]> {
  const { application: applicationName, deploymentGroup } = flags;
  if (applicationName === undefined) return [{}];
  if (deploymentGroup !== undefined) return [{ applicationName, deploymentGroupName: deploymentGroup }];
  const groups = await Array.fromAsync(eachItem(client, listDeploymentGroups, { applicationName }, (page) => page.deploymentGroups));
  return groups.map((deploymentGroupName) => ({ applicationName, deploymentGroupName }));
}

async function firstIds(client: Client, input: InputOf<typeof listDeployments>, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const id of eachItem(client, listDeployments, input, (page) => page.deployments)) {
    if (ids.push(id) === limit) break;
  }
  return ids;
}

function parseStatus(text: string): DeploymentStatus {
  const found = statuses.find((status) => status.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw new Refusal(`There is no status "${text}". Use ${statuses.join(', ')}.`);
  return found;
}

const rowOf = (one: DeploymentInfo): readonly string[] => [
  one.deploymentId ?? '',
  one.status ?? '',
  one.applicationName ?? '',
  one.deploymentGroupName ?? '',
  instantWords(one.createTime),
  one.creator ?? '',
  revisionWords(one),
];

function addShow(deployment: Command, shell: Shell): void {
  const show = deployment
    .command('show')
    .description('Says how a deployment stands, instance by instance.')
    .argument('<id>')
    .action(async (deploymentId: string, flags: ClientFlags) => {
      const client = await shell.client(flags);
      const answer = await client.call(getDeployment, { deploymentId });
      const targets = await targetsOf(client, deploymentId);
      const spelled = spellAnswer(batchGetDeploymentTargets, { deploymentTargets: [...targets] }) as object;
      shell.print(flags, { ...(spellAnswer(getDeployment, answer) as object), ...spelled }, [...factsOf(answer.deploymentInfo), ...historyOf(answer.deploymentInfo, targets)]);
    });
  clientCommand(show, ['fairlead deployment show d-ABCDEFGHI']);
}

async function targetsOf(client: Client, deploymentId: string): Promise<readonly DeploymentTarget[]> {
  try {
    const ids = await Array.fromAsync(eachItem(client, listDeploymentTargets, { deploymentId }, (page) => page.targetIds));
    return await inBatches(ids, async (targetIds) => (await client.call(batchGetDeploymentTargets, { deploymentId, targetIds })).deploymentTargets);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'DeploymentNotStartedException') return [];
    throw error;
  }
}

async function inBatches<Item>(ids: readonly string[], get: (batch: string[]) => Promise<readonly Item[]>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < ids.length; start += batchSize) items.push(...(await get(ids.slice(start, start + batchSize))));
  return items;
}

function factsOf(one: DeploymentInfo): readonly string[] {
  return factLines([
    ['deployment', one.deploymentId],
    ['status', one.status],
    ['error', one.errorInformation === undefined ? undefined : `${one.errorInformation.code}: ${one.errorInformation.message}`],
    ['application', one.applicationName],
    ['deployment group', one.deploymentGroupName],
    ['deployment config', one.deploymentConfigName],
    ['revision', revisionWords(one)],
    ['description', one.description],
    ['created', `${instantWords(one.createTime)} by ${one.creator ?? '?'}`],
    ['scheduled for', one.scheduledAt === undefined ? undefined : instantWords(one.scheduledAt)],
    ['approval', approvalWords(one.approval)],
    ['calendar overridden', one.calendarOverride === undefined ? undefined : `by ${one.calendarOverride.by}: ${one.calendarOverride.reason}`],
    ['superseded by', one.supersededBy],
    ...(one.observedAlarms ?? []).map(alarmFact),
    ...fleetFacts(one),
    ['started', instantWords(one.startTime)],
    ['ended', instantWords(one.completeTime)],
    ['rollback', one.rollbackInfo?.rollbackMessage ?? one.rollbackInfo?.rollbackDeploymentId],
  ]);
}

/** Who makes its instances and takes them away, and how far that is. */
function fleetFacts({ providedFleet }: DeploymentInfo): readonly (readonly [string, string | undefined])[] {
  if (providedFleet === undefined) return [];
  const { fleetProvider, provision, releases } = providedFleet;
  const states = [...new Set(releases.map(({ state }) => state))];
  return [
    ['fleet provider', fleetProvider],
    ['instances asked for', provision === undefined ? undefined : `${provision.instanceCount}${provision.providedAt === undefined ? '' : `, here at ${instantWords(provision.providedAt)}`}${provision.answer === undefined ? '' : `; ${provision.answer}`}`],
    ...states.map((state) => [takenAway[state], releases.filter((one) => one.state === state).map(({ instanceName }) => instanceName).join(', ')] as const),
  ];
}

const takenAway = { Waiting: 'to be let go', Asked: 'asked to be taken away', Released: 'taken away', Unanswered: 'not taken away' } as const;

function alarmFact({ name, dryRun, state, detail }: ObservedAlarm): readonly [string, string] {
  return [`alarm ${name}`, `${state ?? 'not yet seen'}${dryRun ? ', on a dry run' : ''}${detail === undefined || detail === '' ? '' : `: ${detail}`}`];
}

/** The same lines that a watch from the start would have printed, without its first and last. */
function historyOf(deployment: DeploymentInfo, targets: readonly DeploymentTarget[]): readonly string[] {
  const before = { deployment, targets: [], waitingOn: [], sentences: [] };
  const lines = linesOfChange(before, { ...before, targets: [...targets] });
  return lines.length === 0 ? [] : ['', ...lines];
}

function addWatch(deployment: Command, shell: Shell): void {
  const watch = deployment
    .command('watch')
    .description('Follows a deployment, and a rollback it causes, to the end. The exit status is the outcome, as of: fairlead deploy. With --json each picture of the deployment is one line.')
    .argument('<id>')
    .action(async (deploymentId: string, flags: ClientFlags) => {
      await followDeployment(shell, await shell.client(flags), deploymentId, flags.json === true ? 'JSON lines' : 'lines');
    });
  clientCommand(watch, ['fairlead deployment watch d-ABCDEFGHI', "fairlead deployment watch d-ABCDEFGHI --json | jq -r .deployment.status"]);
}

function addStop(deployment: Command, shell: Shell): void {
  const stop = deployment
    .command('stop')
    .description('Stops a deployment: no new lifecycle event starts; those running finish.')
    .argument('<id>')
    .option('--auto-rollback', 'roll back, whatever the group says')
    .option('--no-auto-rollback', 'do not roll back, whatever the group says')
    .action(async (deploymentId: string, flags: ClientFlags & { readonly autoRollback?: boolean }) => {
      const client = await shell.client(flags);
      const rollback = flags.autoRollback === undefined ? {} : { autoRollbackEnabled: flags.autoRollback };
      const answer = await client.call(stopDeployment, { deploymentId, ...rollback });
      const said = answer.statusMessage ?? (answer.status === 'Succeeded' ? 'It is stopped.' : 'It stops when what runs has finished.');
      shell.print(flags, spellAnswer(stopDeployment, answer), [`${deploymentId}: ${said}`]);
      if (answer.status === 'Pending' && flags.json !== true) shell.remark(`See it end: fairlead deployment watch ${deploymentId}`);
    });
  clientCommand(stop, ['fairlead deployment stop d-ABCDEFGHI', 'fairlead deployment stop d-ABCDEFGHI --auto-rollback']);
}

function addExplain(deployment: Command, shell: Shell): void {
  const explain = deployment
    .command('explain')
    .description('Says why a deployment is not further along: every hold, in a sentence.')
    .argument('<id>')
    .action(async (deploymentId: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(explainDeployment, { deploymentId });
      const nothing = `${deploymentId} is ${answer.status} and waits for nothing.`;
      shell.print(flags, spellAnswer(explainDeployment, answer), answer.sentences.length === 0 ? [nothing] : answer.sentences);
    });
  clientCommand(explain, ['fairlead deployment explain d-ABCDEFGHI']);
}

// `fairlead promotion-path …`: the ways that revisions go through several deployment groups.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { durationWords } from '../render.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import { pathMembers, waveOptions, type WaveFlags } from '../wave-flags.ts';
import type { PromotionPathInfo, WaveInfo } from '../../protocol/model/promotion-path.ts';
import { createPromotionPath } from '../../protocol/operations/create-promotion-path.ts';
import { deletePromotionPath } from '../../protocol/operations/delete-promotion-path.ts';
import { getPromotionPath } from '../../protocol/operations/get-promotion-path.ts';
import { listPromotionPaths } from '../../protocol/operations/list-promotion-paths.ts';
import { updatePromotionPath } from '../../protocol/operations/update-promotion-path.ts';

type Flags = ClientFlags & WaveFlags & { readonly application: string; readonly rename?: string };

export function addPromotionPathCommands(program: Command, shell: Shell): void {
  const path = program
    .command('promotion-path')
    .summary('create, list, show, update and delete promotion paths')
    .description('Promotion paths: through which deployment groups a revision goes, wave after wave. A promotion goes along one (see: fairlead promote).');
  addCreate(path, shell);
  addUpdate(path, shell);
  addList(path, shell);
  addShow(path, shell);
  addDelete(path, shell);
}

const withApplication = (command: Command): Command => command.requiredOption('--application <name>', 'application it belongs to');

function addCreate(path: Command, shell: Shell): void {
  const create = withApplication(path.command('create'))
    .description('Creates a promotion path. The groups of one wave are deployed to side by side; the next wave begins when all have succeeded and the wave has baked.')
    .argument('<name>')
    .action(async (promotionPathName: string, flags: Flags) => {
      const members = pathMembers(flags);
      if (members.waves === undefined) throw new Refusal('Give the waves, one --wave for each, in the order they go: --wave staging=web-staging --wave production=web-1,web-2');
      const answer = await (await shell.client(flags)).call(createPromotionPath, { applicationName: flags.application, promotionPathName, ...members });
      shell.print(flags, spellAnswer(createPromotionPath, answer), [
        `The promotion path ${promotionPathName} of ${flags.application} is created.`,
        `Next: fairlead promote --application ${flags.application} --path ${promotionPathName} --directory DIR`,
      ]);
    });
  waveOptions(create);
  clientCommand(create, [
    'fairlead promotion-path create to-production --application my-app --wave staging=staging --wave production=eu,us --bake 30m',
    'fairlead promotion-path create by-region --application my-app --wave staging=staging --wave first=eu-1 --wave rest=eu-2,us-1,us-2 --bake 1h --bake first=1d --approve-before first --roll-back-on-failure',
    'fairlead promotion-path create shop --application web --wave api=api/production --wave web=production',
  ]);
}

function addUpdate(path: Command, shell: Shell): void {
  const update = withApplication(path.command('update'))
    .description('Changes a promotion path: what is given replaces what there was, --wave all of the waves. Promotions under way go on by the path as it was.')
    .argument('<name>')
    .option('--rename <name>', 'its new name')
    .action(async (promotionPathName: string, flags: Flags) => {
      const rename = flags.rename === undefined ? {} : { newPromotionPathName: flags.rename };
      const answer = await (await shell.client(flags)).call(updatePromotionPath, { applicationName: flags.application, promotionPathName, ...rename, ...pathMembers(flags) });
      shell.print(flags, spellAnswer(updatePromotionPath, answer), [`The promotion path ${flags.rename ?? promotionPathName} is changed.`]);
    });
  waveOptions(update);
  clientCommand(update, ['fairlead promotion-path update to-production --application my-app --roll-back-on-failure', 'fairlead promotion-path update to-production --application my-app --wave staging=staging --wave production=eu,us,asia --bake 1h']);
}

function addList(path: Command, shell: Shell): void {
  const list = withApplication(path.command('list'))
    .description('Lists the promotion paths of an application.')
    .action(async (flags: Flags) => {
      const client = await shell.client(flags);
      const names = await Array.fromAsync(eachItem(client, listPromotionPaths, { applicationName: flags.application }, (page) => page.promotionPaths));
      shell.print(flags, { promotionPaths: names }, names);
      if (names.length === 0 && flags.json !== true) shell.remark(`The application ${flags.application} has no promotion path.`);
    });
  clientCommand(list, ['fairlead promotion-path list --application my-app']);
}

function addShow(path: Command, shell: Shell): void {
  const show = withApplication(path.command('show'))
    .description('Says what a promotion path is.')
    .argument('<name>')
    .action(async (promotionPathName: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(getPromotionPath, { applicationName: flags.application, promotionPathName });
      shell.print(flags, spellAnswer(getPromotionPath, answer), linesOf(answer.promotionPathInfo));
    });
  clientCommand(show, ['fairlead promotion-path show to-production --application my-app']);
}

function addDelete(path: Command, shell: Shell): void {
  const remove = withApplication(path.command('delete'))
    .description('Deletes a promotion path. A promotion under way along it begins no further wave; its deployments are let end.')
    .argument('<name>')
    .action(async (promotionPathName: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(deletePromotionPath, { applicationName: flags.application, promotionPathName });
      shell.print(flags, spellAnswer(deletePromotionPath, answer), [`The promotion path ${promotionPathName} is deleted.`]);
    });
  clientCommand(remove, ['fairlead promotion-path delete to-production --application my-app']);
}

function linesOf(path: PromotionPathInfo): readonly string[] {
  const facts = factLines([
    ['promotion path', path.promotionPathName],
    ['application', path.applicationName],
    ['description', path.description],
    ['when a wave fails', path.rollBackOnFailure ? 'earlier waves are rolled back' : 'earlier waves keep the revision'],
    ['while one is active', (path.activePromotionPolicy ?? 'REFUSE').toLowerCase()],
    ['tells', (path.triggerConfigurations ?? []).map(({ triggerName = '', triggerTargetArn = '' }) => `${triggerName} (${triggerTargetArn})`).join(', ')],
    ['created', instantWords(path.createTime)],
  ]);
  const rows = path.waves.map((wave, index) => [`${index + 1}`, wave.waveName, groupWords(wave, path.applicationName), wave.bakeSeconds === 0 ? '' : durationWords(1000 * wave.bakeSeconds), approvalWords(wave)]);
  return [...facts, '', ...tableLines(['WAVE', 'NAME', 'GROUPS', 'BAKES', 'APPROVAL'], rows)];
}

function groupWords({ deploymentGroups }: WaveInfo, ownName: string): string {
  return deploymentGroups.map(({ applicationName, deploymentGroupName, isDeleted }) => `${applicationName === ownName ? '' : `${applicationName}/`}${deploymentGroupName}${isDeleted === true ? ' (deleted)' : ''}`).join(', ');
}

function approvalWords({ approval }: WaveInfo): string {
  return approval?.required === true ? `within ${durationWords(60_000 * (approval.expiresInMinutes ?? 1440))}${approval.allowSelfApproval === false ? ', by another key' : ''}` : '';
}

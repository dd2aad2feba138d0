// `fairlead promotion …`: how promotions stand, why they are not further along, and the word that a wave waits for.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { parseCount } from '../flags.ts';
import { followPromotion } from '../follow-promotion.ts';
import { revisionWords } from '../render.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import { approvalWords } from './deployment-gates.ts';
import type { PromotedWave, PromotionInfo, PromotionStatus } from '../../protocol/model/promotion.ts';
import { approvePromotion } from '../../protocol/operations/approve-promotion.ts';
import { explainPromotion } from '../../protocol/operations/explain-promotion.ts';
import { getPromotion } from '../../protocol/operations/get-promotion.ts';
import { listPromotions } from '../../protocol/operations/list-promotions.ts';
import { rejectPromotion } from '../../protocol/operations/reject-promotion.ts';
import { stopPromotion } from '../../protocol/operations/stop-promotion.ts';

interface ListFlags extends ClientFlags {
  readonly application?: string;
  readonly path?: string;
  readonly status?: readonly string[];
  readonly limit: string;
}

type DecideFlags = ClientFlags & { readonly wave?: string; readonly comment?: string };

const statuses: readonly PromotionStatus[] = ['Created', 'Queued', 'InProgress', 'Baking', 'Succeeded', 'Failed', 'Stopped'];

export function addPromotionCommands(program: Command, shell: Shell): void {
  const promotion = program
    .command('promotion')
    .summary('list, show, watch, approve, stop and explain promotions')
    .description('Promotions: one revision on its way along one promotion path, wave after wave. Start one with: fairlead promote');
  addList(promotion, shell);
  addShow(promotion, shell);
  addWatch(promotion, shell);
  addStop(promotion, shell);
  addExplain(promotion, shell);
  addDecisions(promotion, shell);
}

function addList(promotion: Command, shell: Shell): void {
  const list = promotion
    .command('list')
    .description('Lists promotions, newest first.')
    .option('--application <name>', 'only of this application')
    .option('--path <name>', 'only along this promotion path; needs --application')
    .option('--status <status...>', `only with these: ${statuses.join(', ')}`)
    .option('--limit <n>', 'how many at most', '50')
    .action(async (flags: ListFlags) => {
      const limit = parseCount(flags.limit, '--limit', 1, 10_000);
      const includeOnlyStatuses = (flags.status ?? []).map(parseStatus);
      if (flags.path !== undefined && flags.application === undefined) throw new Refusal('--path needs --application.');
      const input = {
        ...(flags.application === undefined ? {} : { applicationName: flags.application }),
        ...(flags.path === undefined ? {} : { promotionPathName: flags.path }),
        ...(includeOnlyStatuses.length === 0 ? {} : { includeOnlyStatuses }),
      };
      const found: PromotionInfo[] = [];
      for await (const one of eachItem(await shell.client(flags), listPromotions, input, (page) => page.promotions)) if (found.push(one) === limit) break;
      const rows = found.map((one) => [one.promotionId, one.status, one.applicationName, one.promotionPathName, waveInHand(one), instantWords(one.createTime), revisionWords(one)]);
      shell.print(flags, spellAnswer(listPromotions, { promotions: found }), tableLines(['PROMOTION', 'STATUS', 'APPLICATION', 'PATH', 'WAVE', 'CREATED', 'REVISION'], rows));
      if (found.length === 0 && flags.json !== true) shell.remark('There is no such promotion.');
    });
  clientCommand(list, ['fairlead promotion list', 'fairlead promotion list --application my-app --status InProgress Baking']);
}

function parseStatus(text: string): PromotionStatus {
  const found = statuses.find((status) => status.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw new Refusal(`There is no status "${text}". Use ${statuses.join(', ')}.`);
  return found;
}

/** The last that has begun. */
function waveInHand({ waves }: PromotionInfo): string {
  const index = waves.findLastIndex(({ status }) => status !== 'Pending' && status !== 'Skipped');
  return index < 0 ? '' : `${waves[index]!.waveName} (${index + 1} of ${waves.length})`;
}

function addShow(promotion: Command, shell: Shell): void {
  const show = promotion
    .command('show')
    .description('Says how a promotion stands, wave by wave and group by group.')
    .argument('<id>')
    .action(async (promotionId: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(getPromotion, { promotionId });
      shell.print(flags, spellAnswer(getPromotion, answer), linesOf(answer.promotionInfo));
    });
  clientCommand(show, ['fairlead promotion show p-ABCDEFGHI']);
}

function addWatch(promotion: Command, shell: Shell): void {
  const watch = promotion
    .command('watch')
    .description('Follows a promotion to the end. The exit status is the outcome, as of: fairlead promote. With --json each picture of the promotion is one line.')
    .argument('<id>')
    .action(async (promotionId: string, flags: ClientFlags) => {
      await followPromotion(shell, await shell.client(flags), promotionId, flags.json === true ? 'JSON lines' : 'lines');
    });
  clientCommand(watch, ['fairlead promotion watch p-ABCDEFGHI']);
}

function addStop(promotion: Command, shell: Shell): void {
  const stop = promotion
    .command('stop')
    .description('Stops a promotion: no wave follows, and its deployments under way are stopped.')
    .argument('<id>')
    .option('--let-deployments-end', 'let the deployments under way end by themselves')
    .option('--auto-rollback', 'roll back what is stopped, and what the promotion had brought to its revision')
    .option('--no-auto-rollback', 'roll back nothing, whatever the groups say')
    .action(async (promotionId: string, flags: ClientFlags & { readonly letDeploymentsEnd?: boolean; readonly autoRollback?: boolean }) => {
      const answer = await (await shell.client(flags)).call(stopPromotion, {
        promotionId,
        ...(flags.letDeploymentsEnd === true ? { stopDeployments: false } : {}),
        ...(flags.autoRollback === undefined ? {} : { autoRollbackEnabled: flags.autoRollback }),
      });
      shell.print(flags, spellAnswer(stopPromotion, answer), [`${promotionId}: ${answer.status === 'Succeeded' ? 'It is stopped.' : 'No wave follows; it ends when its deployments under way have ended.'}`]);
      if (answer.status === 'Pending' && flags.json !== true) shell.remark(`See it end: fairlead promotion watch ${promotionId}`);
    });
  clientCommand(stop, ['fairlead promotion stop p-ABCDEFGHI', 'fairlead promotion stop p-ABCDEFGHI --let-deployments-end', 'fairlead promotion stop p-ABCDEFGHI --auto-rollback']);
}

function addExplain(promotion: Command, shell: Shell): void {
  const explain = promotion
    .command('explain')
    .description('Says why a promotion is not further along: its own holds and those of its deployments, in a sentence each.')
    .argument('<id>')
    .action(async (promotionId: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(explainPromotion, { promotionId });
      shell.print(flags, spellAnswer(explainPromotion, answer), answer.sentences);
    });
  clientCommand(explain, ['fairlead promotion explain p-ABCDEFGHI']);
}

function addDecisions(promotion: Command, shell: Shell): void {
  const approve = promotion
    .command('approve')
    .description('Approves the wave that a promotion waits with.')
    .argument('<id>')
    .option('--wave <name>', 'the wave that is meant; refused when another one waits')
    .option('--comment <text>', 'kept with the approval')
    .action(async (promotionId: string, flags: DecideFlags) => {
      const answer = await (await shell.client(flags)).call(approvePromotion, { promotionId, ...decisionOf(flags) });
      shell.print(flags, spellAnswer(approvePromotion, answer), [`${promotionId} goes on${flags.wave === undefined ? '' : ` with wave ${flags.wave}`}.`]);
    });
  clientCommand(approve, ["fairlead promotion approve p-ABCDEFGHI --wave production --comment 'staging looks well'"]);

  const reject = promotion
    .command('reject')
    .description('Refuses the wave that a promotion waits with: the promotion is stopped; earlier waves keep the revision.')
    .argument('<id>')
    .option('--wave <name>', 'the wave that is meant; refused when another one waits')
    .option('--comment <text>', 'why; shown with the promotion')
    .action(async (promotionId: string, flags: DecideFlags) => {
      const answer = await (await shell.client(flags)).call(rejectPromotion, { promotionId, ...decisionOf(flags) });
      shell.print(flags, spellAnswer(rejectPromotion, answer), [`${promotionId} is rejected.`]);
    });
  clientCommand(reject, ["fairlead promotion reject p-ABCDEFGHI --comment 'latency has doubled on staging'"]);
}

function decisionOf({ wave, comment }: DecideFlags): { readonly waveName?: string; readonly comment?: string } {
  return { ...(wave === undefined ? {} : { waveName: wave }), ...(comment === undefined ? {} : { comment }) };
}

function linesOf(one: PromotionInfo): readonly string[] {
  const facts = factLines([
    ['promotion', one.promotionId],
    ['status', one.status],
    ['error', one.errorInformation === undefined ? undefined : `${one.errorInformation.code}: ${one.errorInformation.message}`],
    ['application', one.applicationName],
    ['promotion path', one.promotionPathName],
    ['revision', revisionWords(one)],
    ['description', one.description],
    ['created', `${instantWords(one.createTime)} by ${one.createdBy}`],
    ['started', instantWords(one.startTime)],
    ['ended', instantWords(one.completeTime)],
    ['superseded by', one.supersededBy],
    ['when a wave fails', one.rollBackOnFailure ? 'earlier waves are rolled back' : 'earlier waves keep the revision'],
  ]);
  return [...facts, ...one.statusMessages, '', ...tableLines(['WAVE', 'STATUS', 'GROUP', 'DEPLOYMENT', 'STATUS', 'ROLLBACK'], one.waves.flatMap(rowsOf))];
}

function rowsOf(wave: PromotedWave, index: number): readonly (readonly string[])[] {
  const approval = approvalWords(wave.approval);
  const note = wave.bakesUntil === undefined ? (approval === undefined ? '' : `, ${approval}`) : ` until ${instantWords(wave.bakesUntil)}`;
  return wave.groups.map((group, position) => [
    position === 0 ? `${index + 1} ${wave.waveName}` : '',
    position === 0 ? `${wave.status}${note}` : '',
    `${group.applicationName}/${group.deploymentGroupName}`,
    group.deploymentId ?? '',
    group.status ?? '',
    group.rollbackDeploymentId ?? '',
  ]);
}

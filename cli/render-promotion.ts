// The pictures of a promotion as lines: only facts that were not there before, one line each. Pure.

import { endOf } from './deployment-end.ts';
import { printable } from './printable.ts';
import { revisionWords } from './render.ts';
import { instantWords } from './table.ts';
import type { PromotedGroup, PromotedWave } from '../protocol/model/promotion.ts';
import type { PromotionChange } from '../protocol/model/promotion-change.ts';

/** What to print when `change` follows `before`; null for the first picture. */
export function linesOfPromotion(before: PromotionChange | null, { promotion, waitingOn, sentences }: PromotionChange): readonly string[] {
  const id = promotion.promotionId;
  const lines = before === null ? [`${id} ${promotion.applicationName} along ${promotion.promotionPathName}, ${revisionWords(promotion)}, ${promotion.waves.length} ${promotion.waves.length === 1 ? 'wave' : 'waves'}`] : [];
  const queued = waitingOn.findIndex(({ reason }) => reason === 'EarlierPromotion');
  if (queued >= 0 && before === null) lines.push(`${id} ${sentences[queued] ?? ''}`);
  for (const [index, wave] of promotion.waves.entries()) lines.push(...linesOfWave(id, `wave ${index + 1} of ${promotion.waves.length} (${wave.waveName})`, before?.promotion.waves[index] ?? null, wave));
  if (promotion.status !== before?.promotion.status && endOf(promotion) !== null) {
    const { errorInformation, statusMessages } = promotion;
    lines.push(`${id} ${promotion.status}${errorInformation === undefined ? '' : ` ${errorInformation.code}: ${errorInformation.message}`}`, ...statusMessages.map((message) => `${id} ${message}`));
  }
  return lines.map(printable);
}

function linesOfWave(id: string, name: string, before: PromotedWave | null, wave: PromotedWave): readonly string[] {
  const groups = wave.groups.flatMap((group, index) => linesOfGroup(id, before?.groups[index] ?? null, group));
  if (wave.status === (before?.status ?? 'Pending')) return groups;
  switch (wave.status) {
    case 'Pending':
    case 'Skipped':
      return groups;
    case 'Approval':
      return [...groups, `${id} ${name} waits for approval until ${instantWords(wave.approval?.expiresAt)}: fairlead promotion approve ${id} --wave ${wave.waveName}`];
    case 'InProgress':
      return [`${id} ${name} begins`, ...groups];
    case 'Baking':
      return [...groups, `${id} ${name} has succeeded and bakes until ${instantWords(wave.bakesUntil)}`];
    case 'Succeeded':
    case 'Failed':
      return [...groups, `${id} ${name} ${wave.status}`];
  }
}

function linesOfGroup(id: string, before: PromotedGroup | null, group: PromotedGroup): readonly string[] {
  const { deploymentId, status, rollbackDeploymentId } = group;
  if (deploymentId === undefined) return [];
  const to = `${group.applicationName}/${group.deploymentGroupName}`;
  return [
    ...(before?.deploymentId === undefined ? [`${id} ${deploymentId} to ${to}`] : []),
    ...(status !== undefined && status !== 'Created' && status !== before?.status ? [`${id} ${deploymentId} to ${to} ${status}`] : []),
    ...(rollbackDeploymentId !== undefined && before?.rollbackDeploymentId === undefined ? [`${id} ${to} is rolled back by ${rollbackDeploymentId}`] : []),
  ];
}

// Watching a promotion for a person or a program: its pictures become lines or JSON, its end a sentence and the exit
// status; Ctrl-C says how to come back.

import type { Client } from './client.ts';
import { endOf } from './deployment-end.ts';
import { followStream } from './follow-stream.ts';
import { linesOfPromotion } from './render-promotion.ts';
import type { Shell } from './shell.ts';
import { statusOfEnd } from './watch.ts';
import { PromotionChange } from '../protocol/model/promotion-change.ts';
import { respellInstants, toIso } from '../protocol/model/timestamp.ts';

/** `lines`: text as it happens. `one value`: nothing but one JSON value at the end. `JSON lines`: each picture as one line. */
export type PromotionManner = 'lines' | 'one value' | 'JSON lines';

export async function followPromotion(shell: Shell, client: Client, promotionId: string, manner: PromotionManner): Promise<void> {
  const { around } = shell;
  const signal = around.interruption();
  const show = (before: PromotionChange | null, change: PromotionChange): void => {
    if (manner === 'JSON lines') around.out.write(`${JSON.stringify(spell(change))}\n`);
    if (manner === 'lines') around.out.write(linesOfPromotion(before, change).map((line) => `${line}\n`).join(''));
  };
  try {
    const last = await followStream({
      clock: around.clock,
      signal,
      open: () => client.watchPromotion(promotionId, signal),
      show,
      note: (sentence) => shell.remark(sentence),
      hasEnded: ({ promotion }) => endOf(promotion) !== null,
      mustAnswer: true,
    });
    if (manner === 'one value') shell.print({ json: true }, spell(last), []);
    const end = endOf(last.promotion) ?? 'Failed';
    const failed = last.promotion.waves.flatMap(({ groups }) => groups).find(({ status }) => status === 'Failed');
    if (end === 'Failed' && failed?.deploymentId !== undefined && manner === 'lines') shell.remark(`What went wrong there: fairlead deployment show ${failed.deploymentId}`);
    shell.finish(statusOfEnd(end));
  } catch (error) {
    if (!signal.aborted) throw error;
    shell.remark(`The promotion goes on. Follow it with: fairlead promotion watch ${promotionId}`);
    shell.remark(`Stop it with: fairlead promotion stop ${promotionId}`);
    throw signal.reason;
  }
}

function spell(change: PromotionChange): unknown {
  return respellInstants(PromotionChange, change, (instant) => (typeof instant === 'number' ? toIso(instant) : instant));
}

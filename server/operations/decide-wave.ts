// The word that a wave waits for, either way. It is given once: a second, different one is refused.

import { Failure } from '../../protocol/errors.ts';
import { finalStatuses } from '../store/deployments.ts';
import { readPromotionDocument, replacePromotionDocument } from '../store/promotions.ts';
import type { RequestContext } from './handler.ts';
import { requirePromotion } from './lookup.ts';
import type { Services } from './services.ts';

interface Given {
  readonly promotionId: string;
  readonly waveName?: string | undefined;
  readonly comment?: string | undefined;
}

export async function decideWave({ store, wakePromotion }: Services, { promotionId, waveName, comment }: Given, decision: 'APPROVED' | 'REJECTED', { accessKeyId, now }: RequestContext): Promise<void> {
  await store.transaction(async (tx) => {
    const row = await requirePromotion(tx, promotionId);
    if (finalStatuses.includes(row.status)) {
      throw new Failure('PromotionAlreadyCompletedException', `The promotion ${promotionId} has already completed: it is ${row.status}.`, 'promotionId');
    }
    const document = readPromotionDocument(row);
    const wave = document.waves[document.open]?.waveName ?? '?';
    const approval = document.approvals.find((one) => one.wave === document.open);
    if (approval === undefined) throw notWaiting(`The promotion ${promotionId} does not wait for approval now; see what it waits for with ExplainPromotion.`);
    if (waveName !== undefined && waveName !== wave) throw notWaiting(`The promotion ${promotionId} waits with wave ${wave}, not with ${waveName}.`);
    if (approval.decision === decision) return;
    if (approval.decision !== undefined) throw notWaiting(`Wave ${wave} of promotion ${promotionId} was ${approval.decision.toLowerCase()} by ${approval.decidedBy ?? 'somebody'} already.`);
    if (now >= approval.expiresAt) throw notWaiting(`The time to approve wave ${wave} of promotion ${promotionId} is over. Promote again.`);
    if (decision === 'APPROVED' && !approval.allowSelfApproval && approval.requestedBy === accessKeyId) {
      throw new Failure('AccessDeniedException', `The promotion ${promotionId} was created with this very access key, and wave ${wave} wants another one to approve it.`, 'promotionId');
    }
    const decided = { ...approval, decision, decidedAt: now, decidedBy: accessKeyId, ...(comment === undefined ? {} : { comment }) };
    await replacePromotionDocument(tx, promotionId, { ...document, approvals: document.approvals.map((one) => (one === approval ? decided : one)) });
  });
  wakePromotion(promotionId);
}

function notWaiting(sentence: string): Failure {
  return new Failure('InvalidPromotionStatusException', sentence, 'promotionId');
}

// What a plan does with the lifecycle event of one target: it runs, is given up, or becomes as one that was never run.

import { uuid } from '../../protocol/model/names.ts';
import type { Command, RunEventCommand } from '../../protocol/session/frames.ts';
import type { Action } from '../planner/actions.ts';
import { markEnded } from '../store/commands.ts';
import type { StoredEvent } from '../store/documents.ts';
import { eventOf, type PlanDraft, tellAgent, touch } from './plan-draft.ts';

export function unrun(name: string): StoredEvent {
  return { name, status: 'Pending', attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [] };
}

export function runEvent(draft: PlanDraft, action: Extract<Action, { kind: 'RunEvent' }>): void {
  const { row: deployment, document, snapshot } = draft.loaded;
  const target = touch(draft, action.targetId);
  const attemptId = uuid(draft.world.random.bytes(16));
  const event = eventOf(target, action.event);
  event.status = 'InProgress';
  event.attemptId = attemptId;
  event.commandedAt = snapshot.now;
  if (action.skipsOnce === true) event.skipsOnce = true;
  target.row.generation = action.generation;
  const command: RunEventCommand = {
    kind: 'RunEvent',
    attemptId,
    deploymentId: deployment.deployment_id,
    deploymentGroupId: deployment.group_id,
    deploymentGroupName: deployment.group_name,
    applicationName: deployment.application_name,
    deploymentCreator: deployment.creator,
    deploymentType: document.deploymentStyle.deploymentType ?? 'IN_PLACE',
    event: action.event,
    generation: action.generation,
    revision: document.revision as Record<string, unknown>,
    fileExistsBehavior: document.fileExistsBehavior,
    timeoutMs: snapshot.limits.eventMs,
    ...(action.skipsOnce === true ? { skipsOnce: true } : {}),
  };
  tellAgent(draft, target.row, command, attemptId, action.event, action.generation);
}

/** The attempt that failed is kept beside the event, which is then as one that was never run. */
export function retryEvent(draft: PlanDraft, action: Extract<Action, { kind: 'RetryEvent' }>): void {
  const target = touch(draft, action.targetId);
  const { name, attemptId, startedAt, endedAt, diagnostics, held, earlier = [] } = eventOf(target, action.event);
  const { decidedBy, comment } = held ?? {};
  const attempt = { attemptId, startedAt, endedAt, message: diagnostics?.message ?? '', ...(decidedBy === undefined ? {} : { decidedBy }), ...(comment === undefined ? {} : { comment }) };
  const anew: StoredEvent = { ...unrun(name), earlier: [...earlier, attempt] };
  target.events = target.events.map((event) => (event.name === name ? anew : event));
}

export async function failEvent(draft: PlanDraft, action: Extract<Action, { kind: 'FailEvent' }>): Promise<void> {
  const now = draft.loaded.snapshot.now;
  const target = touch(draft, action.targetId);
  const event = eventOf(target, action.event);
  event.status = 'Failed';
  event.endedAt = now;
  event.givenUp = action.cause;
  event.diagnostics = { errorCode: 'UnknownError', scriptName: '', message: action.message, logTail: '' };
  if (event.attemptId === null) return;
  await markEnded(draft.tx, [event.attemptId], now);
  const command: Command = {
    kind: 'Cancel',
    attemptId: event.attemptId,
    deploymentId: draft.loaded.row.deployment_id,
    reason: action.message.slice(0, 256),
  };
  tellAgent(draft, target.row, command, '', action.event, action.generation);
}

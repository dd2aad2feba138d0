// What callers set of a promotion path: checked whole before anything is written, and its groups turned into ids.

import { Failure } from '../../protocol/errors.ts';
import type { Wave } from '../../protocol/model/promotion-path.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { PromotionPathDocument, StoredWave } from '../store/promotion-documents.ts';
import type { Database } from '../store/store.ts';
import { checkTriggers } from './group-settings.ts';
import { requireApplication, requireGroup } from './lookup.ts';

type Settings = Pick<InputOf<typeof registry.createPromotionPath>, 'description' | 'waves' | 'rollBackOnFailure' | 'activePromotionPolicy' | 'triggerConfigurations'>;

/** `before` with what is given; without waves there is no path. */
export async function applyPathSettings(tx: Database, applicationName: string, before: PromotionPathDocument | null, given: Settings): Promise<PromotionPathDocument> {
  const waves = given.waves === undefined ? before?.waves : await storedWaves(tx, applicationName, given.waves);
  if (waves === undefined) throw invalid('waves is required: say which deployment groups the path leads through.', 'waves');
  if (given.triggerConfigurations !== undefined) checkTriggers(given.triggerConfigurations);
  const triggers = given.triggerConfigurations ?? before?.triggers ?? [];
  const policy = given.activePromotionPolicy ?? before?.activePromotionPolicy;
  return {
    description: given.description ?? before?.description ?? '',
    waves: [...waves],
    rollBackOnFailure: given.rollBackOnFailure ?? before?.rollBackOnFailure ?? false,
    ...(policy === undefined ? {} : { activePromotionPolicy: policy }),
    ...(triggers.length === 0 ? {} : { triggers }),
  };
}

async function storedWaves(tx: Database, applicationName: string, waves: readonly Wave[]): Promise<readonly StoredWave[]> {
  if (waves.length === 0) throw invalid('waves is empty: a path leads through one wave at least.', 'waves');
  const names = new Set<string>();
  const seen = new Map<string, string>();
  const stored: StoredWave[] = [];
  for (const { waveName, deploymentGroups, bakeSeconds = 0, approval } of waves) {
    if (names.has(waveName)) throw invalid(`Two waves are named ${waveName}.`, 'waves');
    names.add(waveName);
    if (deploymentGroups.length === 0) throw invalid(`Wave ${waveName} has no deployment group.`, 'waves');
    const groups: StoredWave['groups'] = [];
    for (const named of deploymentGroups) {
      const application = await requireApplication(tx, named.applicationName ?? applicationName);
      const group = await requireGroup(tx, application, named.deploymentGroupName);
      const earlier = seen.get(group.group_id);
      if (earlier !== undefined) throw invalid(`The deployment group ${application.name}/${group.name} stands in wave ${earlier} and in wave ${waveName}; it can be in one place only.`, 'waves');
      seen.set(group.group_id, waveName);
      groups.push({ groupId: group.group_id, applicationId: application.application_id, applicationName: application.name, deploymentGroupName: group.name });
    }
    stored.push({ waveName, bakeSeconds, ...(approval === undefined ? {} : { approval }), groups });
  }
  return stored;
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}

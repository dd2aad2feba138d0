// Target groups of AWS' Elastic Load Balancing (ALB, NLB): a member is blocked by deregistering it and allowed by registering it.
// AWS calls it draining for the whole deregistration delay, also with nothing under way, and shows no counts. With a rule whose
// action forwards to several target groups, shares are the weights of these, each group's as a whole. Tested against a stand-in
// that speaks AWS' protocol on a real socket; never run against AWS itself.

import { ofAll, seenAsOne } from '../seen-as-one.ts';
import { RouterTrouble, type Observation, type RoutedTarget, type TrafficRouter } from '../traffic-router.ts';
import { elbv2Findings } from './findings.ts';
import { placedTarget, type TargetPlace } from './placed-target.ts';
import { modifiedActions, weightsIn } from './rule-weights.ts';
import type { Elbv2, TargetDescription, TargetGroup, TargetHealthDescription } from './sdk.ts';

export interface Elbv2RouterSettings extends TargetPlace {
  /** By name or ARN; a member is in those whose `tagValue` is that of its tag, or in all where no tag is named. */
  readonly groups: readonly { readonly name: string; readonly tagValue: string | null }[];
  readonly groupTagKey: string | null;
  readonly ruleArn: string | null;
}

interface Group extends TargetGroup {
  readonly arn: string;
  readonly tagValue: string | null;
}

export function elbv2Router(settings: Elbv2RouterSettings, elb: Elbv2): TrafficRouter {
  const { groupTagKey, ruleArn } = settings;

  async function findGroups(signal: AbortSignal): Promise<readonly Group[]> {
    return ofAll(settings.groups, async ({ name, tagValue }) => {
      const { TargetGroups: [found] = [] } = await elb.describeTargetGroups(name.startsWith('arn:') ? { TargetGroupArns: [name] } : { Names: [name] }, signal);
      if (found?.TargetGroupArn === undefined) throw new RouterTrouble(`AWS has no target group ${name}. Names count to the letter, and belong to a region.`, false);
      return { ...found, arn: found.TargetGroupArn, tagValue };
    });
  }

  const isIn = ({ tags }: RoutedTarget, { tagValue }: Group): boolean => groupTagKey === null || tags.some(({ Key, Value }) => Key === groupTagKey && Value === tagValue);

  /** The members of each group. Throws RouterTrouble where one is in none. */
  async function membersOf(targets: readonly RoutedTarget[], signal: AbortSignal): Promise<readonly { readonly group: Group; readonly placed: readonly TargetDescription[] }[]> {
    const groups = await findGroups(signal);
    const lost = targets.find((target) => !groups.some((group) => isIn(target, group)));
    if (lost !== undefined) throw new RouterTrouble(`${lost.targetId} is in none of the target groups: its tag ${groupTagKey ?? ''} has none of their values.`, false);
    return groups.map((group) => ({ group, placed: targets.filter((target) => isIn(target, group)).map((target) => placedTarget(target, group.TargetType, settings)) })).filter(({ placed }) => placed.length > 0);
  }

  async function healthOf(group: Group, placed: readonly TargetDescription[], signal: AbortSignal): Promise<ReadonlyMap<string, TargetHealthDescription>> {
    const { TargetHealthDescriptions: all = [] } = await elb.describeTargetHealth({ TargetGroupArn: group.arn, Targets: placed }, signal);
    return new Map(all.map((one) => [one.Target?.Id ?? '', one]));
  }

  /** Changes those that are not where they are wanted, and reads back that they are. */
  async function move(targets: readonly RoutedTarget[], isWanted: boolean, signal: AbortSignal): Promise<void> {
    await ofAll(await membersOf(targets, signal), async ({ group, placed }) => {
      const others = async (): Promise<readonly TargetDescription[]> => {
        const health = await healthOf(group, placed, signal);
        return placed.filter(({ Id }) => isRegistered(health.get(Id)) !== isWanted);
      };
      const asked = await others();
      if (asked.length === 0) return;
      const input = { TargetGroupArn: group.arn, Targets: asked };
      await (isWanted ? elb.registerTargets(input, signal) : elb.deregisterTargets(input, signal));
      const left = await others();
      if (left.length > 0) throw new RouterTrouble(`The target group ${group.TargetGroupName ?? group.arn} was told to ${isWanted ? 'register' : 'deregister'} ${left.map(({ Id }) => Id).join(', ')}, and has not yet.`);
    });
  }

  async function groupWeights(signal: AbortSignal): Promise<ReadonlyMap<string, number> | null> {
    if (ruleArn === null) return null;
    return weightsIn(await actionsOf(ruleArn, signal));
  }

  async function actionsOf(arn: string, signal: AbortSignal) {
    const { Rules: [rule] = [] } = await elb.describeRules({ RuleArns: [arn] }, signal);
    if (rule?.Actions === undefined) throw new RouterTrouble(`AWS has no rule ${arn}.`, false);
    return rule.Actions;
  }

  async function observe(targets: readonly RoutedTarget[], signal: AbortSignal): Promise<ReadonlyMap<string, Observation>> {
    const groups = await findGroups(signal);
    const weights = await groupWeights(signal);
    const seen = new Map<string, Observation[]>(targets.map(({ targetId }) => [targetId, []]));
    await ofAll(groups, async (group) => {
      const members: { readonly target: RoutedTarget; readonly placed: TargetDescription }[] = [];
      for (const target of targets.filter((one) => isIn(one, group))) {
        try {
          members.push({ target, placed: placedTarget(target, group.TargetType, settings) });
        } catch (error) {
          if (!(error instanceof RouterTrouble)) throw error;
          seen.get(target.targetId)!.push({ state: 'Unknown', inFlight: null, weight: null, detail: error.message });
        }
      }
      if (members.length === 0) return;
      const health = await healthOf(group, members.map(({ placed }) => placed), signal);
      for (const { target, placed } of members) seen.get(target.targetId)!.push(observed(group, health.get(placed.Id), weights?.get(group.arn) ?? null));
    });
    const absent: Observation = { state: 'Absent', inFlight: null, weight: null, detail: `Its tag ${groupTagKey ?? ''} has none of the values of the target groups.` };
    return new Map([...seen].map(([targetId, places]) => [targetId, places.length === 0 ? absent : seenAsOne(places)]));
  }

  return {
    capabilities: { weights: ruleArn === null ? null : 'group', drain: 'time' },
    async preflight(targets, signal) {
      const groups = await findGroups(signal);
      const lost = targets.filter((target) => !groups.some((group) => isIn(target, group)));
      const actions = ruleArn === null ? null : await actionsOf(ruleArn, signal);
      const found = await ofAll(groups, async (group) => elbv2Findings(group, (await elb.describeTargetGroupAttributes({ TargetGroupArn: group.arn }, signal)).Attributes ?? [], targets.filter((target) => isIn(target, group)).length, actions));
      return [...lost.map(({ targetId }) => ({ severity: 'error' as const, rule: 'member-absent', sentence: `${targetId} is in none of the target groups: its tag ${groupTagKey ?? ''} has none of their values.` })), ...found.flat()];
    },
    block: (targets, _how, signal) => move(targets, false, signal),
    allow: (targets, signal) => move(targets, true, signal),
    async setWeights(shares, targets, signal) {
      if (ruleArn === null) throw new RouterTrouble('This traffic router has no rule, so its target groups have no shares. Give it ruleArn.', false);
      const groups = await findGroups(signal);
      const wanted = new Map<string, number>();
      for (const group of groups) {
        const ofGroup = new Set(targets.filter((target) => isIn(target, group) && shares.has(target.targetId)).map(({ targetId }) => shares.get(targetId)!));
        if (ofGroup.size > 1) throw new RouterTrouble(`The members of the target group ${group.TargetGroupName ?? group.arn} cannot have different shares (${[...ofGroup].join(', ')}): a share is the group's as a whole.`, false);
        for (const share of ofGroup) wanted.set(group.arn, share);
      }
      const actions = await actionsOf(ruleArn, signal);
      const modified = modifiedActions(actions, wanted);
      if (modified === null) return;
      await elb.modifyRule({ RuleArn: ruleArn, Actions: modified }, signal);
      const now = weightsIn(await actionsOf(ruleArn, signal));
      for (const [arn, share] of wanted) if (now.get(arn) !== share) throw new RouterTrouble(`The rule was told to give ${arn} the weight ${share}, and has ${now.get(arn) ?? 'none'}. Is something else changing it?`);
    },
    async observe(targets, signal) {
      try {
        return await observe(targets, signal);
      } catch (error) {
        if (!(error instanceof RouterTrouble)) throw error;
        return new Map(targets.map(({ targetId }) => [targetId, { state: 'Unknown' as const, inFlight: null, weight: null, detail: error.message }]));
      }
    },
  };
}

function isRegistered(health: TargetHealthDescription | undefined): boolean {
  const { State, Reason } = health?.TargetHealth ?? {};
  return State !== undefined && State !== 'draining' && !(State === 'unused' && Reason === 'Target.NotRegistered');
}

function observed(group: Group, health: TargetHealthDescription | undefined, weight: number | null): Observation {
  const { State = 'unused', Reason = health === undefined ? 'Target.NotRegistered' : '', Description } = health?.TargetHealth ?? {};
  const detail = `${group.TargetGroupName ?? group.arn}: ${State}${Reason === '' ? '' : ` (${Reason})`}${Description === undefined ? '' : `: ${Description}`}`;
  const seen = (state: Observation['state']): Observation => ({ state, inFlight: null, weight: weight === null ? null : Math.min(100, weight), detail });
  switch (State) {
    case 'healthy':
    // Its health is not checked.
    case 'unavailable':
      return seen('InService');
    case 'draining':
      return seen('Draining');
    case 'unused':
      return seen(Reason === 'Target.NotRegistered' ? 'OutOfService' : 'Unhealthy');
    default:
      return seen('Unhealthy');
  }
}

// The pace that is frozen with a new deployment: its minimum as a number, its zones or steps, each target's place. What
// the config and the group say in their words is turned here into what the planner goes by.

import type { Ramp, ZonalConfig } from '../../protocol/model/deployment-config.ts';
import type { TargetOrder } from '../../protocol/model/deployment-group.ts';
import { type Divided, freezeSteps, freezeZones, type StepRules, type ZoneRules } from '../planner/freeze-stages.ts';
import { minimumHealthyHosts } from '../planner/healthy-hosts.ts';
import type { DeploymentDocument, DeploymentGroupDocument, Tags } from '../store/documents.ts';
import type { ConfigRules } from '../store/predefined-configs.ts';
import type { Member } from './members.ts';

export interface Pace {
  readonly minimum: number;
  readonly document: Pick<DeploymentDocument, 'pace' | 'timeouts'>;
  /** In the order of the members. */
  readonly places: readonly { readonly rank: number; readonly lot: number; readonly stage: number }[];
}

export interface PaceQuestion {
  /** A user's; what goes back, or after, goes to all as fast as the minimum allows. */
  readonly isRollout: boolean;
  /** Of two fleets, how many instances the one has that comes in: they are gone through as one. Null: in place. */
  readonly fleetSize?: number | null;
}

/** `lots`: drawn for the members, in their order. */
export function freezePace(config: ConfigRules, group: DeploymentGroupDocument, members: readonly (Member & { readonly isKeptOut?: boolean })[], lots: readonly number[], { isRollout, fleetSize = null }: PaceQuestion): Pace {
  const places = members.map(({ tags, zone, standing, isKeptOut = false }, index) => ({ isKeptOut, rank: rankOf(tags, group.targetOrder ?? []), standing, lot: lots[index]!, zone }));
  const { stages, stageOf } = isRollout && fleetSize === null ? divide(config, places) : { stages: [], stageOf: [] };
  const mayFail = isRollout && config.requireEveryTarget === true ? 0 : null;
  const timeouts = timeoutsOf(group);
  return {
    minimum: minimumHealthyHosts(config.minimum, fleetSize ?? members.length),
    document: {
      ...(stages.length === 0 && mayFail === null ? {} : { pace: { stages: [...stages], mayFail, open: 0, baking: null } }),
      ...(timeouts === null ? {} : { timeouts }),
    },
    places: places.map(({ rank, lot }, index) => ({ rank, lot, stage: stageOf[index] ?? 0 })),
  };
}

function divide({ zonalConfig, ramp }: ConfigRules, places: Parameters<typeof freezeZones>[1]): Divided {
  if (zonalConfig !== undefined) return freezeZones(zoneRules(zonalConfig), places);
  return ramp === undefined ? { stages: [], stageOf: [] } : freezeSteps(stepRules(ramp), places);
}

function zoneRules({ monitorDurationInSeconds: seconds = 0, firstZoneMonitorDurationInSeconds: first = seconds, minimumHealthyHostsPerZone }: ZonalConfig): ZoneRules {
  const { type = 'FLEET_PERCENT', value = 0 } = minimumHealthyHostsPerZone ?? {};
  return { monitorMs: 1000 * seconds, firstMonitorMs: 1000 * first, minimum: { type, value } };
}

function stepRules({ steps, bakeSeconds = 0 }: Ramp): readonly StepRules[] {
  return steps.map(({ hosts, bakeSeconds: own, maxFailures }, index): StepRules => {
    const upTo = widthOf(hosts);
    if (upTo === null) throw new Error(`A step of a ramp is as wide as ${hosts}, which is neither a number nor a percentage.`);
    const isLast = index === steps.length - 1;
    return { upTo, name: hosts, bakeMs: 1000 * (own ?? bakeSeconds), mayFail: maxFailures ?? (isLast ? null : 0) };
  });
}

/** "3" or "5%"; null for anything else. */
export function widthOf(text: string): StepRules['upTo'] | null {
  const [, number, isPercent] = /^([1-9]\d{0,5})(%?)$/.exec(text) ?? [];
  if (number === undefined) return null;
  if (isPercent === '') return { hosts: Number(number) };
  return Number(number) <= 100 ? { percent: Number(number) } : null;
}

/** Place in the order the group names: the keys one after another, each by its values; what is not named comes where "*" stands, or last. */
function rankOf(tags: Tags, order: readonly TargetOrder[]): number {
  return order.reduce((rank, { tagKey, values }) => {
    const value = tags.find(({ Key }) => Key === tagKey)?.Value;
    const named = value === undefined ? -1 : values.indexOf(value);
    const others = values.indexOf('*');
    const place = named >= 0 ? named : others >= 0 ? others : values.length;
    return rank * (values.length + 1) + place;
  }, 0);
}

function timeoutsOf({ timeouts }: DeploymentGroupDocument): NonNullable<DeploymentDocument['timeouts']> | null {
  if (timeouts === undefined) return null;
  const { eventStartSeconds, eventSeconds, silenceSeconds } = timeouts;
  return {
    ...(eventStartSeconds === undefined ? {} : { eventStartMs: 1000 * eventStartSeconds }),
    ...(eventSeconds === undefined ? {} : { eventMs: 1000 * eventSeconds }),
    ...(silenceSeconds === undefined ? {} : { silenceMs: 1000 * silenceSeconds }),
  };
}

// How the waves of a promotion path are written on the command line. Pure: from flags to members, or a refusal that shows
// how it is written.

import type { Command } from 'commander';
import { collect, parseDurationSeconds } from './flags.ts';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import { parseActivePolicy } from './deployment-group-flags.ts';
import type { createPromotionPath } from '../protocol/operations/create-promotion-path.ts';
import type { InputOf } from '../protocol/operations/operation.ts';
import { promotionTriggerEvents } from '../protocol/model/trigger.ts';
import type { Wave, WaveGroup } from '../protocol/model/promotion-path.ts';

export interface WaveFlags {
  readonly wave?: readonly string[];
  readonly bake?: readonly string[];
  readonly approveBefore?: readonly string[];
  readonly approvalExpiresIn?: string;
  readonly selfApproval?: boolean;
  readonly rollBackOnFailure?: boolean;
  readonly whenActive?: string;
  readonly description?: string;
  readonly trigger?: readonly string[];
  readonly triggers?: boolean;
}

type Members = Omit<InputOf<typeof createPromotionPath>, 'applicationName' | 'promotionPathName'>;

export function waveOptions(command: Command): Command {
  return command
    .option('--wave <name=groups>', 'a wave and its deployment groups, as europe=eu-1,eu-2; APPLICATION/GROUP for one of another application; repeat in the order they go', collect)
    .option('--bake <duration>', 'how long nothing follows once a wave has succeeded: 30m for every wave but the last, WAVE=2h for one; repeat for more', collect)
    .option('--approve-before <wave>', 'this wave begins only once approved; repeat for more', collect)
    .option('--approval-expires-in <duration>', 'how long a wave waits for approval: 30m, 12h, 7d (1d when not given)')
    .option('--no-self-approval', 'another access key than the one that promotes must approve')
    .option('--roll-back-on-failure', 'when a wave fails, groups already brought to the revision go back to what they had')
    .option('--no-roll-back-on-failure', 'when a wave fails, earlier waves keep the revision')
    .option('--when-active <policy>', 'a promotion created while another along the path is active: refuse, queue, or supersede')
    .option('--description <text>', 'a comment, up to 256 characters')
    .option('--trigger <name=target>', 'a webhook or topic that is told of promotions along it, as chat=https://chat.example/hook; repeat for more, all of them', collect)
    .option('--no-triggers', 'nobody is told any more');
}

export function pathMembers(flags: WaveFlags): Members {
  const { wave: written = [], bake = [], approveBefore = [] } = flags;
  if (written.length === 0 && (bake.length > 0 || approveBefore.length > 0 || flags.approvalExpiresIn !== undefined || flags.selfApproval === false)) {
    throw new Refusal('--bake and the flags of approval describe waves: give the waves as --wave too, all of them.');
  }
  if (approveBefore.length === 0 && (flags.approvalExpiresIn !== undefined || flags.selfApproval === false)) {
    throw new Refusal('--approval-expires-in and --no-self-approval go with --approve-before WAVE.');
  }
  const waves = withApprovals(withBakes(written.map(parseWave), bake), flags);
  return {
    ...(waves.length === 0 ? {} : { waves: [...waves] }),
    ...(flags.rollBackOnFailure === undefined ? {} : { rollBackOnFailure: flags.rollBackOnFailure }),
    ...(flags.whenActive === undefined ? {} : { activePromotionPolicy: parseActivePolicy(flags.whenActive) }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...triggerMembers(flags),
  };
}

/** Each is told of everything that there is to tell of a promotion. */
function triggerMembers({ trigger = [], triggers }: WaveFlags): Pick<Members, 'triggerConfigurations'> {
  if (trigger.length === 0) return triggers === false ? { triggerConfigurations: [] } : {};
  if (triggers === false) throw new Refusal('--no-triggers takes all triggers away; --trigger names some. Give one of them.');
  const triggerConfigurations = trigger.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1 || equals === text.length - 1) throw new Refusal(`${showPrintable(text)} is no trigger. Write it as NAME=TARGET: chat=https://chat.example/hook.`);
    return { triggerName: text.slice(0, equals), triggerTargetArn: text.slice(equals + 1), triggerEvents: [...promotionTriggerEvents] };
  });
  return { triggerConfigurations };
}

function parseWave(text: string): Wave {
  const equals = text.indexOf('=');
  const names = text.slice(equals + 1).split(',');
  if (equals < 1 || names.includes('')) throw new Refusal(`${showPrintable(text)} is no wave. Write it as WAVE=GROUP,GROUP: europe=eu-1,eu-2.`);
  return { waveName: text.slice(0, equals), deploymentGroups: names.map(parseGroup) };
}

function parseGroup(text: string): WaveGroup {
  const [first = '', second, ...more] = text.split('/');
  if (second === undefined) return { deploymentGroupName: first };
  if (first === '' || second === '' || more.length > 0) throw new Refusal(`${showPrintable(text)} is no deployment group. Write GROUP, or APPLICATION/GROUP for one of another application.`);
  return { applicationName: first, deploymentGroupName: second };
}

/** A duration alone is for every wave but the last, after which nothing follows; one with a name goes before it. */
function withBakes(waves: readonly Wave[], bakes: readonly string[]): readonly Wave[] {
  const own = new Map<string, number>();
  let others: number | null = null;
  for (const text of bakes) {
    const [first = '', second] = text.split('=');
    if (second === undefined) others = parseDurationSeconds(first);
    else own.set(named(first, waves, '--bake'), parseDurationSeconds(second));
  }
  return waves.map((wave, index) => {
    const bakeSeconds = own.get(wave.waveName) ?? (index === waves.length - 1 ? null : others);
    return bakeSeconds === null ? wave : { ...wave, bakeSeconds };
  });
}

function withApprovals(waves: readonly Wave[], { approveBefore = [], approvalExpiresIn, selfApproval }: WaveFlags): readonly Wave[] {
  const approved = approveBefore.map((name) => named(name, waves, '--approve-before'));
  const approval = {
    required: true,
    ...(approvalExpiresIn === undefined ? {} : { expiresInMinutes: Math.ceil(parseDurationSeconds(approvalExpiresIn) / 60) }),
    ...(selfApproval === false ? { allowSelfApproval: false } : {}),
  };
  return waves.map((wave) => (approved.includes(wave.waveName) ? { ...wave, approval } : wave));
}

function named(name: string, waves: readonly Wave[], flag: string): string {
  if (waves.some(({ waveName }) => waveName === name)) return name;
  throw new Refusal(`${flag} names the wave ${showPrintable(name)}, but there is none of that name. There are: ${waves.map(({ waveName }) => waveName).join(', ')}.`);
}

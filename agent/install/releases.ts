// Releases: instead of being copied into place, what goes below a link is installed in a folder of its own, and the link is
// turned to it by one rename. The rest of the room hardly notices. A path below the link keeps its name in the plan (for
// permissions, conflicts and records), and only its place is the release's; the link itself is one more link to make. What
// this file adds is which release folder that is, whether one that is still there will do, and which ones go.

import path from 'node:path';
import type { Releases } from '../../hooks/appspec/appspec.ts';
import { chooseDestination } from './destination.ts';
import type { Disk } from './disk.ts';
import type { Instruction } from './instructions.ts';
import type { Survey } from './survey.ts';

/** Where a planned release goes. All but `current` are places: links on the way resolved. */
export interface ReleasePlan {
  /** The link's path, as the AppSpec has it. */
  readonly current: string;
  readonly linkPlace: string;
  /** The release's own folder, which does not exist yet. */
  readonly place: string;
  readonly keep: number;
}

/** A release on the host, as the group's record has it. */
export interface KeptRelease {
  readonly place: string;
  readonly deploymentId: string;
  /** Of the bundle it was made from; null when that is not known, and then it is never used again. */
  readonly sha256: string | null;
}

/** A fresh release folder for this name; one that is taken gets a number behind it. */
export const planRelease = (releases: Releases, name: string, root: string | null, survey: Survey): ReleasePlan => {
  const current = chooseDestination(releases.current, root, []);
  const folder = chooseDestination(releases.folder, root, []);
  for (let count = 1; ; count += 1) {
    const place = survey.place(path.posix.join(folder, count === 1 ? name : `${name}.${count}`));
    if (survey.look(place) === null) return { current, linkPlace: survey.place(current), place, keep: releases.keep };
  }
};

/** The survey for which paths at and below the link are places in the release. */
export const redirectToRelease = (survey: Survey, { current, place }: ReleasePlan): Survey => ({
  ...survey,
  place: (target) => (target === current || target.startsWith(`${current}/`) ? path.posix.join(place, target.slice(current.length)) : survey.place(target)),
});

/** Is a place this folder, or in it? */
export const isWithin = (place: string, folder: string): boolean => place === folder || place.startsWith(`${folder}/`);

/**
 * A kept release of the very same bundle in which everything planned is there as it would be made: kind, size, time,
 * target, mode and owner. What the application has written besides does not matter.
 */
export const findReusable = (instructions: readonly Instruction[], release: ReleasePlan, kept: readonly KeptRelease[], sha256: string | null, disk: Disk): KeptRelease | null => {
  if (sha256 === null) return null;
  const later = new Map<string, Set<Instruction['kind']>>();
  for (const { kind, place } of instructions) later.set(place, (later.get(place) ?? new Set()).add(kind));
  const candidates = kept.filter((one) => one.sha256 === sha256 && path.posix.dirname(one.place) === path.posix.dirname(release.place));
  return candidates.findLast((one) => instructions.every((instruction) => !isWithin(instruction.place, release.place) || isDone(instruction, later.get(instruction.place)!, relocate(instruction.place, release.place, one.place), disk))) ?? null;
};

const relocate = (place: string, from: string, to: string): string => `${to}${place.slice(from.length)}`;

// `all` are the kinds of instructions for the same place: a mode may be changed by what comes after.
const isDone = (instruction: Instruction, all: ReadonlySet<Instruction['kind']>, place: string, disk: Disk): boolean => {
  const found = disk.look(place);
  const isModeSettled = !all.has('setfacl') && !all.has('chown');
  switch (instruction.kind) {
    case 'mkdir':
      return found?.kind === 'folder';
    case 'copy':
      return found?.kind === 'file' && found.bytes === instruction.bytes && Math.abs(found.modifiedAt - instruction.modifiedAt) < 1 && (!isModeSettled || all.has('chmod') || found.mode === disk.look(instruction.source)?.mode);
    case 'link':
      return found?.kind === 'link' && disk.readLink(place) === instruction.target;
    case 'chown':
      return found !== null && (instruction.uid ?? found.uid) === found.uid && (instruction.gid ?? found.gid) === found.gid;
    case 'chmod':
      return found !== null && (!isModeSettled || found.mode === parseInt(instruction.mode, 8));
    case 'setfacl':
    case 'semanage':
      return found !== null;
  }
};

/** The instructions when a release that is there serves: nothing is made in it, and the link leads to it. */
export const useRelease = (instructions: readonly Instruction[], release: ReleasePlan, kept: KeptRelease): readonly Instruction[] =>
  instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.place === release.linkPlace && instruction.kind === 'link') return [linkTo(release, kept.place)];
    if (!isWithin(instruction.place, release.place)) return [instruction];
    return instruction.kind === 'semanage' ? [{ ...instruction, place: relocate(instruction.place, release.place, kept.place) }] : [];
  });

/** The link, by a relative target where it is: a tree that is moved or mounted elsewhere stays whole. */
export const linkTo = ({ current, linkPlace }: ReleasePlan, place: string): Extract<Instruction, { kind: 'link' }> =>
  ({ kind: 'link', source: place, destination: current, place: linkPlace, target: path.posix.relative(path.posix.dirname(linkPlace), place) });

/**
 * Which releases stay, the current one last, and which go: the oldest beyond `keep`, but never the one that was current
 * until now, from which the application still runs. Without a release (the AppSpec has them no more) all go.
 */
export const chooseReleases = (kept: readonly KeptRelease[], current: KeptRelease | null, keep: number): { readonly stay: readonly KeptRelease[]; readonly go: readonly KeptRelease[] } => {
  if (current === null) return { stay: [], go: kept };
  const all = [...kept.filter(({ place }) => place !== current.place), current];
  const before = kept.at(-1);
  const go = all.slice(0, Math.max(0, all.length - keep)).filter((one) => one !== before);
  return { stay: all.filter((one) => !go.includes(one)), go };
};

export const renderReleases = (kept: readonly KeptRelease[]): string => `${JSON.stringify({ version: 1, releases: kept }, null, 1)}\n`;

/** The group's record; empty when there is none. A damaged one counts as none: then releases are left alone for good. */
export const parseReleases = (text: string | null): readonly KeptRelease[] => {
  try {
    const { releases } = JSON.parse(text ?? '{}') as { readonly releases?: unknown };
    return Array.isArray(releases) ? releases.filter(isKept) : [];
  } catch {
    return [];
  }
};

const isKept = (value: unknown): value is KeptRelease => {
  const { place, deploymentId, sha256 } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof place === 'string' && /^\/[^/]+\/./.test(place) && typeof deploymentId === 'string' && (sha256 === null || typeof sha256 === 'string');
};

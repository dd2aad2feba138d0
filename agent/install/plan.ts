// Decides everything about an Install before the disk is touched: which folders, copies and links are made, in what order,
// what permissions they get, and what of the previous revision goes. Pure but for the questions it asks the survey.
// Conflicts are found here, all of them, so that a refused Install leaves the host as it was; the original removes the old
// revision first and finds out later.

import path from 'node:path';
import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import type { Accounts } from './accounts.ts';
import { planCleanUp } from './clean-up.ts';
import type { CleanUp } from './clean-up.ts';
import type { CleanupRecord } from './cleanup-file.ts';
import { chooseDestination } from './destination.ts';
import type { Found } from './disk.ts';
import type { Instruction } from './instructions.ts';
import { findSource, followed } from './listing.ts';
import type { Listed, Listing } from './listing.ts';
import { planPermissions } from './plan-permissions.ts';
import { isWithin, linkTo, planRelease, redirectToRelease } from './releases.ts';
import type { ReleasePlan } from './releases.ts';
import { InstallRefused, refuseInstall } from './refusal.ts';
import type { InstallRefusalCode } from './refusal.ts';
import type { Survey } from './survey.ts';

export interface PlanInput {
  readonly appSpec: AppSpec;
  readonly listing: Listing;
  readonly survey: Survey;
  readonly accounts: Accounts;
  /** The cleanup file of the group's previous Install. */
  readonly previous: readonly CleanupRecord[];
  /** The deployment's own value, as it came; only looked at when the AppSpec has none and a file is in the way. */
  readonly fileExistsBehavior: string | null;
  /** A folder that stands for "/" on this host, or null. */
  readonly root: string | null;
  /** What to call the release's folder; only looked at when the AppSpec has releases. */
  readonly releaseName?: string;
  /** Folders of this group's releases on the host. */
  readonly keptReleases?: readonly string[];
}

export type InstallPlan =
  | {
      readonly kind: 'planned';
      readonly instructions: readonly Instruction[];
      /** What the next deployment will clean up. */
      readonly records: readonly CleanupRecord[];
      readonly cleanUp: CleanUp;
      readonly warnings: readonly string[];
      /** Null when nothing goes behind a link. */
      readonly release: ReleasePlan | null;
    }
  | { readonly kind: 'refused'; readonly code: InstallRefusalCode; readonly message: string };

/** Objects made so far; a place can be made once. */
export interface Made {
  readonly folders: Map<string, Extract<Instruction, { kind: 'mkdir' }>>;
  readonly files: Map<string, Extract<Instruction, { kind: 'copy' | 'link' }>>;
}

/** Plans an Install, or says in one sentence what stands against it. */
export const planInstall = (input: PlanInput): InstallPlan => {
  try {
    return plan(input);
  } catch (error) {
    if (error instanceof InstallRefused) return { kind: 'refused', code: error.code, message: error.message };
    throw error;
  }
};

const plan = ({ appSpec, listing, survey: host, accounts, previous, fileExistsBehavior, root, releaseName = 'release', keptReleases = [] }: PlanInput): InstallPlan => {
  if (root !== null && host.look(host.place(root))?.kind !== 'folder') refuseInstall('bad_destination', `the root folder ${root} does not exist`);
  const warnings: string[] = [];
  const conflicts: { code: InstallRefusalCode; message: string }[] = [];
  const cleanUp = planCleanUp(previous, host);
  const release = appSpec.releases === null ? null : planRelease(appSpec.releases, releaseName, root, host);
  const survey = release === null ? host : redirectToRelease(host, release);
  const made: Made = { folders: new Map(), files: new Map() };
  const instructions: Instruction[] = [];
  const behavior = appSpec.fileExistsBehavior ?? fileExistsBehavior?.toUpperCase() ?? 'DISALLOW';

  // What will be at a place once the previous revision has gone.
  const look = (place: string): Found | null => (cleanUp.files.has(place) || cleanUp.folders.has(place) ? null : survey.look(place));
  // The same, following links: null when it leads nowhere.
  const lookThrough = (place: string): Found | null => {
    const found = look(place);
    if (found?.kind !== 'link') return found;
    const end = endOfLinks(place);
    return end === null ? null : look(end);
  };
  const endOfLinks = (start: string): string | null => {
    let place = start;
    for (let steps = 0; steps < 40; steps += 1) {
      if (look(place)?.kind !== 'link') return place;
      place = survey.place(path.posix.resolve(path.posix.dirname(place), survey.readLink(place)));
    }
    return null;
  };
  const conflict = (code: InstallRefusalCode, message: string): void => void conflicts.push({ code, message });

  // Through a link that releases have left, or a path of the author's own.
  const outsideReleases = (place: string): string => {
    const release = keptReleases.find((kept) => isWithin(place, kept));
    return release === undefined ? place : refuseInstall('link_in_the_way', `${place} lies in the release ${release}, to which a link leads; releases are not changed. Choose another destination, or remove that link`);
  };

  const makeFolder = (directory: string): void => {
    const place = outsideReleases(survey.place(directory));
    if (made.folders.has(place)) return;
    if (made.files.has(place)) return void refuseInstall('duplicate_destination', `${directory} is wanted as a folder and as a file by this revision`);
    const there = lookThrough(place);
    if (there?.kind === 'folder') return;
    if (there !== null || look(place) !== null) return conflict('folder_over_file', `${directory} must be a folder but is a ${look(place)?.kind === 'link' ? 'link' : 'file'} that this deployment group did not install`);
    const instruction = { kind: 'mkdir', directory, place } as const;
    made.folders.set(place, instruction);
    instructions.push(instruction);
  };

  const makeWithParents = (directory: string): void => {
    const missing: string[] = [];
    for (let at = directory; at !== '/'; at = path.posix.dirname(at)) {
      if (lookThrough(survey.place(at))?.kind === 'folder') break;
      missing.push(at);
    }
    for (const at of missing.reverse()) makeFolder(at);
  };

  const placeFile = (item: Listed, source: string, destination: string): void => {
    const own = outsideReleases(survey.place(destination));
    if (made.folders.has(own)) return void refuseInstall('duplicate_destination', `${destination} is wanted as a folder and as a file by this revision`);
    if (made.files.has(own)) return void refuseInstall('duplicate_destination', `${destination} is wanted twice by this revision: from ${made.files.get(own)!.source} and from ${source}`);
    // In a folder that is only made now there is nothing, whatever of the previous revision is to go.
    const isNew = made.folders.has(path.posix.dirname(own));
    const there = isNew ? null : look(own);
    const behind = there?.kind === 'link' ? lookThrough(own) : there;
    if (behind !== null) {
      if (behavior === 'RETAIN') return;
      if (behavior === 'DISALLOW') return conflict('file_exists', `${destination} exists and was not installed by this deployment group; remove it, or set file_exists_behavior to OVERWRITE or RETAIN`);
      if (behavior !== 'OVERWRITE') return conflict('file_exists', `${destination} exists, and the deployment's file_exists_behavior ${JSON.stringify(behavior.slice(0, 40))} is none of DISALLOW, OVERWRITE and RETAIN`);
    }
    if (item.kind === 'link') {
      if (there !== null) return conflict('link_in_the_way', `${destination} exists; a link of the revision does not replace it`);
      const instruction = { kind: 'link', source, destination, place: own, target: item.target! } as const;
      made.files.set(own, instruction);
      instructions.push(instruction);
      return;
    }
    const place = behind?.kind === 'folder' ? insideFolder(own, destination) : there?.kind === 'link' ? throughLink(own, destination) : own;
    if (place === null) return;
    outsideReleases(place);
    if (behind?.kind === 'other') return conflict('file_exists', `${destination} is a device, a named pipe or a socket`);
    if (place !== own && made.files.has(place)) return void refuseInstall('duplicate_destination', `${destination} leads to ${place}, which this revision installs already`);
    const instruction = { kind: 'copy', source, destination: behind?.kind === 'folder' ? `${destination}/${path.posix.basename(destination)}` : destination, place, modifiedAt: item.modifiedAt, bytes: item.bytes } as const;
    made.files.set(place, instruction);
    if (place !== own) made.files.set(own, instruction);
    instructions.push(instruction);
  };

  // OVERWRITE of a folder by a file puts the file inside it, as `cp` would; unchanged bundles may count on it.
  const insideFolder = (own: string, destination: string): string | null => {
    const folder = endOfLinks(own)!;
    const inside = path.posix.join(folder, path.posix.basename(destination));
    const there = look(inside);
    if (there === null || there.kind === 'file') return inside;
    conflict('file_exists', `${destination} is a folder, and ${inside} in it is no plain file`);
    return null;
  };

  // As in the original the write goes to where the link leads. But only through links of the agent's own user or root:
  // others could send it anywhere.
  const throughLink = (own: string, destination: string): string | null => {
    let place = own;
    for (let found = look(place), steps = 0; found?.kind === 'link'; found = look(place), steps += 1) {
      if (steps === 40 || (survey.ownUid !== null && found.uid !== survey.ownUid && found.uid !== 0)) {
        conflict('link_in_the_way', `${destination} is a link that ${steps === 40 ? 'leads in a circle' : 'belongs to another user'}; remove it`);
        return null;
      }
      place = survey.place(path.posix.resolve(path.posix.dirname(place), survey.readLink(place)));
    }
    if (look(path.posix.dirname(place))?.kind !== 'folder') {
      conflict('link_in_the_way', `${destination} is a link to ${place}, whose folder does not exist`);
      return null;
    }
    return place;
  };

  const copyFolder = (folder: Listed, directory: string, within: readonly string[]): void => {
    if (within.includes(folder.path)) refuseInstall('source_missing', `a link in the bundle leads back to its own folder ${folder.path === '' ? '/' : folder.path}; it cannot be copied`);
    makeFolder(directory);
    for (const name of folder.names) {
      const item = listing.items.get(folder.path === '' ? name : `${folder.path}/${name}`)!;
      const destination = directory === '/' ? `/${name}` : `${directory}/${name}`;
      const end = followed(listing, item);
      if (end.kind === 'folder') {
        if (item.kind === 'link') warnings.push(`${item.path} is a link to a folder; as CodeDeploy does, a copy of the folder is installed`);
        copyFolder(end, destination, [...within, folder.path]);
      } else {
        placeFile(item, `${listing.folder}/${item.path}`, destination);
      }
    }
  };

  const makeLink = (to: ReleasePlan): void => {
    if (!made.folders.has(to.place)) return void refuseInstall('bad_destination', `the AppSpec has releases, but no file's destination is ${to.current} or lies below it; give one such a destination, or remove "releases"`);
    const there = look(to.linkPlace);
    if (there !== null && !(there.kind === 'link' && behavior === 'OVERWRITE')) {
      conflict('link_in_the_way', `${to.current} must become a link to the current release, but there is a ${there.kind === 'other' ? 'device, named pipe or socket' : there.kind} that this deployment group did not install; remove it`);
    }
    instructions.push(linkTo(to, to.place));
  };

  if (release !== null) {
    makeWithParents(path.posix.dirname(release.place));
    makeWithParents(path.posix.dirname(release.current));
  }
  for (const mapping of appSpec.files) {
    const item = sourceOf(listing, mapping.source);
    const destination = chooseDestination(mapping.destination, root, warnings);
    const end = followed(listing, item);
    if (end.kind === 'folder') {
      makeWithParents(destination);
      copyFolder(end, destination, []);
    } else {
      makeWithParents(destination);
      placeFile(item, path.posix.join(listing.folder, item.path), path.posix.join(destination, path.posix.basename(item.path)));
    }
  }
  if (release !== null) makeLink(release);
  if (root !== null) checkRoot([...made.folders.keys(), ...made.files.keys(), ...(release === null ? [] : [release.linkPlace])], root, survey);
  if (conflicts.length > 0) {
    const [first] = conflicts;
    return { kind: 'refused', code: first!.code, message: conflicts.length === 1 ? first!.message : `${first!.message} (and ${conflicts.length - 1} more: ${conflicts.slice(1, 5).map(({ message }) => message.split(' ')[0]).join(', ')})` };
  }
  const objects: readonly Instruction[] = [...instructions];
  instructions.push(...planPermissions({ rules: appSpec.permissions, made, accounts, root, isFolder: (place) => lookThrough(place)?.kind === 'folder', survey, warnings }));
  const isKeptApart = ({ place }: Instruction): boolean => release !== null && isWithin(place, release.place);
  const records: CleanupRecord[] = objects.filter((object) => !isKeptApart(object)).map((object) => ({ kind: 'path', path: object.kind === 'mkdir' ? object.directory : (object as { destination: string }).destination }));
  for (const instruction of instructions) if (instruction.kind === 'semanage') records.push({ kind: 'semanage', path: isKeptApart(instruction) ? instruction.place : instruction.file });
  return { kind: 'planned', instructions, records, cleanUp, warnings: [...new Set(warnings)], release };
};

const sourceOf = (listing: Listing, source: string): Listed => {
  const normal = path.posix.normalize(`./${source}`);
  if (normal === '..' || normal.startsWith('../')) refuseInstall('source_outside_bundle', `the source ${JSON.stringify(source)} leaves the bundle`);
  return findSource(listing, normal === '.' ? '' : normal.replace(/^\.\//, '')) ?? refuseInstall('source_missing', `the source ${JSON.stringify(source)} is not in the bundle`);
};

// A link below the root that leads out of it would make the prefix a lie.
const checkRoot = (places: readonly string[], root: string, survey: Survey): void => {
  const real = path.posix.dirname(survey.place(path.posix.join(root, 'x')));
  for (const place of places) {
    if (!place.startsWith(`${real}/`)) refuseInstall('destination_outside_root', `${place} lies outside the root folder ${root}: a link leads there`);
  }
};

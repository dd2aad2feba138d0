// A policy in a file of its own is worth as much as the hands that may write to it. Pure: the facts come from main.ts.

/** One step of the way to the file, the file itself first, then its folders up to "/". */
export interface PathFact {
  readonly path: string;
  readonly uid: number;
  /** As `stat` gives it. */
  readonly mode: number;
}

const writableByOthers = 0o022;
const sticky = 0o1000;

/** Null when only root or the agent's own user can change what stands at the path; else a sentence. */
export function whyNotTrusted(facts: readonly PathFact[], ownUid: number): string | null {
  for (const [index, { path, uid, mode }] of facts.entries()) {
    if (uid !== 0 && uid !== ownUid) return `${path} belongs to the user ${uid}; it must belong to root${ownUid === 0 ? '' : ` or to the agent's user ${ownUid}`}.`;
    const isShieldedFolder = index > 0 && (mode & sticky) !== 0;
    if ((mode & writableByOthers) !== 0 && !isShieldedFolder) return `${path} can be written to by others (mode ${(mode & 0o7777).toString(8)}); take that right away with: chmod go-w ${path}`;
  }
  return null;
}

// A refusal travels as an exception inside this room (readers, planner and writer nest deeply) and becomes a typed outcome
// at its door, in unpack.ts. Its reason is one line that is safe to print on any terminal.

/** Why a bundle is not accepted. */
export class BundleRefused extends Error {
  override readonly name = 'BundleRefused';
}

/** Throws a refusal. */
export const refuse = (reason: string): never => {
  throw new BundleRefused(oneLine(reason));
};

// Controls, line and paragraph separators, bidirectional overrides, the byte order mark and lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Makes text fit for one line of a log: what a terminal might act on becomes \u{…}, and long text is cut. */
export const oneLine = (text: string): string => {
  const safe = text.slice(0, 2000).replace(unprintable, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return safe.length <= 400 ? safe : `${safe.slice(0, 397)}...`;
};

/** A name as shown in a reason. */
export const quoted = (name: string): string => {
  const safe = oneLine(name.slice(0, 300));
  return `"${safe.length <= 120 ? safe : `${safe.slice(0, 60)}...${safe.slice(-50)}`}"`;
};

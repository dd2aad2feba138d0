// What a name inside an archive may look like, and how bytes become one. A name that needs interpreting (absolute, "..",
// backslashes that mean something elsewhere) is refused rather than repaired: two programs that repair differently are
// how bundles escape.

import type { BundleLimits } from './limits.ts';
import { quoted, refuse } from './refusal.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, or null when they are none. */
export const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
};

// The upper half of code page 437, which zip files without the UTF-8 flag use by definition.
const upperCp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** The text of code page 437 bytes. */
export const decodeCp437 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : upperCp437[byte - 0x80];
  return text;
};

const control = /[\p{Cc}\u2028\u2029]/u;

/**
 * The components of an entry's name, without empty and "." ones; none for the bundle's own folder.
 * Refuses names that are empty, absolute, climb, carry control characters or are too long.
 */
export const parseName = (name: string, limits: BundleLimits): readonly string[] => {
  if (name === '') refuse('an entry has an empty name');
  checkText(name, () => `the name ${quoted(name)}`, limits);
  if (name.startsWith('/')) refuse(`the name ${quoted(name)} is absolute; names must be relative to the bundle`);
  if (/^[A-Za-z]:[\\/]/.test(name) || name.startsWith('\\')) refuse(`the name ${quoted(name)} is an absolute Windows path`);
  const components = name.split('/').filter((component) => component !== '' && component !== '.');
  for (const component of components) checkComponent(component, name, limits);
  return components;
};

const checkComponent = (component: string, name: string, limits: BundleLimits): void => {
  if (component === '..' || (component.includes('\\') && component.split('\\').includes('..'))) refuse(`the name ${quoted(name)} climbs out of its folder with ".."`);
  if (isTooLong(component, limits.maxComponentBytes)) {
    refuse(`the name ${quoted(name)} has a component of more than ${limits.maxComponentBytes} bytes`);
  }
};

/** Refuses a link target that is empty, absolute, too long or unprintable. Where it leads is the plan's business. */
export const checkTarget = (target: string, name: string, limits: BundleLimits): void => {
  if (target === '') refuse(`the link ${quoted(name)} has an empty target`);
  checkText(target, () => `the target of the link ${quoted(name)}`, limits);
  if (target.startsWith('/')) refuse(`the link ${quoted(name)} points to the absolute path ${quoted(target)}; links must stay inside the bundle`);
  if (/^[A-Za-z]:[\\/]/.test(target) || target.startsWith('\\') || (target.includes('\\') && target.split('\\').includes('..'))) {
    refuse(`the link ${quoted(name)} has the Windows path ${quoted(target)} as its target`);
  }
};

const checkText = (text: string, what: () => string, limits: BundleLimits): void => {
  if (control.test(text)) refuse(`${what()} contains control characters`);
  if (isTooLong(text, limits.maxPathBytes)) refuse(`${what()} is longer than ${limits.maxPathBytes} bytes`);
};

/** A character takes three bytes at most, so the short ones need no counting. */
const isTooLong = (text: string, mostBytes: number): boolean => text.length * 3 > mostBytes && Buffer.byteLength(text) > mostBytes;

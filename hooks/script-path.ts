// Where in the unpacked bundle a hook's script is, and what is wrong with its first line. Pure.

import { join, posix } from 'node:path';

export type ScriptPath = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused'; readonly sentence: string };

/** `location` is taken relative to the archive, a leading slash or not; it may not leave it. */
export function locateScript(archiveFolder: string, location: string): ScriptPath {
  if (location.includes('\0')) return { kind: 'refused', sentence: 'The location of a script holds a NUL character. Remove it from the AppSpec.' };
  const relative = posix.normalize(location.replace(/^\/+/, ''));
  if (relative === '..' || relative.startsWith('../')) {
    return { kind: 'refused', sentence: `Script at specified location: ${location} is outside of the bundle. Put the script into the bundle and name it from there.` };
  }
  return { kind: 'path', path: join(archiveFolder, relative) };
}

/** The absolute path of the program a script's first line names, or null where there is none or it is not one. */
export function findInterpreter(head: Uint8Array): string | null {
  const text = Buffer.from(head).toString('utf8');
  const line = /^#![ \t]*(\/[^ \t\r\n\0]*)[^\n]*\n/.exec(text.includes('\n') ? text : `${text}\n`);
  return line?.[1] ?? null;
}

/** The interpreter when the first line ends in CRLF (the kernel would look for a file whose name ends in a carriage return). */
export function findCrlfInterpreter(head: Uint8Array): string | null {
  const line = Buffer.from(head).toString('latin1').split('\n', 1)[0] ?? '';
  return line.startsWith('#!') && line.endsWith('\r') ? line.slice(2, -1).trim() : null;
}

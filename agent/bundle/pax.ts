// Extended header records of tar ("pax"): `LENGTH KEY=VALUE\n`, over and over. Pure. They can overrule every field of the
// header that follows, which makes them the favourite place for tricks.

import { decodeUtf8 } from './names.ts';
import { quoted, refuse } from './refusal.ts';

/** What the records say that matters to us; a field is absent when no record names it. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
  readonly modifiedAt?: number;
  /** Keys that carry file capabilities, ACLs or labels: never restored. */
  readonly ignoredAttributes: readonly string[];
}

/** Parses the records of one header. A global one may not rename or resize what follows. */
export const parsePax = (bytes: Buffer, isGlobal: boolean): PaxRecords => {
  const values = new Map<string, string>();
  const ignoredAttributes: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank === -1 || blank - at > 8 ? '' : bytes.toString('latin1', at, blank);
    const length = /^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || end - 1 <= blank) refuse('an extended header of the tar archive is malformed');
    const equals = bytes.indexOf(0x3d, blank);
    if (equals === -1 || equals >= end) refuse('an extended header of the tar archive has a record without "="');
    const key = bytes.toString('latin1', blank + 1, equals);
    if (understood.has(key)) {
      if (values.has(key)) refuse(`an extended header of the tar archive gives ${quoted(key)} twice`);
      values.set(key, decodeUtf8(bytes.subarray(equals + 1, end - 1)) ?? refuse(`an extended header of the tar archive has a ${quoted(key)} that is not UTF-8`));
    } else if (key.startsWith('GNU.sparse.') || key === 'SCHILY.realsize') {
      refuse('the tar archive contains a sparse file; make it without --sparse');
    } else if (/^(SCHILY\.(xattr|acl)|LIBARCHIVE\.xattr|RHT\.security)\b/.test(key)) {
      ignoredAttributes.push(key);
    }
    at = end;
  }
  const path = values.get('path');
  const linkpath = values.get('linkpath');
  const size = values.get('size');
  const modifiedAt = values.get('mtime');
  if (isGlobal && (path !== undefined || linkpath !== undefined || size !== undefined)) refuse('a global header of the tar archive renames or resizes all entries');
  return {
    // An empty value takes back what was said before, which is nothing.
    ...(path === undefined || path === '' ? {} : { path }),
    ...(linkpath === undefined || linkpath === '' ? {} : { linkpath }),
    ...(size === undefined ? {} : { size: wholeNumber(size) }),
    ...(modifiedAt === undefined || modifiedAt === '' ? {} : { modifiedAt: decimal(modifiedAt) }),
    ignoredAttributes,
  };
};

const understood = new Set(['path', 'linkpath', 'size', 'mtime']);

const wholeNumber = (text: string): number => {
  if (!/^[0-9]{1,15}$/.test(text)) refuse(`an extended header of the tar archive has the size ${quoted(text)}`);
  return Number(text);
};

const decimal = (text: string): number => {
  if (!/^-?[0-9]{1,20}(\.[0-9]*)?$/.test(text)) refuse(`an extended header of the tar archive has the time ${quoted(text)}`);
  return Number(text);
};

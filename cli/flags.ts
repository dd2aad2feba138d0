// How values are written on the command line: tags, durations, counts, S3 locations, rollback occasions. Each is a pure
// function from text to value, or a refusal that shows how it is written.

import { Refusal } from './refusal.ts';
import { showPrintable } from './printable.ts';
import type { AutoRollbackConfiguration } from '../protocol/model/rollback.ts';
import type { RevisionLocation } from '../protocol/model/revision.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** `KEY=VALUE`; the value may be empty and may hold further `=`. */
export function parseTag(text: string): Tag {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Refusal(`${showPrintable(text)} is no tag. Write it as KEY=VALUE.`);
  if (/\p{Cc}/u.test(text)) throw new Refusal(`The tag ${showPrintable(text)} holds a control character, such as a line break; a tag is one line of text.`);
  return { Key: text.slice(0, equals), Value: text.slice(equals + 1) };
}

export interface TagFilter extends Partial<Tag> {
  readonly Type: 'KEY_ONLY' | 'VALUE_ONLY' | 'KEY_AND_VALUE';
}

/** `KEY=VALUE`, `KEY` (any value) or `=VALUE` (any key). */
export function parseTagFilter(text: string): TagFilter {
  const equals = text.indexOf('=');
  if (text === '' || text === '=') throw new Refusal('An empty tag filter selects nothing. Write it as KEY=VALUE, or KEY for any value.');
  if (equals < 0) return { Key: text, Type: 'KEY_ONLY' };
  if (equals === 0) return { Value: text.slice(1), Type: 'VALUE_ONLY' };
  return { Key: text.slice(0, equals), Value: text.slice(equals + 1), Type: 'KEY_AND_VALUE' };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `12h`, `7d`, in whole seconds. */
export function parseDurationSeconds(text: string): number {
  const found = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = found === null ? 0 : Number(found[1]) * (unitSeconds[found[2] ?? ''] ?? 0);
  if (seconds === 0) throw new Refusal(`${showPrintable(text)} is no duration. Write a number and a unit: 90s, 30m, 12h or 7d.`);
  return seconds;
}

/** A whole number from `least` to `most`, both included. */
export function parseCount(text: string, what: string, least: number, most: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new Refusal(`${what} is ${showPrintable(text)}, but must be a whole number from ${least} to ${most}.`);
}

/** `500M`, `2G`, `1048576`: bytes, in powers of 1024. */
export function parseBytes(text: string): number {
  const found = /^(\d{1,12})([KMG]?)$/.exec(text);
  const bytes = found === null ? 0 : Number(found[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(found[2] ?? '');
  if (bytes === 0) throw new Refusal(`${showPrintable(text)} is no size. Write bytes, or a number with K, M or G: 500M.`);
  return bytes;
}

const s3Members = ['bucket', 'key', 'bundleType', 'version', 'eTag'] as const;

/** The AWS CLI's shorthand: `bucket=b,key=k,bundleType=tgz[,version=v][,eTag=e]`. */
export function parseS3Location(text: string): RevisionLocation {
  const location: Partial<Record<(typeof s3Members)[number], string>> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const member = s3Members.find((name) => name === part.slice(0, Math.max(0, equals)));
    if (member === undefined) {
      throw new Refusal(`${showPrintable(part)} is no part of an S3 location. Write it as bucket=BUCKET,key=KEY,bundleType=tgz and, if needed, version=…,eTag=….`);
    }
    location[member] = part.slice(equals + 1);
  }
  if (!location.bucket || !location.key || !location.bundleType) {
    throw new Refusal('An S3 location needs bucket, key and bundleType. Write it as bucket=BUCKET,key=KEY,bundleType=tgz.');
  }
  return { revisionType: 'S3', s3Location: location as RevisionLocation['s3Location'] } as RevisionLocation;
}

const occasions = { 'on-failure': 'DEPLOYMENT_FAILURE', 'on-stop': 'DEPLOYMENT_STOP_ON_REQUEST', 'on-alarm': 'DEPLOYMENT_STOP_ON_ALARM' } as const;

/** `off`, or a list of on-failure, on-stop and on-alarm. */
export function parseAutoRollback(text: string): AutoRollbackConfiguration {
  if (text === 'off') return { enabled: false };
  const events = text.split(',').map((word) => {
    if (!Object.hasOwn(occasions, word)) throw new Refusal(`${showPrintable(word)} is no occasion for a rollback. Use on-failure, on-stop, on-alarm (several with commas), or off.`);
    return occasions[word as keyof typeof occasions];
  });
  return { enabled: true, events: [...new Set(events)] };
}

/** An instant as ISO 8601 with its offset, or a span from now: `2026-12-24T18:00:00+01:00`, `90m`. Epoch milliseconds. */
export function parseInstant(text: string, now: number): number {
  if (/^\d+[smhd]$/.test(text)) return now + parseDurationSeconds(text) * 1000;
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new Refusal(`${showPrintable(text)} is no instant. Write it with its offset from UTC, as in 2026-12-24T18:00:00+01:00, or as a span from now: 90m.`);
  return at;
}

/** For options given several times. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

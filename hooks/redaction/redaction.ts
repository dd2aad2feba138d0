// The secrets of one attempt in all the forms in which a script may print them: as they are, escaped for JSON, base64 at
// each alignment, percent-encoded. Which values are too short to be taken out is said here as well.

import { Buffer } from 'node:buffer';
import { shortestSecret } from '../../protocol/session/frames.ts';
import { makeReadable } from '../readable-lines.ts';
import { Patterns } from './patterns.ts';
import { Shapes } from './shapes.ts';
import type { Shape } from './shapes.ts';

/** Why these values cannot be taken out of the output, in a sentence; null when they can. Never repeats a value. */
export function refuseSecrets(values: readonly string[]): string | null {
  const short = values.findIndex((value) => normalise(value).length < shortestSecret);
  if (short < 0) return null;
  return `Secret ${short + 1} of ${values.length} is shorter than ${shortestSecret} readable characters: redacting it would blacken the log and hide nothing. Use a longer value, or do not mark it as secret.`;
}

/** The secrets of one attempt, in all the forms in which they may be printed. */
export class Redaction {
  readonly isEmpty: boolean;
  /** Is all of the output a secret, since it is not known what is? */
  readonly isWhole: boolean;
  /** Looked for in the text as it is. */
  readonly plain: Patterns;
  /** Those of the above that go on over a line break. */
  readonly multiline: Patterns;
  /** Looked for also where base64 was wrapped. */
  readonly base64: Patterns;
  /** Looked for, byte by byte, in the text with its percent-encoding undone. */
  readonly decoded: Patterns;
  /** What else is taken for a secret, looked for in the text as it is. */
  readonly shapes: Shapes;
  /** No form of a secret is longer, in characters. */
  readonly longest: number;

  /** Values for which `refuseSecrets` has no complaint. */
  constructor(values: readonly string[], shapes: readonly Shape[] = [], isWhole = false) {
    const secrets = [...new Set(values.map((value) => value.replace(/^[\r\n]+|[\r\n]+$/g, '')))].filter((secret) => normalise(secret).length >= shortestSecret);
    const base64 = secrets.flatMap(base64Forms);
    const plain = secrets.flatMap((secret) => [normalise(secret), normalise(JSON.stringify(secret).slice(1, -1))]);
    this.isEmpty = secrets.length === 0 && shapes.length === 0 && !isWhole;
    this.isWhole = isWhole;
    this.shapes = new Shapes(shapes);
    this.base64 = new Patterns(base64);
    this.plain = new Patterns([...plain, ...base64]);
    this.multiline = new Patterns(plain.filter((pattern) => pattern.includes('\n')));
    this.decoded = new Patterns(secrets.map(bytesOf).flatMap((bytes) => [bytes, bytes.replaceAll(' ', '+')]));
    this.longest = Math.max(this.plain.longest, 3 * this.decoded.longest);
  }
}

/** A secret as it looks once it was made readable. */
function normalise(secret: string): string {
  const lines = secret.replace(/^[\r\n]+|[\r\n]+$/g, '').split('\n');
  return lines.map((line) => makeReadable(Buffer.from(line))).join('\n');
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Base64 of the secret alone, and what of it is the same whatever stands before and behind it, for each alignment. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString('base64');
  const inner = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const forms = [whole, whole.replace(/=+$/, ''), ...inner];
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

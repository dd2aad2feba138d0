// What an unquoted word of YAML means to the original agent: Ruby's loader with YAML 1.1 rules and quirks of its own
// (`1:30` is 5400, `0755` is 493, `y` is a word, `:a` a symbol). The AppSpec verdicts hinge on these, so they are
// spelled out here instead of taken from a YAML library's schema.

export type RubyScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

/** Something the original's safe loader refuses (a date), or its number reader chokes on. */
export interface UnreadableScalar {
  readonly kind: 'unreadable';
  /** Why, and the remedy; ends without a full stop. */
  readonly because: string;
}

/** Longer words are never numbers, dates or truth values; this also bounds the work of the patterns below. */
const longestMeaningfulWord = 1_000;

const wordLike = /^[^\d.:-]?[\p{L}\p{M}\p{Nl}_\s!@#$%^&*(){}<>|/\\~;=]/u;
const time = /^-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?$/;
const date = /^\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}$/;
const sexagesimalFloat = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*$/;
const float = /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?$/;
const integer = /^[-+]?(?:0b[01_,]+|0[0-7_,]+|0|[1-9](?:[0-9]|,[0-9]|_[0-9])*|0x[0-9a-fA-F_,]+)$/;

/** Reads one plain (unquoted) scalar, already unfolded. */
export function readPlainScalar(text: string): RubyScalar | UnreadableScalar {
  if (text === '') return { kind: 'null' };
  if (text.length > longestMeaningfulWord || text.includes('\n')) return { kind: 'string', text };
  if (wordLike.test(text)) return readWord(text);
  if (time.test(text) || date.test(text)) {
    return { kind: 'unreadable', because: 'is a date, which the AppSpec loader refuses; put it in quotes to make it text' };
  }
  if (/^\+?\.inf$/i.test(text)) return { kind: 'float', value: Infinity };
  if (/^-\.inf$/i.test(text)) return { kind: 'float', value: -Infinity };
  if (/^\.nan$/i.test(text)) return { kind: 'float', value: NaN };
  if (/^:./.test(text)) return { kind: 'symbol', text: text.slice(1).replace(/^(["'])(.*)\1$/, '$2') };
  if (sexagesimal.test(text)) return { kind: 'integer', value: BigInt(sumSexagesimal(text, (part) => toInteger(part))) };
  if (sexagesimalFloat.test(text)) {
    return { kind: 'float', value: Number(sumSexagesimal(text, (part) => Number.parseFloat(part.replaceAll('_', '')) || 0)) };
  }
  if (float.test(text)) {
    if (/^[-+]?\.$/.test(text)) return { kind: 'string', text };
    const value = Number(text.replace(/[,_]/g, ''));
    return Number.isNaN(value) ? notANumber : { kind: 'float', value };
  }
  if (integer.test(text)) return readInteger(text.replace(/[,_]/g, ''));
  return { kind: 'string', text };
}

const notANumber: UnreadableScalar = { kind: 'unreadable', because: 'begins like a number but is none; put it in quotes to make it text' };

function readWord(text: string): RubyScalar {
  if (text.length <= 5) {
    if (text === '~' || /^null$/i.test(text)) return { kind: 'null' };
    if (/^(?:yes|true|on)$/i.test(text)) return { kind: 'boolean', value: true };
    if (/^(?:no|false|off)$/i.test(text)) return { kind: 'boolean', value: false };
  }
  return { kind: 'string', text };
}

/** The loader multiplies the first part by 60², whether there are two parts or three: `1:30` is 1 h 30 min. */
function sumSexagesimal(text: string, read: (part: string) => number | bigint): number | bigint {
  const weights = [3600, 60, 1];
  const parts = text.split(':').map(read);
  if (parts.every((part) => typeof part === 'bigint')) {
    return parts.reduce<bigint>((sum, part, index) => sum + part * BigInt(weights[index] ?? 1), 0n);
  }
  return parts.reduce<number>((sum, part, index) => sum + Number(part) * (weights[index] ?? 1), 0);
}

function readInteger(text: string): RubyScalar | UnreadableScalar {
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  if (/^0[bx]$/.test(digits)) return notANumber;
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return { kind: 'integer', value: isNegative ? -value : value };
}

/** Ruby's `String#to_i`: leading digits count (single underscores allowed between them), the rest is ignored. */
export function toInteger(text: string): bigint {
  const match = /^[\t\n\v\f\r ]*([-+]?)([0-9](?:_?[0-9])*)/.exec(text.slice(0, longestMeaningfulWord));
  if (match === null) return 0n;
  const value = BigInt((match[2] ?? '0').replaceAll('_', ''));
  return match[1] === '-' ? -value : value;
}

/** Ruby's `String#strip`: ASCII white space and NUL, nothing else. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0 || (code >= 0x09 && code <= 0x0d);
}

/** Ruby's `Float#to_s`. */
export function showFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) {
    const text = value.toString();
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = exponent.replace(/^([-+])(\d)$/, '$10$2');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${power}`;
}

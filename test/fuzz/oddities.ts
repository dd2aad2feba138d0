// Values that programs stumble over, and ways to spoil what was good.

import type { SimRandom } from '../simulation/sim-random.ts';

const strings = [
  '', ' ', '.', '..', '../../etc/passwd', '__proto__', 'constructor', 'toString', 'null', 'true', '0', '-1', '1e999', 'NaN', '\0', 'a\0b', '\ud800', '\u202e', '\ufeff', '\r\n', 'a\nb', '%00', '%2e%2e%2f', '${jndi:ldap://x}',
  "' or 1=1 --", '"; drop table deployments; --', '<script>alert(1)</script>', '🚢'.repeat(30), 'x'.repeat(101), 'x'.repeat(257), 'x'.repeat(5_000), 'arn:aws:codedeploy:::', 'd-', 'd-AAAAAAAAA', 'p-AAAAAAAAA', '2026-01-01T00:00:00Z', '9999-99-99', '* * * * *', '0 0 31 2 *', 'Europe/Nowhere',
];
const others: readonly unknown[] = [
  null, true, false, 0, -0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53), [], {}, [[]], [null], [[[[[[[[]]]]]]]], { '': '' }, { length: 1 }, { toJSON: 1 }, { then: 1 }, { __proto__: null, constructor: { prototype: { a: 1 } } }, JSON.parse('{"__proto__":{"a":1}}'),
];

export function oddString(random: SimRandom): string {
  if (random.chance(0.6)) return strings[random.below(strings.length)]!;
  return Array.from({ length: random.below(20) }, () => String.fromCodePoint(random.chance(0.7) ? 32 + random.below(95) : random.below(0xd7ff))).join('');
}

export function oddValue(random: SimRandom): unknown {
  if (random.chance(0.4)) return oddString(random);
  if (random.chance(0.05)) return Array.from({ length: 300 + random.below(1_000) }, () => oddString(random).slice(0, 50));
  return others[random.below(others.length)];
}

/** A copy in which something, at any depth, is another value, gone, or there besides. */
export function spoil(value: unknown, random: SimRandom): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return oddValue(random);
  if (Array.isArray(value)) {
    const list = value as unknown[];
    if (list.length === 0 || random.chance(0.3)) return [...list, oddValue(random)];
    const at = random.below(list.length);
    return list.map((item, index) => (index === at ? spoil(item, random) : item));
  }
  const entries = Object.entries(value);
  const how = random.below(4);
  if (entries.length === 0 || how === 0) return withMember(entries, oddString(random), oddValue(random));
  const at = random.below(entries.length);
  if (how === 1) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return withMember(entries, entries[at]![0], spoil(entries[at]![1], random));
}

/** Also a member called __proto__ becomes one of its own. */
function withMember(entries: readonly (readonly [string, unknown])[], name: string, value: unknown): unknown {
  const made: Record<string, unknown> = {};
  for (const [key, member] of [...entries.filter(([key]) => key !== name), [name, value] as const]) Object.defineProperty(made, key, { value: member, enumerable: true, configurable: true, writable: true });
  return made;
}

/** JSON as text, sometimes with a fault that only text can have. */
export function spoiltText(value: unknown, random: SimRandom): Buffer {
  let text = JSON.stringify(value) ?? 'undefined';
  if (!random.chance(0.15)) return Buffer.from(text);
  switch (random.below(9)) {
    case 0:
      text = text.slice(0, random.below(text.length + 1));
      break;
    case 1:
      text = `${text}${oddString(random)}`;
      break;
    case 2:
      // The same member twice.
      text = text.replace(/^\{("(?:[^"\\]|\\.)*":)/, (_, member: string) => `{${member}1,${member}`);
      break;
    case 3:
      text = `\ufeff${text}`;
      break;
    case 4:
      text = `${'['.repeat(40 + random.below(100_000))}${text}`;
      break;
    case 5:
      text = text.replace(/"/g, "'");
      break;
    case 6:
      text = text.replace(/\d+/, '1'.repeat(400));
      break;
    case 7:
      return Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe, 0xc3, 0x28]), Buffer.from('}')]);
    default:
      text = `{"a":${JSON.stringify('x'.repeat(random.below(3_000_000)))}}`;
  }
  return Buffer.from(text);
}

// One instant, two spellings. Inside the house an instant is a whole number of epoch milliseconds; the REST face
// spells it in ISO 8601, the AWS face as epoch seconds with a fraction. Schemas mark instants, so faces can walk them.

import Type, { type TSchema } from 'typebox';

/** Epoch milliseconds. `x-instant` is what the faces look for. */
export const InstantType = Type.Number({ 'x-instant': true });

export function toEpochSeconds(instant: number): number {
  return Math.round(instant) / 1000;
}

export function toIso(instant: number): string {
  return new Date(instant).toISOString();
}

/**
 * A copy of `value` in which every member that `schema` marks as an instant went through `spell`. Works both ways:
 * outward (milliseconds to a spelling) and inward (a spelling to milliseconds).
 */
export function respellInstants(schema: TSchema, value: unknown, spell: (instant: unknown) => unknown): unknown {
  const s = schema as unknown as Record<string, unknown>;
  if (value === undefined || value === null) return value;
  if (s['x-instant'] === true) return spell(value);
  if (Array.isArray(value)) {
    const items = s['items'] as TSchema | undefined;
    return items === undefined ? value : value.map((item) => respellInstants(items, item, spell));
  }
  if (typeof value === 'object') {
    const properties = propertiesOf(s);
    if (properties === undefined) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const of = Object.hasOwn(properties, key) ? properties[key] : undefined;
        return [key, of === undefined ? member : respellInstants(of, member, spell)];
      }),
    );
  }
  return value;
}

/** Of an object's schema, or of a union of objects: the members of all its branches. */
function propertiesOf(schema: Record<string, unknown>): Record<string, TSchema> | undefined {
  const branches = schema['anyOf'] as Record<string, unknown>[] | undefined;
  if (branches === undefined) return schema['properties'] as Record<string, TSchema> | undefined;
  return Object.assign({}, ...branches.map(propertiesOf)) as Record<string, TSchema>;
}

// An input for an operation, drawn from its schema: of members that fit, with something spoilt more often than not.

import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { asSchema, namesOf, sampleInput, type Names, type Schema } from '../operations/sample-input.ts';
import type { SimRandom } from '../simulation/sim-random.ts';
import { oddString, spoil } from './oddities.ts';

export function drawInput(definition: OperationDefinition, deploymentId: string, random: SimRandom): Record<string, unknown> {
  const names = namesOf('web', deploymentId);
  const input = sampleInput(definition, names, random.chance(0.5));
  for (const [name, schema] of Object.entries(asSchema(definition.input).properties ?? {})) {
    if (!Object.hasOwn(input, name) && random.chance(0.2)) input[name] = drawValue(schema, names, random, 0);
  }
  let spoilt: unknown = input;
  for (let faults = random.chance(0.75) ? 1 + random.below(3) : 0; faults > 0; faults -= 1) spoilt = spoil(spoilt, random);
  return typeof spoilt === 'object' && spoilt !== null && !Array.isArray(spoilt) ? (spoilt as Record<string, unknown>) : input;
}

function drawValue(schema: Schema, names: Names, random: SimRandom, depth: number): unknown {
  if (schema.enum !== undefined) return schema.enum[random.below(schema.enum.length)];
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf !== undefined) return drawValue(schema.anyOf[random.below(schema.anyOf.length)]!, names, random, depth);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name, member]) => member['x-missing'] !== undefined || schema.required?.includes(name) === true || (depth < 4 && random.chance(0.5)))
          .map(([name, member]) => [name, Object.hasOwn(names, name) && random.chance(0.7) ? names[name] : drawValue(member, names, random, depth + 1)]),
      );
    case 'array':
      return schema.items === undefined ? [] : Array.from({ length: random.below(3) }, () => drawValue(schema.items!, names, random, depth + 1));
    case 'string':
      return random.chance(0.5) ? ['x', 'web', 'blue', 'web-1', '10%', '5', 'role'][random.below(7)]! : oddString(random);
    case 'boolean':
      return random.chance(0.5);
    default:
      return (schema.minimum ?? 0) + random.below(Math.min(1_000_000, (schema.maximum ?? 1_000) - (schema.minimum ?? 0) + 1));
  }
}

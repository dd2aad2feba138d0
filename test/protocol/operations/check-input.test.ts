// Every definition in the registry goes through the same claims; the rest are single refusals, word for word.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import Value from 'typebox/value';
import type { TSchema } from 'typebox';
import { Failure, errorCodes, type ErrorCode } from '../../../protocol/errors.ts';
import { checkInput, knownMembers } from '../../../protocol/operations/check-input.ts';
import type { OperationDefinition } from '../../../protocol/operations/operation.ts';
import { findOperation, operations, registry } from '../../../protocol/operations/registry.ts';

type Plain = Readonly<Record<string, unknown>>;

describe('checkInput', () => {
  for (const definition of operations) {
    const members = Object.entries(schemaOf(definition)['properties'] as Record<string, Plain>);
    const firstRequired = members.find(([, schema]) => schema['x-missing'] !== undefined);

    if (firstRequired !== undefined) {
      it(`refuses {} for ${definition.name} with ${String(firstRequired[1]['x-missing'])}`, () => {
        const failure = refusal(definition, {});
        assert.equal(failure.code, firstRequired[1]['x-missing']);
        assert.equal(failure.field, firstRequired[0]);
        assert.ok(failure.message.includes(firstRequired[0]));
      });
    }

    it(`finds each member of ${definition.name} that is missing, null or empty, and each of a wrong type`, () => {
      const fitting = Object.fromEntries(members.map(([name, schema]) => [name, exampleOf(schema)]));
      checkInput(definition, fitting);
      for (const [name, schema] of members) {
        const missing = schema['x-missing'];
        const empty = schema['type'] === 'array' ? [] : schema['type'] === 'string' ? '' : null;
        for (const value of [undefined, null, empty]) {
          const input = { ...fitting, [name]: value };
          if (missing !== undefined) assert.equal(refusal(definition, input).code, missing, `${name}: ${String(value)}`);
        }
        if (schema['type'] === undefined) continue;
        for (const wrong of [17, 'seventeen', true, { a: 1 }, ['x'], 1e999].filter((value) => !isOfType(String(schema['type']), value))) {
          const failure = refusal(definition, { ...fitting, [name]: wrong });
          assert.equal(failure.code, 'SerializationException', `${name}: ${JSON.stringify(wrong)}`);
          assert.equal(failure.field, name);
        }
      }
    });
  }

  it('refuses a text that is too short', () => {
    const input = { deploymentId: 'd-ABCDEFGHI', reason: '' };
    assert.throws(() => checkInput(registry.overrideDeploymentCalendar, input), { code: 'ValidationException', field: 'reason' });
  });

  it('knows every keyword that an input uses', () => {
    const known = new Set(['type', 'properties', 'required', 'patternProperties', 'items', 'maxItems', 'enum', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'x-missing', 'x-invalid', 'x-too-many', 'x-instant', 'description', 'additionalProperties', 'anyOf', 'const']);
    for (const definition of operations) {
      eachSchema(schemaOf(definition), (schema) => {
        for (const keyword of Object.keys(schema)) assert.ok(known.has(keyword), `${definition.name} uses ${keyword}`);
        for (const annotation of ['x-missing', 'x-invalid', 'x-too-many']) {
          if (schema[annotation] !== undefined) assert.ok(errorCodes.includes(schema[annotation] as ErrorCode));
        }
        const map = schema['patternProperties'];
        if (map !== undefined) assert.deepEqual(Object.keys(map as Plain), ['^.*$'], 'a map whose names are restricted');
      });
    }
  });

  it('throws nothing but a Failure of one line, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.jsonValue({ maxDepth: 4 }), (definition, input) => {
        const failure = outcome(definition, input);
        assert.ok(failure === null || isOneSentence(failure.message));
      }),
      { numRuns: 2000 },
    );
  });

  it('passes what the schema passes once nulls and unknown members are gone, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operations).chain((definition) => fc.tuple(fc.constant(definition), nearMiss(schemaOf(definition)))),
        ([definition, input]) => {
          const failure = outcome(definition, input);
          if (failure === null) assert.ok(Value.Check(definition.input, knownMembers(definition, input)), JSON.stringify(input));
          else {
            assert.ok(isOneSentence(failure.message), failure.message);
            // Two things fit the schema and are refused all the same: a required text or list that is empty, and a
            // whole number too large to be exact.
            const isStricter = failure.message.endsWith('is empty.') || failure.message.includes('between -9007199254740991 and');
            assert.ok(isStricter || !Value.Check(definition.input, knownMembers(definition, input)), failure.message);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('takes no time over inputs that are deep, long or wide', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 200_000; i += 1) deep = i % 2 === 0 ? [deep] : { revision: deep };
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, null]));
    const long = 'a'.repeat(5_000_000);
    const began = performance.now();
    for (const definition of operations) {
      for (const [name] of Object.entries(schemaOf(definition)['properties'] as Plain)) {
        for (const value of [deep, { a: deep }, [[deep]], wide, long]) outcome(definition, { [name]: value });
      }
      outcome(definition, deep);
    }
    assert.ok(performance.now() - began < 5_000);
  });

  it('is not fooled by an own member named __proto__, nor by inherited ones', () => {
    const input: unknown = JSON.parse('{"__proto__": {"applicationName": "a"}, "constructor": 1}');
    assert.equal(refusal(definitionOf('GetApplication'), input).code, 'ApplicationNameRequiredException');
    assert.equal(refusal(definitionOf('GetApplication'), Object.create({ applicationName: 'a' })).code, 'ApplicationNameRequiredException');
    const filters: unknown = JSON.parse('{"deploymentId": "d-ABCDEFGHI", "targetFilters": {"__proto__": ["x"]}}');
    checkInput(definitionOf('ListDeploymentTargets'), filters);
    assert.deepEqual(Object.entries((knownMembers(definitionOf('ListDeploymentTargets'), filters) as { targetFilters: object }).targetFilters), [['__proto__', ['x']]]);
    assert.equal(({} as Plain)['x'], undefined);
  });

  const sentences: readonly (readonly [string, unknown, ErrorCode, string])[] = [
    ['CreateApplication', [], 'SerializationException', 'The input of CreateApplication is a list, but must be a JSON object.'],
    ['CreateApplication', null, 'SerializationException', 'The input of CreateApplication is null, but must be a JSON object.'],
    ['CreateApplication', { applicationName: '' }, 'ApplicationNameRequiredException', 'applicationName is required, but is empty.'],
    ['CreateApplication', { applicationName: 7 }, 'SerializationException', 'applicationName is 7, but must be a string.'],
    ['CreateApplication', { applicationName: 'my app' }, 'InvalidApplicationNameException', 'applicationName is "my app", but must be 1 to 100 letters, digits and . _ + = , @ -.'],
    ['CreateApplication', { applicationName: 'x'.repeat(101) }, 'InvalidApplicationNameException', `applicationName is "${'x'.repeat(60)}…", but must be at most 100 characters long.`],
    ['CreateApplication', { applicationName: 'a\n\u202e\u001b[31m' }, 'InvalidApplicationNameException', 'applicationName is "a\\n\\u{202e}\\u001b[31m", but must be 1 to 100 letters, digits and . _ + = , @ -.'],
    ['CreateApplication', { applicationName: 'a', computePlatform: 'server' }, 'InvalidComputePlatformException', 'computePlatform is "server", but must be one of Server, Lambda, ECS.'],
    ['CreateApplication', { applicationName: 'a', tags: [{ Key: 1 }] }, 'SerializationException', 'tags[0].Key is 1, but must be a string.'],
    ['CreateApplication', { applicationName: 'a', tags: [null] }, 'SerializationException', 'tags[0] is null, but must be an object.'],
    ['CreateApplication', { computePlatform: 'server' }, 'ApplicationNameRequiredException', 'applicationName is required, but is missing.'],
    ['BatchGetDeployments', { deploymentIds: Array(101).fill('d-ABCDEFGHI') }, 'BatchLimitExceededException', 'deploymentIds has 101 entries, but at most 100 are allowed.'],
    ['BatchGetDeployments', { deploymentIds: ['d-ABCDEFGHI', 'd-1'] }, 'InvalidDeploymentIdException', 'deploymentIds[1] is "d-1", but must be d- and nine capital letters or digits.'],
    ['CreateEnrollmentToken', { maxUses: 0 }, 'ValidationException', 'maxUses is 0, but must be at least 1.'],
    ['CreateEnrollmentToken', { maxUses: 1.5 }, 'ValidationException', 'maxUses is 1.5, but must be a whole number.'],
    ['CreateEnrollmentToken', { maxUses: 1e300 }, 'ValidationException', 'maxUses is 1e+300, but must be between -9007199254740991 and 9007199254740991.'],
    ['PutAlarm', { name: 'a', source: {} }, 'InvalidInputException', 'source.kind is required, but is missing; it must be one of prometheus, cloudwatch, http, probe.'],
    ['PutAlarm', { name: 'a', source: { kind: 'nagios' } }, 'InvalidInputException', 'source.kind is "nagios", but must be one of prometheus, cloudwatch, http, probe.'],
    ['PutAlarm', { name: 'a', source: { kind: 'http', url: 'ftp://x' } }, 'InvalidInputException', 'source.url is "ftp://x", but must be something that matches ^https?://[^\\s@]+$.'],
    ['PutAlarm', { name: 'a', source: { kind: 'http', url: 'http://x', pointer: '/a', value: {} } }, 'SerializationException', 'source.value is an object, but must be a string or a number or true or false.'],
    ['RevokeEnrollmentToken', {}, 'ValidationException', 'tokenId is required, but is missing.'],
    ['ListDeploymentTargets', { deploymentId: 'd-ABCDEFGHI', targetFilters: { TargetStatus: 'Failed' } }, 'SerializationException', 'targetFilters["TargetStatus"] is the string "Failed", but must be a list.'],
  ];
  for (const [name, input, code, message] of sentences) {
    it(`says: ${message}`, () => {
      const failure = refusal(definitionOf(name), input);
      assert.equal(failure.message, message);
      assert.equal(failure.code, code);
    });
  }

  it('ignores members it does not know and reads null as absent', () => {
    const input = { applicationName: 'a', computePlatform: null, tags: [{ Key: 'k', Value: null, Odd: 1 }], odd: { deep: [1] } };
    checkInput(definitionOf('CreateApplication'), input);
    assert.deepEqual(knownMembers(definitionOf('CreateApplication'), input), { applicationName: 'a', tags: [{ Key: 'k' }] });
  });
});

function definitionOf(name: string): OperationDefinition {
  return findOperation(name) ?? assert.fail(`no operation ${name}`);
}

function schemaOf(definition: OperationDefinition): Plain {
  return definition.input as TSchema & Plain;
}

function outcome(definition: OperationDefinition, input: unknown): Failure | null {
  try {
    checkInput(definition, input);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function refusal(definition: OperationDefinition, input: unknown): Failure {
  return outcome(definition, input) ?? assert.fail(`${definition.name} took ${JSON.stringify(input)}`);
}

function isOneSentence(message: string): boolean {
  return message.length < 500 && message.endsWith('.') && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(message);
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  if (type === 'integer' || type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === type;
}

function eachSchema(schema: Plain, visit: (schema: Plain) => void): void {
  visit(schema);
  for (const held of ['properties', 'patternProperties']) {
    for (const member of Object.values((schema[held] ?? {}) as Record<string, Plain>)) eachSchema(member, visit);
  }
  if (schema['items'] !== undefined) eachSchema(schema['items'] as Plain, visit);
  for (const branch of (schema['anyOf'] ?? []) as Plain[]) eachSchema(branch, visit);
}

const patternExamples: Readonly<Record<string, string>> = {
  '^d-[A-Z0-9]{9}$': 'd-ABCDEFGHI',
  '^p-[A-Z0-9]{9}$': 'p-ABCDEFGHI',
  '^https?://[^\\s@]+$': 'https://example.org/',
  '^(/.*)?$': '/example',
  '^[0-9a-f]{64}$': 'a'.repeat(64),
  '^[A-Za-z0-9+/]{86}==$': `${'A'.repeat(86)}==`,
};

function exampleOf(schema: Plain): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['anyOf'])) return exampleOf(schema['anyOf'][0] as Plain);
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(Object.entries((schema['properties'] ?? {}) as Record<string, Plain>).map(([name, member]) => [name, exampleOf(member)]));
    case 'array':
      return [exampleOf(schema['items'] as Plain)];
    case 'string':
      return patternExamples[String(schema['pattern'])] ?? 'example'.padEnd(Number(schema['minLength'] ?? 0), 'x');
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 1;
    default:
      return { anything: [null] };
  }
}

/** Inputs that mostly fit: each member is a fitting value, null, absent, or now and then any JSON at all. */
function nearMiss(schema: Plain): fc.Arbitrary<unknown> {
  const fitting = ((): fc.Arbitrary<unknown> => {
    if (Array.isArray(schema['enum'])) return fc.constantFrom<unknown>(...(schema['enum'] as readonly unknown[]), 'no such word');
    if (Array.isArray(schema['anyOf'])) return fc.oneof(...(schema['anyOf'] as Plain[]).map(nearMiss));
    switch (schema['type']) {
      case 'object': {
        const map = Object.values((schema['patternProperties'] ?? {}) as Record<string, Plain>)[0];
        if (map !== undefined) return fc.dictionary(fc.string(), nearMiss(map), { maxKeys: 3 });
        const members = Object.entries((schema['properties'] ?? {}) as Record<string, Plain>);
        const required = members.filter(([, member]) => member['x-missing'] !== undefined).map(([name]) => name);
        return fc.record(Object.fromEntries(members.map(([name, member]) => [name, nearMiss(member)])), { requiredKeys: required });
      }
      case 'array':
        return fc.array(nearMiss(schema['items'] as Plain), { maxLength: 3 });
      case 'string':
        return fc.oneof({ weight: 9, arbitrary: fc.constant(exampleOf(schema)) }, { weight: 1, arbitrary: fc.string({ maxLength: 300 }) });
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.oneof({ weight: 9, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.double({ noNaN: true }) });
      case 'number':
        return fc.double({ noNaN: true });
      default:
        return fc.jsonValue();
    }
  })();
  return fc.oneof({ weight: 20, arbitrary: fitting }, { weight: 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.jsonValue() });
}

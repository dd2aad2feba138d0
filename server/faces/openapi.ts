// The OpenAPI 3.1 document, drawn from the registry and our own routes: the same values the server runs on. Pure and in
// a fixed order, so that the committed copy can be compared byte by byte.

import type { TSchema } from 'typebox';
import { catalogueEntry, type ErrorCode, errorCodes } from '../../protocol/errors.ts';
import { operations } from '../../protocol/operations/registry.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { namedSchemas } from './named-schemas.ts';
import { type OwnRoute, ownRoutes } from './own-routes.ts';
import { readsQuery, splitRoute, successStatus } from './rest.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** Those that a request with an access key may meet whatever it asks. */
const commonErrors: readonly ErrorCode[] = errorCodes.slice(errorCodes.indexOf('AccessDeniedException')).filter((code) => !['InvalidBundleException', 'InvalidJoinTokenException', 'JoinTokenBoundException', 'InvalidIdentityDocumentException', 'AgentUnavailableException'].includes(code));

/** The whole document. */
export function openApiDocument(): JsonObject {
  const spelled = spellSchemas();
  const entries = [
    ...operations.map((definition) => [definition.route, operationItem(definition, spelled.of)] as const),
    ...Object.entries<OwnRoute>(ownRoutes).map(([name, route]) => [route.route, ownItem(name, route, spelled.of)] as const),
  ].map(([route, item]) => ({ ...splitRoute(route), item }));
  const paths: Record<string, Record<string, Json>> = {};
  for (const { path, method, item } of entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const templated = path.replace(/:(\w+)/g, '{$1}');
    paths[templated] = { ...paths[templated], [method.toLowerCase()]: item };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fairlead',
      version: '1',
      description: 'A self-hosted deployment service in CodeDeploy’s own terms. Instants are ISO 8601. Every refusal is {code, message, requestId}.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ accessKey: [] }],
    paths,
    components: {
      securitySchemes: {
        accessKey: { type: 'http', scheme: 'bearer', description: 'ID:SECRET of an access key. AWS Signature Version 4 (service codedeploy) is taken as well.' },
        signature: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'AWS Signature Version 4, service codedeploy, any region.' },
      },
      schemas: {
        Failure: {
          type: 'object',
          required: ['code', 'message', 'requestId'],
          properties: {
            code: { type: 'string' },
            message: { type: 'string' },
            requestId: { type: 'string' },
            field: { type: 'string', description: 'Dotted path of the member at fault.' },
          },
        },
        ...spelled.components,
      },
      responses: {
        AnyRequest: {
          description: `What any request may meet: ${commonErrors.join(', ')}.`,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
        },
      },
    },
  };
}

type Spell = (schema: TSchema) => Json;

function operationItem(definition: OperationDefinition, spell: Spell): JsonObject {
  const { method, members } = splitRoute(definition.route);
  const names = Object.keys(propertiesOf(definition.input));
  const beside = names.filter((name) => !members.includes(name));
  const inQuery = readsQuery(method) ? beside : [];
  const inBody = readsQuery(method) ? [] : beside;
  const input = optional(definition.input, Object.keys(definition.restDefaults ?? {}));
  const success = successStatus(definition);
  const repeats = /^(Create|Register)/.test(definition.name) ? [invocationHeader] : [];
  return {
    operationId: definition.name,
    summary: definition.summary,
    ...(definition.isSupported ? {} : { description: 'Not supported: answers OperationNotSupportedException.' }),
    parameters: [...parameters(definition.input, members, 'path', spell), ...parameters(definition.input, inQuery, 'query', spell), ...repeats],
    ...(inBody.length === 0
      ? {}
      : { requestBody: { required: requiredOf(input).some((name) => inBody.includes(name)), content: { 'application/json': { schema: spell(without(input, members)) } } } }),
    responses: {
      [success]: { description: definition.output === null ? 'Done; there is nothing to answer.' : 'Done.', ...(definition.output === null ? {} : { content: { 'application/json': { schema: spell(definition.output) } } }) },
      ...refusals([...definition.errors, ...(definition.isSupported ? [] : (['OperationNotSupportedException'] as const))]),
      default: { $ref: '#/components/responses/AnyRequest' },
    },
  };
}

const invocationHeader: JsonObject = {
  name: 'amz-sdk-invocation-id',
  in: 'header',
  required: false,
  description: 'The same over all attempts of one call: a repetition within ten minutes gets the first answer and does nothing.',
  schema: { type: 'string', maxLength: 128 },
};

function ownItem(name: string, route: OwnRoute, spell: Spell): JsonObject {
  const { members } = splitRoute(route.route);
  const inQuery = Object.keys(propertiesOf(route.parameters)).filter((member) => !members.includes(member));
  return {
    operationId: name,
    summary: route.summary,
    ...(route.access === 'open' ? { security: [] } : route.access === 'signature' ? { security: [{ signature: [] }] } : {}),
    parameters: [...parameters(route.parameters, members, 'path', spell), ...parameters(route.parameters, inQuery, 'query', spell)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { [route.body.contentType]: route.body.schema === null ? {} : { schema: spell(route.body.schema) } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, { description, contentType, schema }]) => [
          status,
          { description, ...(contentType === undefined ? {} : { content: { [contentType]: schema === undefined ? {} : { schema: spell(schema) } } }) },
        ]),
      ),
      ...refusals(route.errors),
      ...(route.access === 'open' ? {} : { default: { $ref: '#/components/responses/AnyRequest' } }),
    },
  };
}

function parameters(schema: TSchema, names: readonly string[], where: 'path' | 'query', spell: Spell): readonly Json[] {
  return names.map((name) => {
    const member = propertiesOf(schema)[name];
    if (member === undefined) throw new Error(`${name} is in a path but not among the members that the route takes.`);
    const { description } = member as { description?: string };
    const common = { name, in: where, required: where === 'path' || requiredOf(schema).includes(name), ...(description === undefined ? {} : { description }) };
    const type = (member as { type?: unknown }).type;
    // An object in a query is JSON text.
    return type === 'object' ? { ...common, content: { 'application/json': { schema: spell(member) } } } : { ...common, schema: spell(member) };
  });
}

/** The declared errors, by status. */
function refusals(codes: readonly ErrorCode[]): JsonObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes].sort()) {
    const { status } = catalogueEntry(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, among]) => [
      status,
      {
        description: among.join(', '),
        content: { 'application/json': { schema: { allOf: [{ $ref: '#/components/schemas/Failure' }, { properties: { code: { enum: among } } }] } } },
      },
    ]),
  );
}

/** Schemas as OpenAPI spells them; those with a name become references to one shared copy. */
function spellSchemas(): { readonly of: Spell; readonly components: JsonObject } {
  const names = new Map(Object.entries(namedSchemas).map(([name, schema]) => [JSON.stringify(cleaned(schema)), name]));
  const toReferences = (value: Json, isComponent: boolean): Json => {
    if (Array.isArray(value)) return value.map((item: Json) => toReferences(item, false));
    if (typeof value !== 'object' || value === null) return value;
    const name = isComponent ? undefined : names.get(JSON.stringify(value));
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toReferences(member, false)]));
  };
  return {
    of: (schema) => toReferences(cleaned(schema), false),
    components: Object.fromEntries(Object.entries(namedSchemas).map(([name, schema]) => [name, toReferences(cleaned(schema), true)])),
  };
}

/** As plain JSON, without the house's annotations, instants as ISO 8601. */
function cleaned(schema: unknown): Json {
  if (Array.isArray(schema)) return schema.map(cleaned);
  if (typeof schema !== 'object' || schema === null) return schema as Json;
  if ((schema as { 'x-instant'?: unknown })['x-instant'] === true) return { type: 'string', format: 'date-time' };
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, member]) => [key, cleaned(member)]),
  );
}

function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return (schema as { properties?: Record<string, TSchema> }).properties ?? {};
}

function requiredOf(schema: TSchema): readonly string[] {
  return (schema as { required?: readonly string[] }).required ?? [];
}

function optional(schema: TSchema, members: readonly string[]): TSchema {
  return members.length === 0 ? schema : ({ ...schema, required: requiredOf(schema).filter((name) => !members.includes(name)) } as unknown as TSchema);
}

function without(schema: TSchema, members: readonly string[]): TSchema {
  const required = requiredOf(schema).filter((name) => !members.includes(name));
  const properties = Object.fromEntries(Object.entries(propertiesOf(schema)).filter(([name]) => !members.includes(name)));
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties } as unknown as TSchema;
}

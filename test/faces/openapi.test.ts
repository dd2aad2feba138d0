import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '../../protocol/operations/registry.ts';
import { openApiDocument } from '../../server/faces/openapi.ts';
import { ownRoutes } from '../../server/faces/own-routes.ts';
import { bearer, openDoor, send } from './open-door.ts';

type Item = Record<string, never> & { operationId: string; parameters: { name: string; in: string }[]; responses: Record<string, unknown> };
const document = openApiDocument() as unknown as { paths: Record<string, Record<string, Item>> };
const items = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, item]) => ({ path, method, item })));

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref') yield member as string;
    else yield* referencesIn(member);
  }
}

describe('the OpenAPI document', () => {
  it('has one entry for each route of the registry and each of our own', () => {
    const routes = [...operations.map(({ route }) => route), ...Object.values(ownRoutes).map(({ route }) => route)];
    const documented = items.map(({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    assert.deepEqual(documented.sort(), routes.sort());
    assert.ok(documented.length > 60);
  });

  it('describes only routes that the server has', async () => {
    const door = await openDoor();
    try {
      for (const { path, method } of items) {
        const { json } = await send(door.port, method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), [['host', 'x'], ['authorization', bearer.authorization]]);
        assert.notEqual(json['code'] ?? json['__type'], 'NotFoundException', `${method} ${path}`);
      }
    } finally {
      await door[Symbol.asyncDispose]();
    }
  });

  it('has a unique operationId everywhere', () => {
    const ids = items.map(({ item }) => item.operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('has no reference to nowhere', () => {
    const references = [...referencesIn(document)];
    assert.ok(references.length > 100);
    for (const reference of references) {
      const found = reference.slice(2).split('/').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
      assert.ok(reference.startsWith('#/') && found !== undefined, reference);
    }
  });

  it('declares each member of a path exactly once, and no other', () => {
    for (const { path, item } of items) {
      const declared = item.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(declared.sort(), [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort(), path);
    }
  });

  it('has a successful answer for everything', () => {
    for (const { path, item } of items) assert.ok(Object.keys(item.responses).some((status) => /^(1|2)\d\d$/.test(status)), path);
  });

  it('keeps the house’s annotations to itself and spells instants as date-time', () => {
    const text = JSON.stringify(document);
    assert.doesNotMatch(text, /"x-(instant|missing|invalid|too-many)"/);
    assert.match(text, /"createTime":\{"type":"string","format":"date-time"\}/);
  });

  it('is the committed one, and so is the list of errors', () => {
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'docs/generate.ts', '--check']);
    assert.match(readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8'), /\| `ApplicationDoesNotExistException` \| 404 \|/);
  });
});

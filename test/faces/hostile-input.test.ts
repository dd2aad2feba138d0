// Whatever is thrown at the door, it answers in JSON, blames the sender, and nothing unproven gets through.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { operations } from '../../protocol/operations/registry.ts';
import { splitRoute } from '../../server/faces/rest.ts';
import { bearer, type Door, openDoor, type RawAnswer, send } from './open-door.ts';
import { basicTime, sign } from './sign.ts';

describe('hostile input', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
  });
  after(() => door[Symbol.asyncDispose]());

  const isOrderly = ({ status, json, text }: RawAnswer): void => {
    assert.ok(status < 500, text);
    if (status >= 400) assert.equal(typeof (json['code'] ?? json['__type']), 'string', text);
  };
  const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 80 });

  it('never gets past the signature by changing any part of a good Authorization header', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 250 }), fc.nat({ max: 20 }), headerText, async (at, length, put) => {
        const timestamp = basicTime(Date.now());
        const headers: [string, string][] = [['host', 'x'], ['x-amz-date', timestamp], ['x-amz-target', 'CodeDeploy_20141006.DeleteApplication']];
        const { authorization } = sign({ method: 'POST', path: '/', headers, body: '{}', timestamp });
        const changed = authorization.slice(0, at) + put + authorization.slice(at + length);
        // Spaces after commas and at the end mean nothing.
        fc.pre(changed.replace(/,\s+/g, ',').trim() !== authorization.replace(/,\s+/g, ',').trim());
        const before = door.dispatched.length;
        const answer = await send(door.port, 'POST', '/', [...headers, ['authorization', changed]], '{}');
        isOrderly(answer);
        assert.equal(answer.status, 400, answer.text);
        assert.equal(door.dispatched.length, before);
      }),
      { numRuns: 300 },
    );
  });

  it('never makes a defect of any path, query and body on REST', async () => {
    const routes = fc.constantFrom(...operations.map(({ route }) => splitRoute(route)));
    const piece = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())), fc.constantFrom('%', '%00', '%ff', '..', '%2e%2e%2f', '__proto__', 'constructor', '+', '', 'a=b', '&&', '=', ';', '%C3%28'));
    const body = fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom('{"__proto__":1}', '{"a":1,"a":2}', '{', '"', '\u0000', '[[[[', '{"revision":null,"tags":[null]}'));
    await fc.assert(
      fc.asyncProperty(routes, piece, fc.array(fc.tuple(piece, piece), { maxLength: 3 }), body, async ({ method, path }, name, query, text) => {
        const target = path.replace(/:\w+/g, name) + (query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`);
        isOrderly(await send(door.port, method, target, [['host', 'x'], ['authorization', bearer.authorization], ['content-type', 'application/json']], method === 'GET' ? '' : text));
      }),
      { numRuns: 300 },
    );
  });
});

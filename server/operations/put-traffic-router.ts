// What is defined is not tried out: a balancer that is down for an hour must not keep anybody from defining it.

import { Failure } from '../../protocol/errors.ts';
import { type RouterSettings, TrafficRouterDefinition } from '../../protocol/model/traffic-router.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readDocument, writeDocument } from '../store/documents.ts';
import { findTrafficRouter, putTrafficRouter as putRow, sealedFor } from '../store/traffic-routers.ts';
import type { TrafficRoutersTable } from '../store/tables.ts';
import { readAgentAddress } from '../traffic/ask-instance.ts';
import { readAddress } from '../traffic/haproxy/admin-socket.ts';
import type { Handler } from './services.ts';

export const putTrafficRouter: Handler<typeof registry.putTrafficRouter> = async ({ store, secrets, inspectRouters }, { credentials, ...definition }, { now }) => {
  const { name, router } = definition;
  checkRouter(router);
  if (credentials !== undefined && router.kind !== 'elbv2') throw invalid(`A router of the kind ${router.kind} is asked without credentials.`, 'credentials');
  await store.transaction(async (tx) => {
    const before = await findTrafficRouter(tx, name);
    await putRow(tx, {
      name,
      document: writeDocument(TrafficRouterDefinition, definition, `traffic router ${name}`),
      credentials_encrypted: credentials === undefined ? keptCredentials(before, router) : secrets.seal(JSON.stringify(credentials), sealedFor(name)),
      created_at: before === null ? now : Number(before.created_at),
      updated_at: now,
    });
  });
  inspectRouters();
  return {};
};

/** Those there were stay with a router of the same kind. */
function keptCredentials(before: TrafficRoutersTable | null, { kind }: RouterSettings): string | null {
  const isSame = before !== null && readDocument(TrafficRouterDefinition, before.document, `traffic router ${before.name}`).router.kind === kind;
  return isSame ? before.credentials_encrypted : null;
}

function checkRouter(router: RouterSettings): void {
  switch (router.kind) {
    case 'none':
      return;
    case 'haproxy':
      for (const [index, { address }] of router.nodes.entries()) {
        if (readAddress(address) === null && readAgentAddress(address, 'haproxy') === null) {
          throw invalid(`${address} is no address of a HAProxy. Write unix:/run/haproxy/admin.sock, tcp:HOST:PORT, or agent:INSTANCE/NAME.`, `router.nodes.${index}.address`);
        }
      }
      checkSome(router.nodes, 'router.nodes');
      checkSome(router.backends, 'router.backends');
      checkOnce(router.nodes.map(({ address }) => address), 'router.nodes');
      checkOnce(router.backends, 'router.backends');
      return;
    case 'nginx':
      for (const [index, { address }] of router.nodes.entries()) {
        if (readAgentAddress(address, 'nginx') === null) throw invalid(`${address} is no address of an nginx, which is driven by the agent on its host. Write agent:INSTANCE/NAME.`, `router.nodes.${index}.address`);
      }
      checkSome(router.nodes, 'router.nodes');
      checkOnce(router.nodes.map(({ address }) => address), 'router.nodes');
      if (router.port === undefined && router.portTagKey === undefined) throw invalid('Say where members listen: port, portTagKey, or both.', 'router.port');
      return;
    case 'elbv2':
      checkSome(router.targetGroups, 'router.targetGroups');
      checkOnce(router.targetGroups.map(({ name }) => name), 'router.targetGroups');
      for (const [index, { tagValue }] of router.targetGroups.entries()) {
        if ((tagValue === undefined) !== (router.groupTagKey === undefined)) throw invalid('Give groupTagKey, and a tagValue with each target group; or neither.', `router.targetGroups.${index}.tagValue`);
      }
      if (router.ruleArn !== undefined && router.groupTagKey === undefined) throw invalid('A rule has weights for several target groups: say with groupTagKey which instances are in which.', 'router.ruleArn');
  }
}

function checkSome(list: readonly unknown[], field: string): void {
  if (list.length === 0) throw invalid(`${field} is empty, but must hold one at least.`, field);
}

function checkOnce(words: readonly string[], field: string): void {
  const twice = words.find((word, index) => words.indexOf(word) !== index);
  if (twice !== undefined) throw invalid(`${twice} is there twice.`, field);
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}

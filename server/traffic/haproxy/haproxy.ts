// HAProxy through its runtime API, over one node or several, each with one backend or several. A member is the server of the
// instance's name, or of the name that a tag of it gives. Every change is read back: what a node says it has done is not what
// counts, but how its servers are seen to be afterwards.

import type { HaproxyAsk, HaproxyChange } from '../../../protocol/session/haproxy.ts';
import { memberName } from '../member.ts';
import { ofAll, seenAsOne } from '../seen-as-one.ts';
import { RouterTrouble, type Finding, type Observation, type RoutedTarget, type TrafficRouter } from '../traffic-router.ts';
import { haproxyFindings } from './findings.ts';
import type { HaproxyNode } from './admin-socket.ts';
import { observed, type Behind } from './observed.ts';
import { readSight, type HaproxyServer, type HaproxySight } from './sight.ts';
import { hasTaken, stepsToAllow, stepsToBlock, stepsToWeigh } from './steps.ts';

export interface HaproxySettings {
  readonly backends: readonly string[];
  /** The key of the tag that gives a member's name; null: members bear their instances' names. */
  readonly memberTagKey: string | null;
  readonly stickySeconds: number;
  readonly cutAfterSeconds: number | null;
  readonly reloadGraceSeconds: number;
}

/** To drain, to find that nothing is under way, and to see that it has taken. */
const mostRounds = 3;

interface Look {
  readonly sight: HaproxySight;
  readonly behind: Behind;
}

export function haproxyRouter(settings: HaproxySettings, nodes: readonly HaproxyNode[]): TrafficRouter {
  const { backends, memberTagKey } = settings;

  async function look(node: HaproxyNode, signal: AbortSignal): Promise<Look> {
    const { text, olderProcesses } = await node.ask({ verb: 'look', backends: [...backends] }, signal);
    const sight = readSight(text);
    if (sight === null) throw new RouterTrouble(`HAProxy ${node.name} did not answer as HAProxy does: ${firstLine(text)}`);
    if (sight.isStopping) throw new RouterTrouble(`HAProxy ${node.name} is stopping (process ${sight.pid}): the one that comes after it is waited for.`);
    return { sight, behind: { olderProcesses, reloadGraceSeconds: settings.reloadGraceSeconds } };
  }

  /** Asks for changes until there is nothing more to ask for, and sees that each was taken. */
  async function settle(node: HaproxyNode, targets: readonly RoutedTarget[], steps: (server: HaproxyServer, target: RoutedTarget) => readonly HaproxyChange[], signal: AbortSignal): Promise<void> {
    let asked: readonly HaproxyChange[] = [];
    for (let round = 0; round <= mostRounds; round += 1) {
      const { sight } = await look(node, signal);
      const found = targets.flatMap((target) => serversOf(target, sight, node).map((server) => ({ server, target })));
      const refused = asked.find((change) => found.some(({ server }) => server.backend === change.backend && server.name === change.server && !hasTaken(server, change)));
      if (refused !== undefined) throw new RouterTrouble(`HAProxy ${node.name} was told to set ${refused.backend}/${refused.server} to ${refused.to}, and it is still as before. Is something else changing its servers?`);
      asked = found.flatMap(({ server, target }) => steps(server, target));
      if (asked.length === 0 || round === mostRounds) return;
      await tell(node, { verb: 'change', changes: [...asked] }, signal);
    }
  }

  function serversOf(target: RoutedTarget, sight: HaproxySight, node: HaproxyNode): readonly HaproxyServer[] {
    const name = memberName(target, memberTagKey);
    return backends.map((backend) => {
      const server = sight.servers.find((one) => one.backend === backend && one.name === name);
      if (server === undefined) throw new RouterTrouble(absentSentence(target, name, backend, sight, node), false);
      return server;
    });
  }

  function absentSentence({ targetId }: RoutedTarget, name: string, backend: string, { backends: known }: HaproxySight, node: HaproxyNode): string {
    if (!known.has(backend)) return `HAProxy ${node.name} has no backend ${backend} with servers in it. Put it into its configuration, or mend the backends of this traffic router.`;
    const how = memberTagKey === null ? `Name the server so, or say with memberTagKey which tag of ${targetId} gives its name.` : `Mend its configuration, or the tag ${memberTagKey} of ${targetId}.`;
    return `HAProxy ${node.name} has no server ${name} in its backend ${backend}. ${how}`;
  }

  const onAll = async (targets: readonly RoutedTarget[], steps: (server: HaproxyServer, target: RoutedTarget) => readonly HaproxyChange[], signal: AbortSignal): Promise<void> => {
    await ofAll(nodes, (node) => settle(node, targets, steps, signal));
  };

  return {
    capabilities: { weights: 'member', drain: 'exact' },
    async preflight(targets, signal) {
      const found = await ofAll(nodes, async (node) => {
        const { sight } = await look(node, signal);
        const absent: Finding[] = targets.flatMap((target) => {
          const name = memberName(target, memberTagKey);
          const missing = backends.filter((backend) => !sight.servers.some((server) => server.backend === backend && server.name === name));
          return missing.map((backend) => ({ severity: 'error' as const, rule: 'member-absent', sentence: absentSentence(target, name, backend, sight, node) }));
        });
        return [...absent, ...haproxyFindings(node.name, sight, targets.map((target) => memberName(target, memberTagKey)), settings)];
      });
      return found.flat();
    },
    block: (targets, { isForced }, signal) =>
      onAll(targets, (server) => stepsToBlock(server, { isForced, stickySeconds: settings.stickySeconds, cutAfterSeconds: settings.cutAfterSeconds }), signal),
    allow: (targets, signal) => onAll(targets, stepsToAllow, signal),
    setWeights: (weights, targets, signal) =>
      onAll(
        targets.filter(({ targetId }) => weights.has(targetId)),
        (server, { targetId }) => {
          const share = weights.get(targetId)!;
          const steps = stepsToWeigh(server, share);
          if (steps !== null) return steps;
          throw new RouterTrouble(`The server ${server.backend}/${server.name} has the weight ${server.baseWeight} in HAProxy's configuration, of which ${share} % cannot be set. Write "weight 100" there, for all servers of the backend.`, false);
        },
        signal,
      ),
    async observe(targets, signal) {
      const looks = await Promise.all(nodes.map((node) => look(node, signal).catch((error: unknown) => {
        if (error instanceof RouterTrouble) return error;
        throw error;
      })));
      return new Map(targets.map((target) => [target.targetId, seenAsOne(nodes.flatMap((node, index) => observedAt(node, looks[index]!, memberName(target, memberTagKey))))]));
    },
  };

  function observedAt(node: HaproxyNode, found: Look | RouterTrouble, name: string): readonly Observation[] {
    const unseen = (state: 'Unknown' | 'Absent', detail: string): Observation => ({ state, inFlight: null, weight: null, detail });
    if (found instanceof RouterTrouble) return [unseen('Unknown', found.message)];
    return backends.map((backend) => {
      const server = found.sight.servers.find((one) => one.backend === backend && one.name === name);
      return server === undefined ? unseen('Absent', `${node.name}: there is no ${backend}/${name}.`) : observed(node.name, server, found.sight, found.behind);
    });
  }
}

/** Commands that change something answer nothing when they have worked. */
async function tell(node: HaproxyNode, ask: HaproxyAsk, signal: AbortSignal): Promise<void> {
  const { text } = await node.ask(ask, signal);
  const said = text.trim();
  if (said !== '') throw new RouterTrouble(`HAProxy ${node.name} refuses: ${firstLine(said)}${/permission/i.test(said) ? ' Give the socket "level admin".' : ''}`, !/permission/i.test(said));
}

function firstLine(text: string): string {
  const line = text.split('\n').map((one) => one.trim()).find((one) => one !== '');
  return line === undefined ? 'it said nothing.' : `"${line.slice(0, 200)}"`;
}

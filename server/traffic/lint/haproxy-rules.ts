// Settings of HAProxy that make dropped requests likely or certain. Each rule is one fact that was measured or documented; the
// order is that of a reader who mends them.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import type { HaproxyBackend, HaproxyFacts, HaproxyServerFacts } from './haproxy-facts.ts';
import { isLivenessPath } from './liveness.ts';
import { isAtLeast } from './version.ts';

export interface HaproxyRulesFor {
  /** The servers that deployments move; absent: all. */
  readonly members?: ReadonlySet<string>;
  /** The backends they are moved in; absent: all. */
  readonly backends?: readonly string[];
  /** How long a draining member may go on with clients that stick to it; absent: nobody asks. */
  readonly stickySeconds?: number;
}

export function lintHaproxy(facts: HaproxyFacts, { members, backends: named, stickySeconds }: HaproxyRulesFor = {}): readonly Finding[] {
  const backends = facts.backends.filter(({ name, servers }) => servers.length > 0 && (named === undefined || named.includes(name)));
  return [
    ...socketRule(facts),
    ...backends.flatMap((backend) => backendRules(facts, backend, backend.servers.filter(({ name }) => members === undefined || members.has(name)), stickySeconds)),
    ...frontendRules(facts),
    ...reloadRules(facts, backends),
  ];
}

function socketRule({ where, statsSocket }: HaproxyFacts): readonly Finding[] {
  if (statsSocket === undefined || statsSocket === 'admin') return [];
  const what = statsSocket === 'none' ? 'has no stats socket' : 'has a stats socket without "level admin"';
  return [finding('error', 'stats-socket-level', `${where} ${what}, so no server can be drained. Write into global: stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners`)];
}

function backendRules({ where, version }: HaproxyFacts, backend: HaproxyBackend, servers: readonly HaproxyServerFacts[], stickySeconds: number | undefined): readonly Finding[] {
  const at = `${where}: backend ${backend.name}`;
  const found: Finding[] = [];
  const say = (severity: Finding['severity'], rule: string, sentence: string): void => void found.push(finding(severity, rule, `${at} ${sentence}`));
  const those = (test: (server: HaproxyServerFacts) => boolean): string | null => namesOf(servers.filter(test));

  const unchecked = those(({ isChecked, tracked }) => !isChecked && tracked === null);
  if (unchecked !== null) say('error', 'health-check-missing', `has servers without a health check (${unchecked}): they get requests whether they answer or not. Write "option httpchk GET /ready", and "check inter 1s fall 2 rise 2" in its default-server.`);
  const light = those(({ weight }) => weight < 100);
  if (light !== null) say('warning', 'weight-base', `has servers with a weight below 100 (${light}): shares of the traffic are parts of it and come out rounded, with weight 1 to all or nothing. Write "weight 100" in its default-server.`);
  if (backend.persistence === 'cookie' || backend.persistence === 'table') {
    const how = backend.persistence === 'cookie' ? 'a cookie' : 'a stick-table';
    const policy = stickySeconds === undefined ? 'Set them to maint after a while; with a traffic router of Fairlead that is stickySeconds.' : `Fairlead sends them away ${stickySeconds} s after a drain began, by maint.`;
    say('warning', 'sticky-drain', `keeps clients at their server by ${how}, and a server in drain goes on getting those: it may never come to rest. ${policy}`);
  }
  if (backend.checkPath !== undefined && backend.checkPath !== null && isLivenessPath(backend.checkPath)) {
    say('warning', 'readiness-is-liveness', `checks ${backend.checkPath}, which by its name answers as soon as the process runs: a server that is still warming up gets requests. Check a path that answers when the application can serve.`);
  }
  const replayed = backend.retryOn?.filter((word) => !['none', 'conn-failure', '0rtt-rejected'].includes(word)) ?? [];
  if (replayed.length > 0 && backend.sparesPosts !== true) {
    say('warning', 'retry-on', `has "retry-on ${(backend.retryOn ?? []).join(' ')}", which sends requests again that a server may have carried out, POSTs among them. Keep to conn-failure, or write "http-request disable-l7-retry if METH_POST".`);
  }
  const cut = those(({ cutsWhenDown }) => cutsWhenDown === true);
  if (cut !== null) say('warning', 'cut-on-marked-down', `has "on-marked-down shutdown-sessions" (${cut}): a server that fails its checks, or is forced out, loses what is under way.`);
  const eager = those(({ slowstartMs, interMs }) => slowstartMs !== undefined && slowstartMs > 0 && slowstartMs <= (interMs ?? 2_000));
  if (eager !== null) say('warning', 'slowstart-inter', `has servers whose slowstart is no longer than their check's inter (${eager}), so it does nothing. Make inter shorter.`);
  const trusted = version !== undefined && isAtLeast(version, '3.1') === true ? those(({ isChecked, initState }) => isChecked && initState !== undefined && (initState === null || initState === 'up' || initState === 'fully-up')) : null;
  if (trusted !== null) say('warning', 'init-state', `has servers that count as up before their first check (${trusted}), also after each restart of HAProxy. Write "init-state fully-down" in its default-server.`);
  const spare = those(({ isBackup }) => isBackup);
  if (spare !== null) say('warning', 'backup-server', `has backup servers (${spare}): they take over when the last other server is drained.`);
  const following = those(({ tracked }) => tracked !== null);
  if (following !== null) say('warning', 'tracked-server', `has servers that share the state of others (${following}): they come and go with those, whatever is said to them.`);
  return found;
}

function frontendRules({ where, version, frontends }: HaproxyFacts): readonly Finding[] {
  const open = namesOf(frontends.filter(({ isHttp, closesIdle }) => isHttp && !closesIdle));
  if (open === null) return [];
  const isTooOld = version !== undefined && isAtLeast(version, '2.6') === false;
  const what = isTooOld ? `HAProxy ${version} cannot help that; 2.6 can.` : 'Write "option idle-close-on-response" into defaults.';
  return [finding('warning', 'idle-close-on-response', `${where}: a reload resets idle keep-alive clients of the frontends ${open}, whose next requests fail. ${what}`)];
}

function reloadRules({ where, hasServerStateFile, hardStopAfterSeconds }: HaproxyFacts, backends: readonly HaproxyBackend[]): readonly Finding[] {
  const found: Finding[] = [];
  const forgetful = namesOf(backends.filter(({ loadsServerState }) => loadsServerState === false));
  if (hasServerStateFile === false || forgetful !== null) {
    const which = hasServerStateFile === false || forgetful === null ? '' : ` in ${forgetful}`;
    found.push(finding('warning', 'server-state-file', `${where}: a reload forgets which servers are drained${which}, and sends them requests again. Write "server-state-file /var/lib/haproxy/server-state" into global and "load-server-state-from-file global" into defaults, and save "show servers state" to that file before each reload.`));
  }
  if (hardStopAfterSeconds === null) {
    found.push(finding('warning', 'hard-stop-after', `${where}: after a reload the process of before stays for as long as any client does, and what it has under way cannot be seen. Write "hard-stop-after 5m" into global.`));
  }
  return found;
}

function finding(severity: Finding['severity'], rule: string, sentence: string): Finding {
  return { severity, rule, sentence };
}

/** For a sentence; null for none. */
function namesOf(all: readonly { readonly name: string }[]): string | null {
  const names = all.map(({ name }) => name);
  return names.length === 0 ? null : `${names.slice(0, 5).join(', ')}${names.length > 5 ? `, and ${names.length - 5} more` : ''}`;
}

// Settings of nginx that make dropped requests likely or certain. nginx learns of new members by a reload alone, so most of it is
// about what a reload does to connections.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import type { NginxFacts } from './nginx-facts.ts';
import { isAtLeast } from './version.ts';

const firstWithKeepaliveMinTimeout = '1.27.4';

export function lintNginx({ where, version, directives, isIncluded, maxFails }: NginxFacts): readonly Finding[] {
  const values = (name: string): readonly string[] => directives.filter((one) => one.name === name).map(({ value }) => value);
  const found: Finding[] = [];
  const say = (severity: Finding['severity'], rule: string, sentence: string): void => void found.push({ severity, rule, sentence: `${where}: ${sentence}` });

  if (isIncluded === false) say('error', 'members-file-not-included', "no upstream takes the members' file in, so it moves no traffic. Write into an upstream: include /path/of/members_file;");
  const isTooOld = version === undefined ? null : isAtLeast(version, firstWithKeepaliveMinTimeout) === false;
  const keepsNone = values('keepalive_timeout').some((value) => /^0(?:m?s)?(?:\s|$)/.test(value));
  if (isTooOld === true && !keepsNone) {
    say('warning', 'nginx-too-old', `nginx ${version ?? ''} closes idle keep-alive connections at each reload, and requests that were just sent on them fail. ${firstWithKeepaliveMinTimeout} has keepalive_min_timeout against it; until then only "keepalive_timeout 0;" helps.`);
  }
  if (isTooOld !== true && !keepsNone && values('keepalive_min_timeout').every((value) => /^0/.test(value))) {
    const condition = isTooOld === null ? ` (from nginx ${firstWithKeepaliveMinTimeout} on)` : '';
    say('warning', 'keepalive-min-timeout', `a reload closes idle keep-alive connections at once, and requests that were just sent on them fail. Write into http: keepalive_min_timeout 5s;${condition}`);
  }
  if (values('worker_shutdown_timeout').length === 0) {
    say('warning', 'worker-shutdown-timeout', 'a WebSocket or a download keeps the workers of before alive without end, and with them the drain of a member and the next reload. Write at the top: worker_shutdown_timeout 60s;');
  }
  if (values('proxy_next_upstream').some((value) => value.split(/\s+/).includes('non_idempotent'))) {
    say('warning', 'non-idempotent-retry', 'proxy_next_upstream with non_idempotent sends POSTs again that a member may have carried out. Leave that word out.');
  }
  if (maxFails !== undefined && maxFails !== 0) {
    say('warning', 'max-fails', `a member gets no requests for fail_timeout after ${maxFails ?? 1} failed ${maxFails === null || maxFails === 1 ? 'request' : 'requests'} (max_fails), in the middle of a deployment too: with few members the others may not carry that. Raise it, or set it to 0.`);
  }
  return found;
}

// What an nginx.conf, or the output of nginx -T, says, as far as the rules ask. Files that it includes are looked at only where
// they are there too, as in that output. Pure.

import type { NginxFacts } from './nginx-facts.ts';

const asked = ['keepalive_min_timeout', 'keepalive_timeout', 'worker_shutdown_timeout', 'proxy_next_upstream'];

export function readNginxConfig(text: string, where: string, version?: string): NginxFacts {
  const statements = withoutComments(text).split(/[;{}]/).map((statement) => statement.trim().split(/\s+/));
  const directives = statements.filter(([name]) => asked.includes(name ?? '')).map(([name = '', ...rest]) => ({ name, value: rest.join(' ') }));
  const fails = statements.filter(([name]) => name === 'server').flatMap((words) => words.filter((word) => word.startsWith('max_fails='))).map((word) => Number(word.slice(10)));
  const hasMembers = statements.some(([name, address]) => name === 'server' && address !== undefined);
  return { where, version, directives, ...(hasMembers ? { maxFails: fails.length === 0 ? null : Math.min(...fails) } : {}) };
}

function withoutComments(text: string): string {
  return text.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#[^\n]*/g, (piece) => (piece.startsWith('#') ? '' : piece));
}

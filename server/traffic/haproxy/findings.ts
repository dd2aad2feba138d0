// What a running HAProxy shows of its own settings. What only its configuration says is for `fairlead lint`, or for an agent
// beside it that reads the file.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import type { HaproxyFacts } from '../lint/haproxy-facts.ts';
import { lintHaproxy } from '../lint/haproxy-rules.ts';
import type { HaproxySight } from './sight.ts';

export function factsSeen(where: string, { version, servers, backends }: HaproxySight): HaproxyFacts {
  return {
    where: `HAProxy ${where}`,
    version,
    frontends: [],
    backends: [...backends].map((name) => ({
      name,
      persistence: servers.some(({ backend, isSticky }) => backend === name && isSticky) ? ('cookie' as const) : null,
      servers: servers
        .filter(({ backend }) => backend === name)
        .map((server) => ({ name: server.name, weight: server.baseWeight, isChecked: server.isChecked, tracked: server.tracked, isBackup: server.isBackup })),
    })),
  };
}

export function haproxyFindings(where: string, sight: HaproxySight, members: readonly string[], { backends, stickySeconds }: { readonly backends: readonly string[]; readonly stickySeconds: number }): readonly Finding[] {
  return lintHaproxy(factsSeen(where, sight), { members: new Set(members), backends, stickySeconds });
}

// What the agent beside an nginx has read of its configuration, held against the rules.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import type { NginxInspection, NginxLimits } from '../../../protocol/session/nginx.ts';
import { lintNginx } from '../lint/nginx-rules.ts';

export function nginxFindings(where: string, { version, isIncluded, directives }: NginxInspection, { maxFails }: NginxLimits): readonly Finding[] {
  return lintNginx({ where: `nginx on ${where}`, version, directives, isIncluded, maxFails: maxFails ?? null });
}

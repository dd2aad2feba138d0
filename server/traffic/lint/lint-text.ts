// One file, held against the rules of what it is.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import { lintApplication, type ApplicationRulesFor } from './application-rules.ts';
import { readHaproxyConfig } from './haproxy-config.ts';
import { lintHaproxy } from './haproxy-rules.ts';
import { readNginxConfig } from './nginx-config.ts';
import { lintNginx } from './nginx-rules.ts';
import { stopSecondsOf } from './systemd-unit.ts';

export type FileKind = 'haproxy' | 'nginx' | 'appspec' | 'unit';

export interface LintOptions extends ApplicationRulesFor {
  readonly haproxyVersion?: string | undefined;
  readonly nginxVersion?: string | undefined;
}

/** By its name where that says it, else by what is in it; null when it is none that there are rules for. */
export function kindOf(name: string, text: string): FileKind | null {
  if (/\.(?:service|conf\.d\/[^/]+\.conf)$/.test(name) && /^\s*\[(?:Unit|Service)\]/m.test(text)) return 'unit';
  if (/(?:^|\/)appspec[^/]*\.(?:ya?ml|json)$/i.test(name)) return 'appspec';
  if (/^\s*(?:global|defaults|backend\s+\S+|listen\s+\S+|frontend\s+\S+)\b[^{;]*$/m.test(text)) return 'haproxy';
  if (/(?:^|[;}\s])(?:http|events|upstream\s+\S+|server)\s*\{/.test(text)) return 'nginx';
  return null;
}

/** Of everything but AppSpecs, which are parsed elsewhere. */
export function lintText(kind: Exclude<FileKind, 'appspec'>, where: string, text: string, options: LintOptions): readonly Finding[] {
  switch (kind) {
    case 'haproxy':
      return lintHaproxy(readHaproxyConfig(text, where, options.haproxyVersion));
    case 'nginx':
      return lintNginx(readNginxConfig(text, where, options.nginxVersion));
    case 'unit':
      return lintApplication({ where, stopSeconds: stopSecondsOf(text) }, options);
  }
}

// Files given to `fairlead lint`: read, told apart, and held against the rules that concern them.

import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import type { Finding } from '../protocol/model/traffic-router.ts';
import { lintApplication } from '../server/traffic/lint/application-rules.ts';
import { kindOf, lintText, type LintOptions } from '../server/traffic/lint/lint-text.ts';

/** `-` is standard input. Throws a Refusal for what cannot be read, or is nothing that there are rules for. */
export async function lintFiles(files: readonly string[], options: LintOptions, around: Surroundings): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const file of files) found.push(...(await lintFile(file, options, around)));
  return found;
}

async function lintFile(file: string, options: LintOptions, around: Surroundings): Promise<readonly Finding[]> {
  const bytes = file === '-' ? Buffer.from(await around.readStdin()) : await around.readFile(file);
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  const text = Buffer.from(bytes).toString('utf8');
  const kind = kindOf(file, text);
  if (kind === null) throw new Refusal(`${showPrintable(file)} is none of: a haproxy.cfg, an nginx.conf (or the output of nginx -T), an appspec.yml, a service of systemd.`);
  return kind === 'appspec' ? lintAppSpec(file, bytes, options, around) : lintText(kind, file, text, options);
}

async function lintAppSpec(file: string, bytes: Uint8Array, options: LintOptions, around: Surroundings): Promise<readonly Finding[]> {
  const verdict = await around.rooms.checkAppSpec(bytes);
  if (verdict.kind === 'refused') throw new Refusal(`${showPrintable(file)} is no valid AppSpec. Look at it with: fairlead appspec validate ${file}`);
  const { readiness, hooks } = verdict.appSpec;
  const stop = hooks['ApplicationStop'] ?? [];
  return lintApplication(
    {
      where: file,
      readinessUrl: readiness?.probe.kind === 'http' ? readiness.probe.url : null,
      isValidated: readiness !== null || (hooks['ValidateService'] ?? []).length > 0,
      ...(stop.length === 0 ? {} : { stopSeconds: stop.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0) }),
    },
    options,
  );
}

// `fairlead lint`: the settings that make dropped requests likely or certain, in files and at running balancers.

import type { Command } from 'commander';
import { parseDurationSeconds } from '../flags.ts';
import { lintFiles } from '../lint-files.ts';
import { printable, showPrintable } from '../printable.ts';
import { Refusal, exitStatus } from '../refusal.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { Finding } from '../../protocol/model/traffic-router.ts';
import { getDeploymentGroup } from '../../protocol/operations/get-deployment-group.ts';
import { observeTrafficRouter } from '../../protocol/operations/observe-traffic-router.ts';

interface LintFlags extends ClientFlags {
  readonly group?: string;
  readonly router?: string;
  readonly drainTimeout?: string;
  readonly livenessUrl?: string;
  readonly haproxyVersion?: string;
  readonly nginxVersion?: string;
  readonly strict?: boolean;
}

export function addLintCommand(program: Command, shell: Shell): void {
  const lint = program
    .command('lint')
    .summary('find settings that lose requests when traffic is moved')
    .description(
      'Finds settings that make dropped requests likely or certain when traffic is moved: in files (haproxy.cfg, nginx.conf or the output of nginx -T, appspec.yml, services of systemd), and at the balancers of a deployment group, which are asked. Exit status: 0 no errors, 1 errors (with --strict: or warnings).',
    )
    .argument('[files...]', '- reads standard input')
    .option('--group <application/group>', 'ask the balancers of this deployment group')
    .option('--router <name>', 'ask this traffic router')
    .option('--drain-timeout <duration>', 'how long a member may drain; that of --group when not given')
    .option('--liveness-url <url>', 'what the supervisor of the service asks to see whether it lives')
    .option('--haproxy-version <version>', 'the HAProxy that a haproxy.cfg is for')
    .option('--nginx-version <version>', 'the nginx that an nginx.conf is for')
    .option('--strict', 'warnings count as errors')
    .action(async (files: readonly string[], flags: LintFlags) => {
      if (files.length === 0 && flags.group === undefined && flags.router === undefined) throw new Refusal('Give files to look at, --group, or --router.');
      const live = await liveFindings(flags, shell);
      const drainSeconds = flags.drainTimeout === undefined ? live.drainSeconds : parseDurationSeconds(flags.drainTimeout);
      const options = { drainSeconds, livenessUrl: flags.livenessUrl, haproxyVersion: flags.haproxyVersion, nginxVersion: flags.nginxVersion };
      const findings = [...(await lintFiles(files, options, shell.around)), ...live.findings];
      shell.print(flags, { findings, ...(live.troubles.length === 0 ? {} : { troubles: live.troubles }) }, [
        ...findings.map(({ severity, rule, sentence }) => printable(`${severity} ${rule}: ${sentence}`)),
        ...(findings.length === 0 ? ['Nothing was found that would lose requests.'] : []),
      ]);
      for (const trouble of live.troubles) shell.remark(printable(trouble));
      if (live.troubles.length > 0 || findings.some(({ severity }) => severity === 'error' || flags.strict === true)) shell.finish(exitStatus.failed);
    });
  clientCommand(lint, ['fairlead lint /etc/haproxy/haproxy.cfg appspec.yml', 'nginx -T | fairlead lint - --nginx-version 1.28.0', 'fairlead lint --group shop/production --strict']);
}

interface Live {
  readonly findings: readonly Finding[];
  /** What could not be asked: nothing is known to be well there. */
  readonly troubles: readonly string[];
  readonly drainSeconds: number | undefined;
}

/** As the service completes a group that does not say it. */
const usualDrainSeconds = 300;

async function liveFindings(flags: LintFlags, shell: Shell): Promise<Live> {
  if (flags.group === undefined && flags.router === undefined) return { findings: [], troubles: [], drainSeconds: undefined };
  const client = await shell.client(flags);
  const names = flags.router === undefined ? [] : [flags.router];
  let drainSeconds: number | undefined;
  if (flags.group !== undefined) {
    const [applicationName = '', deploymentGroupName, more] = flags.group.split('/');
    if (deploymentGroupName === undefined || more !== undefined) throw new Refusal(`${showPrintable(flags.group)} is not of the form APPLICATION/GROUP.`);
    const { deploymentGroupInfo: group } = await client.call(getDeploymentGroup, { applicationName, deploymentGroupName });
    drainSeconds = group.traffic?.drainSeconds ?? usualDrainSeconds;
    for (const { name } of [...(group.loadBalancerInfo?.targetGroupInfoList ?? []), ...(group.loadBalancerInfo?.elbInfoList ?? [])]) if (name !== undefined) names.push(name);
    if (names.length === 0) throw new Refusal(`The deployment group ${showPrintable(flags.group)} names no load balancer.`);
  }
  const seen = await Promise.all([...new Set(names)].map((name) => client.call(observeTrafficRouter, { name })));
  return { findings: seen.flatMap(({ findings }) => findings), troubles: seen.flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble])), drainSeconds };
}

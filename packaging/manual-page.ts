// A page of the manual for each package: short, since every command explains itself.

import type { PackageName } from './description.ts';

interface Page {
  readonly section: 1 | 8;
  readonly line: string;
  readonly synopsis: readonly string[];
  readonly text: readonly string[];
  readonly files: readonly (readonly [path: string, what: string])[];
  readonly also: string;
}

const pages: Readonly<Record<PackageName, Page>> = {
  'fairlead-agent': {
    section: 8,
    line: 'carries out deployments on this host',
    synopsis: ['systemctl start fairlead-agent', 'fairlead agent status [--json]', 'fairlead doctor [--json]'],
    text: [
      'The agent enrols with the controller named in its configuration and carries out its commands. Hooks run in units of their own, fairlead-hook-*.service, which restarts, upgrades and crashes of the agent do not touch.',
      'fairlead agent status ends with 0 when the agent runs, 1 when it died, 3 when it does not run, and 4 when that cannot be known.',
    ],
    files: [
      ['/etc/fairlead/agent.yml', 'Its configuration; every key is explained there.'],
      ['/etc/fairlead/agent.env', 'Variables FAIRLEAD_..., which go before the file.'],
      ['/var/lib/fairlead-agent', 'Identity, journal and bundles. Removed when the package is purged.'],
    ],
    also: 'fairlead(1), journalctl(1), systemctl(1)',
  },
  'fairlead-server': {
    section: 8,
    line: 'controller that deploys applications to plain hosts',
    synopsis: ['systemctl start fairlead-server', 'fairlead server backup --to FOLDER', 'fairlead server restore --from FOLDER', 'fairlead doctor [--json]'],
    text: ['The first start makes an administrator access key and writes it to administrator-access-key.json in the data folder, readable by root and the service\\(cqs user only.', 'A database that was written by a newer version is refused.'],
    files: [
      ['/etc/fairlead/server.yml', 'Its configuration; every key is explained there.'],
      ['/etc/fairlead/server.env', 'Variables FAIRLEAD_..., which go before the file.'],
      ['/var/lib/fairlead-server', 'Database, bundles and keys. Removed when the package is purged.'],
    ],
    also: 'fairlead(1), journalctl(1), systemctl(1)',
  },
  fairlead: {
    section: 1,
    line: 'deploys applications to plain hosts, in CodeDeploy\\(cqs terms',
    synopsis: ['fairlead COMMAND [OPTION]...', 'fairlead help [COMMAND]'],
    text: ['Pushes bundles, deploys them, follows deployments and explains what holds them. Every command explains itself with --help.', 'FAIRLEAD_URL, FAIRLEAD_ACCESS_KEY_ID and FAIRLEAD_SECRET_ACCESS_KEY say where the controller is and who asks.'],
    files: [],
    also: 'fairlead-agent(8), fairlead-server(8)',
  },
};

export function manualPage(name: PackageName, version: string, time: number): string {
  const { section, line, synopsis, text, files, also } = pages[name];
  const day = new Date(1000 * time).toISOString().slice(0, 10);
  return `${[
    `.TH ${name.toUpperCase()} ${section} ${day} "Fairlead ${version}"`,
    '.SH NAME',
    `${name} \\- ${line}`,
    '.SH SYNOPSIS',
    ...synopsis.flatMap((one) => [`.B ${one.replaceAll('-', '\\-')}`, '.br']),
    '.SH DESCRIPTION',
    ...text.flatMap((one) => [one.replaceAll('--', '\\-\\-'), '.PP']).slice(0, -1),
    ...(files.length === 0 ? [] : ['.SH FILES', ...files.flatMap(([path, what]) => ['.TP', `.I ${path}`, what])]),
    '.SH SEE ALSO',
    also,
  ].join('\n')}\n`;
}

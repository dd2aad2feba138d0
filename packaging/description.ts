// The three packages, as package managers show them. Each stands for itself, its Node included, so that one file and one
// command install it, and so that upgrading one never changes what another runs on.

export const packageNames = ['fairlead-agent', 'fairlead-server', 'fairlead'] as const;
export type PackageName = (typeof packageNames)[number];

export const maintainer = 'Fairlead maintainers <maintainers@fairlead.invalid>';

export interface Description {
  readonly name: PackageName;
  /** Ours; a Debian package adds its revision, an rpm its release. */
  readonly version: string;
  readonly summary: string;
  readonly text: string;
  readonly section: string;
  /** Fields of a control file that list packages. */
  readonly debian: Readonly<Record<string, readonly string[]>>;
  readonly rpm: { readonly license: string; readonly requires: readonly string[] };
  /** Which package's `fairlead` is /usr/bin/fairlead where there are several: the one that holds most. */
  readonly priority: number;
}

/** Node's own needs. It runs on Debian 11, Ubuntu 20.04, RHEL 8 and whatever is younger. */
const debianLibraries = ['libc6 (>= 2.28)', 'libgcc-s1 (>= 3.4)', 'libstdc++6 (>= 5.2)'];
const rpmLibraries = ['libc.so.6(GLIBC_2.28)(64bit)', 'libstdc++.so.6(GLIBCXX_3.4.21)(64bit)', 'libgcc_s.so.1()(64bit)'];
const alternatives = '/usr/sbin/update-alternatives';
/** Ours, and what is bundled: see THIRD-PARTY-NOTICES. */
const license = 'Apache-2.0 AND MIT AND ISC AND BSD-2-Clause AND BSD-3-Clause';

const texts: Readonly<Record<PackageName, Omit<Description, 'name' | 'version'>>> = {
  'fairlead-agent': {
    summary: 'Carries out deployments on this host, as its Fairlead controller says',
    text: 'The agent enrols with a controller and takes commands from it: it fetches\nand verifies bundles, installs their files in one step, and runs lifecycle\nhooks, each in a unit of its own that no restart or upgrade of the agent\ntouches. AppSpec files of CodeDeploy work unchanged.\n\nIt brings a Node.js runtime of its own. Name a controller in\n/etc/fairlead/agent.yml.',
    section: 'admin',
    debian: { Depends: [...debianLibraries, 'init-system-helpers (>= 1.54)'], Recommends: ['systemd (>= 247)'], Suggests: ['acl'] },
    rpm: { license, requires: [...rpmLibraries, 'systemd', 'util-linux', alternatives] },
    priority: 10,
  },
  'fairlead-server': {
    summary: 'Controller that deploys applications to plain hosts',
    text: 'The controller decides: which revision goes to which hosts, in what order,\nhow many must stay healthy, and when to go back. It speaks the protocol of\nAWS CodeDeploy, so the AWS command line and SDKs work with it, and keeps its\ndata in one SQLite file or on a PostgreSQL server.\n\nIt brings a Node.js runtime of its own, and is configured in\n/etc/fairlead/server.yml.',
    section: 'admin',
    debian: { Depends: [...debianLibraries, 'init-system-helpers (>= 1.54)', 'passwd'], Recommends: ['systemd (>= 247)'], Suggests: ['git', 'postgresql'] },
    rpm: { license, requires: [...rpmLibraries, 'systemd', 'shadow-utils', alternatives] },
    priority: 20,
  },
  fairlead: {
    summary: 'Command line of Fairlead, which deploys applications to plain hosts',
    text: 'Pushes bundles, deploys them, follows deployments and explains what holds\nthem, at a Fairlead controller; checks AppSpec files and signs bundles\nwithout one. It can also run a controller and agents in the foreground, to\ntry things out.\n\nIt brings a Node.js runtime of its own.',
    section: 'admin',
    debian: { Depends: debianLibraries },
    rpm: { license, requires: [...rpmLibraries, alternatives] },
    priority: 30,
  },
};

export function describePackage(name: PackageName, version: string): Description {
  return { name, version, ...texts[name] };
}

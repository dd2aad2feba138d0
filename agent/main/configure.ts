// What this host's files and environment say, read for whoever runs the agent, enrols the host or deploys to it alone.

import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { makeOwnFolder } from '../../world/real/make-folder.ts';
import { archiveLayout } from '../archive-layout.ts';
import { ConfigRefused, namedPolicyFile, readConfig } from '../config.ts';
import type { AgentConfig } from '../config.ts';
import { whyNotTrusted } from '../policy/policy-file.ts';

/** The command line of `fairlead agent`. What is not given comes from the environment, the file, or a default. */
export interface AgentOptions {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly dataDir?: string;
  readonly root?: string;
  readonly configFile?: string;
  readonly verbose?: boolean;
}

export const defaultConfigFile = '/etc/fairlead/agent.yml';

export async function configure(options: AgentOptions, environment: Readonly<Record<string, string | undefined>> = process.env): Promise<ReturnType<typeof readConfig>> {
  const { tags, configFile, verbose, dataDir, root, ...flags } = options;
  const file = await readConfigFile(configFile ?? environment['FAIRLEAD_CONFIG']);
  const policyPath = namedPolicyFile(file);
  const dropIns = await readDropIns(configFile ?? environment['FAIRLEAD_CONFIG'] ?? defaultConfigFile);
  return readConfig({
    file,
    ...(policyPath === null ? {} : { policyFile: await readPolicyFile(policyPath) }),
    dropIns,
    environment,
    flags: {
      ...flags,
      ...(tags === undefined || tags.length === 0 ? {} : { tags }),
      ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
      ...(root === undefined ? {} : { root: resolve(root) }),
      ...(verbose === true ? { logLevel: 'debug' } : {}),
    },
    hostname: hostname(),
    agentVersion: packageJson.version,
  });
}

async function readConfigFile(named: string | undefined): Promise<{ readonly path: string; readonly text: string } | null> {
  const path = named ?? defaultConfigFile;
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigRefused(`The configuration file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message}.`);
  }
}

export const dropInFolder = (configPath: string): string => `${configPath.replace(/\.ya?ml$/, '')}.d`;

/** Tags that other packages and scripts put beside the configuration: `agent.d/*.yml` beside `agent.yml`. */
async function readDropIns(configPath: string): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const folder = dropInFolder(configPath);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new ConfigRefused(`The drop-in folder ${folder} cannot be read: ${error.message}.`);
  });
  const paths = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort().map((name) => join(folder, name));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch((error: Error) => {
    throw new ConfigRefused(`The drop-in ${path} cannot be read: ${error.message}.`);
  }) })));
}

/** Refuses a policy that others could change: it would be theirs. */
async function readPolicyFile(path: string): Promise<{ readonly path: string; readonly text: string }> {
  try {
    const steps = [await realpath(path)];
    for (let at = steps[0]!; dirname(at) !== at; at = dirname(at)) steps.push(dirname(at));
    const facts = await Promise.all(steps.map(async (step) => ({ path: step, ...(({ uid, mode }) => ({ uid, mode }))(await stat(step)) })));
    const distrust = whyNotTrusted(facts, process.getuid?.() ?? 0);
    if (distrust !== null) throw new Error(distrust);
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new ConfigRefused(`The policy file ${path} cannot be used: ${(error as Error).message}`);
  }
}

/** What is decided of an agent on this host, without starting it. Throws an Error with a sentence when something is refused. */
export async function readAgentConfig(options: AgentOptions, environment: Readonly<Record<string, string | undefined>>): Promise<AgentConfig & { readonly statusSocket: string; readonly identityFile: string; readonly enrolledAt: string | null; readonly authority: string | null }> {
  const { config } = await configure(options, environment);
  const { statusSocket, identity } = archiveLayout(config.dataFolder);
  return { ...config, statusSocket, identityFile: identity, ...(await enrolmentIn(identity)) };
}

/** Where this host was enrolled, and by what authority it knows it; null where it was not, or this user may not see. */
export async function enrolmentIn(identityFile: string): Promise<{ readonly enrolledAt: string | null; readonly authority: string | null }> {
  const given = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  try {
    const { enrolled } = JSON.parse(await readFile(identityFile, 'utf8')) as { readonly enrolled?: { readonly controllerUrl?: unknown; readonly authority?: unknown } | null };
    return { enrolledAt: given(enrolled?.controllerUrl), authority: given(enrolled?.authority) };
  } catch {
    return { enrolledAt: null, authority: null };
  }
}

/** Scripts with runas have to pass through the data folder. */
export async function makeFolders({ dataFolder, root }: AgentConfig): Promise<void> {
  await makeOwnFolder(dataFolder, 'the data folder', 0o711);
  if (root !== null) await makeOwnFolder(root, 'the root folder', 0o755);
}

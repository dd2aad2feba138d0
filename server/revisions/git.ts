// Bundles out of a Git repository, over https or ssh: the commit is fetched by the `git` program and packed by `git
// archive`. A branch or tag is looked up once, here. What a repository can make git do is kept small: no shell, no hooks,
// no prompts, no submodules, no redirects, no other protocol, nobody's configuration, and an end to time and size.

import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopback } from '../../agent/bundle/loopback.ts';
import type { World } from '../../world/world.ts';
import { describeLocation } from './location.ts';
import { type RevisionSource, SourceTrouble } from './source.ts';

export interface GitSettings {
  /** PATH that has git (and ssh). */
  readonly path: string;
  /** PEM of an authority to trust, or null for git's own. */
  readonly caFile: string | null;
  readonly sshKeyFile: string | null;
  readonly knownHostsFile: string | null;
  /** Sent with requests to addresses that begin with `url`, and to no others. */
  readonly credentials: readonly { readonly url: string; readonly user: string; readonly token: string }[];
  readonly largestBytes: number;
}

type Doors = Pick<World, 'clock' | 'processes'>;

const lookEveryMs = 250;
const shortMs = 60_000;

export function gitSource(settings: GitSettings, doors: Doors): RevisionSource {
  return {
    isPinned: ({ gitLocation }) => gitLocation?.commitId !== undefined,
    async open(location, { signal, scratch }) {
      const named = describeLocation(location);
      const { url = '', ref, commitId } = location.gitLocation ?? {};
      await mkdir(scratch, { recursive: true, mode: 0o700 });
      const repository = join(scratch, 'repository');
      const git = new Git(settings, doors, { url, named, scratch, signal });
      await git.run(['init', '--quiet', '--bare', '--template=', '--', repository]);
      await fetchCommit(git, repository, url, ref ?? null, commitId ?? null);
      const commit = await git.answer(['-C', repository, 'rev-parse', '--verify', '--end-of-options', `${commitId ?? 'FETCH_HEAD'}^{commit}`]);
      if (!/^[0-9a-f]{40,64}$/.test(commit) || (commitId !== undefined && commit !== commitId)) throw new SourceTrouble('REVISION_MISSING', `${named} is no commit of that repository.`);
      const bundle = join(scratch, 'bundle.tar');
      await git.run(['-C', repository, 'archive', '--format=tar', `--output=${bundle}`, commit]);
      const body = createReadStream(bundle);
      const note = ref === undefined ? null : `${ref} of ${url} was commit ${commit} when this deployment was created.`;
      return { body, bundleType: 'tar', size: (await stat(bundle)).size, sha256: null, note, close: () => void body.destroy() };
    },
  };
}

/** Many servers give out single commits; from the others every branch and tag is fetched to find it. */
async function fetchCommit(git: Git, repository: string, url: string, ref: string | null, commitId: string | null): Promise<void> {
  const fetch = ['-C', repository, 'fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance'];
  try {
    await git.run([...fetch, '--depth=1', '--', url, ref ?? commitId!]);
  } catch (error) {
    if (commitId === null || !(error instanceof SourceTrouble) || error.mayRetry || git.isOver) throw error;
    await git.run([...fetch, '--', url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
  }
}

interface GitWork {
  readonly url: string;
  readonly named: string;
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** Runs of the program for one revision. Its own words are read from its trace, since its output is nobody's. */
class Git {
  readonly #settings: GitSettings;
  readonly #doors: Doors;
  readonly #work: GitWork;
  #runs = 0;

  constructor(settings: GitSettings, doors: Doors, work: GitWork) {
    this.#settings = settings;
    this.#doors = doors;
    this.#work = work;
  }

  get isOver(): boolean {
    return this.#work.signal.aborted;
  }

  /** Throws SourceTrouble with what git says when it fails, when the signal is aborted, or when its folder grows too large. */
  async run(args: readonly string[]): Promise<void> {
    const { named, scratch, signal } = this.#work;
    this.#runs += 1;
    const trace = join(scratch, `trace-${this.#runs}`);
    const started = await this.#doors.processes.startDetached(this.#command(args, trace)).catch((error: unknown) => {
      throw new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: git cannot be started on the controller (${(error as Error).message}). Install it there.`);
    });
    const exited = started.exited.then(({ code }) => ({ code }));
    for (;;) {
      const rest = new AbortController();
      const ended = await Promise.race([exited, this.#doors.clock.sleep(lookEveryMs, AbortSignal.any([rest.signal, signal])).then(() => null, () => null)]);
      rest.abort();
      if (ended !== null && ended.code !== 0) throw await this.#trouble(trace);
      const isTooLarge = (await sizeOf(scratch)) > this.#settings.largestBytes;
      if (!signal.aborted && !isTooLarge) {
        if (ended === null) continue;
        return;
      }
      await this.#doors.processes.endGroup(started.identity, 'kill');
      await exited;
      if (signal.aborted) throw new SourceTrouble('REVISION_MISSING', `${named} was not fetched to its end.`);
      throw new SourceTrouble('INVALID_REVISION', `${named} needs more than ${this.#settings.largestBytes} bytes to fetch, the most this controller takes.`);
    }
  }

  /** First line of what a short run prints; empty when it fails. */
  async answer(args: readonly string[]): Promise<string> {
    const { code, stdout } = await this.#doors.processes.run(this.#command(args, '0'), shortMs);
    return code === 0 ? stdout.split('\n')[0]!.trim() : '';
  }

  #command(args: readonly string[], trace: string) {
    const { path, caFile, sshKeyFile, knownHostsFile, credentials } = this.#settings;
    const { url, scratch } = this.#work;
    const isOpen = url.startsWith('http:') && isLoopback(new URL(url).hostname);
    const config: readonly (readonly [string, string])[] = [
      ['core.hooksPath', '/dev/null'],
      ['credential.helper', ''],
      ['gc.auto', '0'],
      ['http.followRedirects', 'false'],
      ...(caFile === null ? [] : [['http.sslCAInfo', caFile] as const]),
      ...credentials.map((one) => [`http.${one.url}.extraHeader`, `Authorization: Basic ${Buffer.from(`${one.user}:${one.token}`).toString('base64')}`] as const),
    ];
    const ssh = ['ssh', '-o BatchMode=yes', ...(sshKeyFile === null ? [] : [`-o IdentitiesOnly=yes -i ${sshKeyFile}`]), ...(knownHostsFile === null ? [] : [`-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHostsFile}`])];
    const env: Record<string, string> = {
      PATH: path,
      HOME: scratch,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: isOpen ? 'http' : 'https:ssh',
      GIT_SSH_COMMAND: ssh.join(' '),
      GIT_TRACE2_EVENT: trace,
      GIT_CONFIG_COUNT: String(config.length),
    };
    config.forEach(([key, value], index) => {
      env[`GIT_CONFIG_KEY_${index}`] = key;
      env[`GIT_CONFIG_VALUE_${index}`] = value;
    });
    return { file: 'git', args, env, cwd: scratch };
  }

  async #trouble(trace: string): Promise<SourceTrouble> {
    const said = new Set<string>();
    for (const line of (await readFile(trace, 'utf8').catch(() => '')).split('\n')) {
      if (!line.includes('"event":"error"')) continue;
      const { msg } = JSON.parse(line) as { readonly msg?: string };
      if (msg !== undefined) said.add(msg.replace(/\p{Cc}+/gu, ' ').slice(0, 300));
    }
    const words = [...said].slice(0, 3).join('; ') || 'it gave no reason';
    const mayPass = /resolve host|connect to|timed out|reset by peer|early EOF|unexpected disconnect|returned error: (5\d\d|429)|hung up/i.test(words);
    return new SourceTrouble('REVISION_MISSING', `${this.#work.named} cannot be fetched: git says: ${words}.`, mayPass);
  }
}

/** Bytes of all files below a folder, as they are now. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

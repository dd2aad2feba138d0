// The controller under test: the real program as a process of its own, over a data folder that holds a fleet already.
// Enrolling thousands of hosts one by one is not what is measured, so their rows are written before it starts.

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type Client } from '../../cli/client.ts';
import { placeholderRoleArn } from '../../protocol/model/deployment-group.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { newInstance } from '../../server/operations/new-instance.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import { realRandom } from '../../world/real/random.ts';

const entrance = join(import.meta.dirname, '../../cli/main.ts');
const key = { accessKeyId: 'AKBENCH', secretAccessKey: 'bench-secret' };

export interface ControllerOptions {
  /** Where its data folder is made; a folder in memory tells what durability costs. */
  readonly below: string;
  readonly agents: number;
  /** More of Node's own flags, such as --cpu-prof. */
  readonly nodeFlags: readonly string[];
}

export class ControllerProcess {
  readonly client: Client;
  readonly url: string;
  /** Of every agent alike: what is measured is checking a signature, not having many keys. */
  readonly privateKey: string;
  readonly instanceIds: readonly string[];
  readonly #folder: string;
  readonly #options: ControllerOptions;
  #child: ChildProcess;
  #revisions = 0;

  private constructor(options: ControllerOptions, folder: string, privateKey: string, instanceIds: readonly string[], child: ChildProcess, url: string) {
    this.#options = options;
    this.#folder = folder;
    this.privateKey = privateKey;
    this.instanceIds = instanceIds;
    this.#child = child;
    this.url = url;
    this.client = createClient({ url: new URL(url), ...key, accessKeyOrigin: 'the benchmark' });
  }

  static async start(options: ControllerOptions): Promise<ControllerProcess> {
    const folder = await mkdtemp(join(options.below, 'fairlead-bench-'));
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const rawKey = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
    const instanceIds = await writeFleet(folder, options.agents, rawKey);
    const { child, url } = await startServer(folder, '127.0.0.1:0', options.nodeFlags);
    const controller = new ControllerProcess(options, folder, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, instanceIds, child, url);
    await controller.client.call(createApplication, { applicationName: 'bench' });
    await controller.group('all', 'role');
    await controller.group('one', 'one');
    return controller;
  }

  /** User and system time so far, in ms. */
  get cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  /** Resident memory now, in KB. */
  get rssKb(): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))![1]);
  }

  /** Of the instances that bear the tag. */
  group(name: string, tagKey: string): Promise<unknown> {
    return this.client.call(createDeploymentGroup, {
      applicationName: 'bench',
      deploymentGroupName: name,
      serviceRoleArn: placeholderRoleArn,
      deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
      onPremisesInstanceTagFilters: [{ Key: tagKey, Type: 'KEY_ONLY' }],
    });
  }

  /** Creates a deployment of a revision that is new each time. */
  async deploy(deploymentGroupName: string): Promise<string> {
    this.#revisions += 1;
    const revision = { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'bench/app.tgz', bundleType: 'tgz', version: `v${this.#revisions % versions}` } } as const;
    return (await this.client.call(createDeployment, { applicationName: 'bench', deploymentGroupName, revision })).deploymentId;
  }

  /** Ends it as a crash would, and starts it again on the same address. */
  async crash(): Promise<void> {
    await this.#end();
    this.#child = (await startServer(this.#folder, new URL(this.url).host, this.#options.nodeFlags)).child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // With --cpu-prof the profile is written on an orderly end.
    if (this.#options.nodeFlags.length > 0) this.#child.kill('SIGTERM');
    else this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** As many uploads as benchmarks deploy, so that no two deployments in a row are of one revision. */
const versions = 100;

async function writeFleet(folder: string, agents: number, publicKey: string): Promise<readonly string[]> {
  const store = await openSqliteStore(join(folder, 'fairlead.db'));
  const services = { world: { random: realRandom }, region: 'us-east-1', accountId: '000000000000' } as unknown as Parameters<typeof newInstance>[0];
  const now = Date.now();
  const rows = Array.from({ length: agents }, (_, index) => ({
    ...newInstance(services, `bench-${String(index).padStart(6, '0')}`, { iamUserArn: null, iamSessionArn: null }, now),
    public_key: publicKey,
    enrolled_at: now,
    api_tags: index === 0 ? '[{"Key":"one","Value":"yes"}]' : '[]',
  }));
  await store.transaction(async (tx) => {
    for (let at = 0; at < rows.length; at += 500) await tx.insertInto('instances').values(rows.slice(at, at + 500)).execute();
    const uploads = Array.from({ length: versions }, (_, index) => ({ bucket: 'fairlead', key: 'bench/app.tgz', version: `v${index}`, sha256: createHash('sha256').update(`${index}`).digest('hex'), size: 1, bundle_type: 'tgz', created_at: now }));
    await tx.insertInto('uploads').values(uploads).execute();
  });
  await store.close();
  return rows.map((row) => row.instance_id);
}

async function startServer(folder: string, listen: string, nodeFlags: readonly string[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const log = openSync(join(folder, 'server.log'), 'a');
  const settings = join(folder, 'settings.yaml');
  // One address stands for as many as there are hosts.
  writeFileSync(settings, 'limits: { newcomers-per-second: 1000000 }\n');
  const env = { PATH: process.env['PATH'] ?? '', FAIRLEAD_ADMIN_ACCESS_KEY_ID: key.accessKeyId, FAIRLEAD_ADMIN_SECRET_ACCESS_KEY: key.secretAccessKey };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8', ...nodeFlags, entrance, 'server', '--data-dir', folder, '--listen', listen, '--config', settings], { stdio: ['ignore', log, log], env });
  const text = (): string => readFileSync(join(folder, 'server.log'), 'utf8');
  for (;;) {
    const url = text().split('Fairlead listens on ').at(-1)?.split('\n')[0] ?? '';
    const count = text().split('Fairlead listens on ').length - 1;
    if (count > startsOf(folder)) {
      starts.set(folder, count);
      return { child, url };
    }
    if (child.exitCode !== null) throw new Error(`the controller ended: ${text().slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How often a controller has said that it listens, by folder: the log is one. */
const starts = new Map<string, number>();
const startsOf = (folder: string): number => starts.get(folder) ?? 0;

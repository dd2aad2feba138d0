// A real agent on this machine with a policy in its configuration, in a session with a controller that does as the test
// says: what an attacker who owns the controller would have. Scripts that run leave a canary.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../../../agent/agent.ts';
import type { Agent } from '../../../agent/agent.ts';
import { realExecutors } from '../../../agent/commands/real-executors.ts';
import { readConfig } from '../../../agent/config.ts';
import type { Enroll } from '../../../agent/identity.ts';
import { signedBundleText } from '../../../protocol/model/bundle-signature.ts';
import type { BundleSignature, BundleStatement } from '../../../protocol/model/bundle-signature.ts';
import type { BundleSource, Report, RunEventCommand } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import { postEnrollment } from '../../../world/real/enroll.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import { tgz } from '../bundle/tar-bytes.ts';
import { runEventCommand } from '../commands-of.ts';
import { TestController } from '../test-controller.ts';

type Ended = Report & { kind: 'Ended' };

const enroll: Enroll = async (url, request, signal) => {
  const reply = await postEnrollment(url, request, { ca: null, timeoutMs: 5_000 }, signal);
  if (reply.kind === 'refused') throw new Error(reply.message);
  return reply.body as Awaited<ReturnType<Enroll>>;
};

export interface OwnerKey {
  readonly privateKey: KeyObject;
  /** As it stands in a policy. */
  readonly publicText: string;
}

export function ownerKey(): OwnerKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicText: `ed25519:${publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}` };
}

/** The source with an owner's signature, of these members or of the usual ones. */
export function signed(source: BundleSource, key: OwnerKey, changes: Partial<BundleStatement> = {}): BundleSource {
  const statement: BundleStatement = { v: 1, application: 'shop', sha256: source.sha256, createdAt: 1_000, counter: 10, ...changes };
  return { ...source, signature: signatureOf(statement, key) };
}

export function signatureOf(statement: BundleStatement, key: OwnerKey, text = signedBundleText(statement)): BundleSignature {
  return { statement, signature: sign(null, Buffer.from(text), key.privateKey).toString('base64') };
}

export class GuardedHost {
  readonly controller = new TestController();
  readonly folder = mkdtempSync(join(tmpdir(), 'fairlead-guarded-'));
  #agent: Agent | null = null;
  #policy = '';
  #count = 0;

  static async start(policy: string): Promise<GuardedHost> {
    const host = new GuardedHost();
    mkdirSync(join(host.folder, 'root'));
    await host.controller.start();
    await host.restart(policy);
    return host;
  }

  /** Stops the agent if it runs and starts it with this policy. */
  async restart(policy = this.#policy): Promise<void> {
    await this.stop();
    this.#policy = policy;
    const flags = { controller: this.controller.url, name: 'web-1', dataDir: this.data, root: this.root, joinToken: 'token' };
    const file = { path: '/etc/fairlead/agent.yml', text: `hook_grace_seconds: 1\n${policy}` };
    const { config } = readConfig({ file, environment: { HOME: this.folder, FAIRLEAD_SECRET: 'x', AWS_SECRET_ACCESS_KEY: 'x' }, flags, hostname: 'h', agentVersion: '1' });
    const world = { ...makeRealWorld(), log: silentLog };
    this.#agent = await startAgent(config, world, { executors: realExecutors(config, world, () => null), enroll });
  }

  async stop(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.controller[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get root(): string {
    return join(this.folder, 'root');
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** What scripts have said by running. */
  get canary(): readonly string[] {
    const path = join(this.root, 'canary');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  /** A bundle whose hooks say `name EVENT APPLICATION` into the canary. */
  bundle(name: string, more: { readonly appSpec?: string; readonly files?: Readonly<Record<string, string>> } = {}): Buffer {
    const events = ['ApplicationStop', 'BeforeInstall', 'AfterInstall'];
    const hooks = events.flatMap((event) => [`  ${event}:`, '    - location: hook.sh', '      timeout: 20']);
    const appSpec = more.appSpec ?? ['version: 0.0', 'os: linux', 'files:', '  - source: app.txt', '    destination: /srv/app', 'hooks:', ...hooks, ''].join('\n');
    return tgz(
      { name: 'appspec.yml', content: appSpec },
      { name: 'app.txt', content: name },
      { name: 'hook.sh', content: `#!/bin/sh\necho "${name} $LIFECYCLE_EVENT $APPLICATION_NAME" >> "$FAIRLEAD_ROOT/canary"\n`, mode: 0o755 },
      ...Object.entries(more.files ?? {}).map(([file, content]) => ({ name: file, content, mode: 0o755 })),
    );
  }

  /** Sends a command without waiting; its attempt id. */
  send(event: string, changes: Partial<RunEventCommand> = {}): string {
    this.#count += 1;
    const attemptId = changes.attemptId ?? `att-${this.#count}`;
    this.controller.send(runEventCommand({ event, generation: this.#count, sourceKind: 'upload', ...changes, attemptId }));
    return attemptId;
  }

  /** Sends a command and waits for its end. */
  async run(event: string, changes: Partial<RunEventCommand> = {}): Promise<Ended> {
    return this.controller.ended(this.send(event, changes));
  }

  /** Download, both hooks and Install of a deployment; the message of the first that does not succeed, or null. */
  async deploy(bundle: BundleSource, changes: Partial<RunEventCommand> = {}): Promise<string | null> {
    for (const event of ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall']) {
      const { outcome, diagnostics } = await this.run(event, { ...changes, ...(event === 'DownloadBundle' ? { bundle } : {}) });
      if (outcome !== 'Succeeded') return `${event} ${outcome}: ${diagnostics.message}`;
    }
    const { deploymentId = 'd-ONE', deploymentGroupId = 'group-1' } = changes;
    this.controller.send({ kind: 'Finish', deploymentId, deploymentGroupId, status: 'Succeeded' });
    return null;
  }
}

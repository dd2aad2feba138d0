// A container with the shipped agent in it as a service of systemd, and a controller on loopback that it is enrolled with.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAgent } from '../../packaging/build.ts';
import { tgz } from '../agent/bundle/tar-bytes.ts';
import { runEventCommand } from '../agent/commands-of.ts';
import { TestController } from '../agent/test-controller.ts';
import { Container } from './container.ts';
import { findRootFolder } from './root-folder.ts';

export interface AgentHostOptions {
  /** Of the agent's own service. */
  readonly killMode: 'control-group' | 'process';
  readonly hookUnits?: 'auto' | 'always' | 'never';
}

export interface ScriptOptions {
  readonly timeoutSeconds?: number;
  readonly runas?: string;
}

export class AgentHost implements AsyncDisposable {
  readonly host: Container;
  readonly controller = new TestController();
  readonly #kit: string;
  #generation = 0;

  constructor() {
    const root = findRootFolder();
    this.#kit = mkdtempSync(join(tmpdir(), 'fairlead-fleet-kit-'));
    this.host = new Container(root, [`${realpathSync(process.execPath)}:/usr/local/bin/node`, `${join(this.#kit, 'agent')}:/opt/fairlead-agent`]);
  }

  /** Boots the host and starts the agent, which has enrolled when this resolves. */
  async start({ killMode, hookUnits = 'auto' }: AgentHostOptions): Promise<void> {
    await buildAgent(join(this.#kit, 'agent'));
    await this.controller.start();
    this.host.write('/etc/fairlead/agent.yml', `controller: ${this.controller.url}\njoin_token: sesame\nname: web-1\nhook_units: ${hookUnits}\nhook_grace_seconds: 1\n`);
    const service = ['ExecStart=/usr/local/bin/node /opt/fairlead-agent/fairlead-agent.mjs --verbose', 'Restart=always', 'RestartSec=100ms', `KillMode=${killMode}`, 'TimeoutStopSec=20'];
    this.host.write('/etc/systemd/system/fairlead-agent.service', `[Unit]\nStartLimitIntervalSec=0\n[Service]\n${service.join('\n')}\n[Install]\nWantedBy=multi-user.target\n`);
    await this.host.boot();
    const sessions = this.controller.sessions;
    await this.host.run('systemctl', 'enable', '--now', 'fairlead-agent');
    await this.#untilSession(sessions);
  }

  /** Restarts the agent's service, or kills its process, and resolves when it is back. */
  async disturb(how: 'restart' | 'kill'): Promise<void> {
    const sessions = this.controller.sessions;
    if (how === 'restart') await this.host.run('systemctl', 'restart', 'fairlead-agent');
    else await this.host.run('systemctl', 'kill', '--signal=KILL', '--kill-who=main', 'fairlead-agent');
    await this.#untilSession(sessions);
  }

  async reboot(how: 'orderly' | 'killed'): Promise<void> {
    const sessions = this.controller.sessions;
    await this.host.reboot(how);
    await this.#untilSession(sessions);
  }

  async #untilSession(sessions: number): Promise<void> {
    await this.controller.until((one) => (one.sessions > sessions ? true : undefined), 'the agent to be there');
  }

  /** Downloads a bundle with one script for one event, and tells the agent to run that event. Answers with its attempt's id. */
  async begin(deploymentId: string, event: string, script: string, { timeoutSeconds = 60, runas }: ScriptOptions = {}): Promise<string> {
    const user = runas === undefined ? '' : `      runas: ${runas}\n`;
    const appSpec = `version: 0.0\nos: linux\nhooks:\n  ${event}:\n    - location: hook.sh\n      timeout: ${timeoutSeconds}\n${user}`;
    const bundle = this.controller.offer(tgz({ name: 'appspec.yml', content: appSpec }, { name: 'hook.sh', content: script, mode: 0o755 }), 'tgz');
    const download = `${deploymentId}-DownloadBundle`;
    this.controller.send(runEventCommand({ attemptId: download, deploymentId, event: 'DownloadBundle', generation: (this.#generation += 1), bundle }));
    await this.controller.ended(download);
    const attemptId = `${deploymentId}-${event}`;
    this.controller.send(runEventCommand({ attemptId, deploymentId, event, generation: (this.#generation += 1) }));
    return attemptId;
  }

  /** What is known of the unit that a script of an attempt runs in. */
  async unit(attemptId: string, property: string): Promise<string> {
    return (await this.host.run('systemctl', 'show', '--value', `--property=${property}`, `fairlead-hook-${attemptId}.0.service`)).trim();
  }

  /** The log of all scripts of a deployment, without times. */
  log(deploymentId: string): string {
    return this.host.read(`/var/lib/fairlead-agent/deployment-root/group-1/${deploymentId}/logs/scripts.log`).replaceAll(/^\S+ \S+ /gm, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await this.controller[Symbol.asyncDispose]();
    rmSync(this.#kit, { recursive: true, force: true });
  }
}

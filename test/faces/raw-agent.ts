// An agent's side of the wire without an agent: enrols with a key of its own, proves itself, and from then on says and
// hears whatever a test wants, right or wrong.

import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { signedText, type FromServer } from '../../protocol/session/frames.ts';
import { protocolVersions } from '../../protocol/session/version.ts';

export interface RawIdentity {
  readonly instanceId: string;
  readonly name: string;
  readonly controllerId: string;
  readonly key: KeyObject;
}

/** Throws with the controller's answer when it says no. */
export async function enrolRaw(url: string, token: string, name: string): Promise<RawIdentity> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
  const response = await fetch(`${url}/v1/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, instanceName: name, publicKey: raw, tags: [{ Key: 'role', Value: 'web' }], agentVersion: '0.1.0' }),
  });
  const answer = (await response.json()) as { readonly instanceId: string; readonly controllerId: string };
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return { instanceId: answer.instanceId, controllerId: answer.controllerId, name, key: privateKey };
}

export class RawAgent {
  readonly ws: WebSocket;
  readonly heard: FromServer[] = [];
  /** Resolves with code and reason when the other side, or we, have closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting = new Set<() => void>();

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      this.heard.push(JSON.parse(data.toString('utf8')) as FromServer);
      for (const wake of this.#waiting) wake();
    });
    ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason: Buffer) => {
        resolve({ code, reason: reason.toString('utf8') });
        for (const wake of this.#waiting) wake();
      });
    });
  }

  /** Opens a session's socket, and says nothing. */
  static async connect(url: string, options: ClientOptions = {}): Promise<RawAgent> {
    const agent = new RawAgent(new WebSocket(`${url.replace(/^http/, 'ws')}/v1/session`, options));
    await once(agent.ws, 'open');
    return agent;
  }

  /** Opens a session, and is live. */
  static async live(url: string, identity: RawIdentity, lastCommand = 0, options: ClientOptions = {}): Promise<RawAgent> {
    const agent = await RawAgent.connect(url, options);
    agent.say(await agent.hello(identity, lastCommand));
    await agent.hear('welcome');
    return agent;
  }

  async hello(identity: RawIdentity, lastCommand = 0): Promise<Record<string, unknown>> {
    const { nonce } = await this.hear('challenge');
    const signature = sign(null, Buffer.from(signedText(identity.controllerId, identity.instanceId, nonce)), identity.key).toString('base64');
    return { kind: 'hello', protocolVersions: [...protocolVersions], instanceId: identity.instanceId, signature, agentVersion: '0.1.0', bootId: 'boot', tags: [{ Key: 'role', Value: 'web' }], lastCommand };
  }

  say(frame: unknown): void {
    this.ws.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** The first frame of that kind not yet taken that fits. Rejects when the session closes first. */
  async hear<Kind extends FromServer['kind']>(kind: Kind, fits: (frame: Extract<FromServer, { kind: Kind }>) => boolean = () => true): Promise<Extract<FromServer, { kind: Kind }>> {
    for (;;) {
      const at = this.heard.findIndex((frame) => frame.kind === kind && fits(frame as Extract<FromServer, { kind: Kind }>));
      if (at >= 0) return this.heard.splice(at, 1)[0] as Extract<FromServer, { kind: Kind }>;
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error(`The session was closed before a ${kind} came.`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  async leave(): Promise<void> {
    this.ws.close();
    await this.closed;
  }
}

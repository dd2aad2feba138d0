// Who this host is to its controller: an Ed25519 key made here, whose private half never leaves the host, and the
// instance it was enrolled as. The key is on the disk before the join token is spent, so that an agent that dies
// between the two asks again with the same key.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { splitPin } from '../protocol/model/authority-pin.ts';
import { newKeyText } from '../protocol/session/key-frames.ts';
import { signedText } from '../protocol/session/frames.ts';
import { reconnectDelayMs } from '../world/backoff.ts';
import type { World } from '../world/world.ts';
import { openIdentityKeys, publicKeyOf } from './identity-keys.ts';

export interface Identity {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly controllerId: string;
  /** Where it was enrolled: the place to dial when the configuration names none. */
  readonly controllerUrl: string;
  /** PEM of the one authority that signs the controller's certificate; null where the join token named none. */
  readonly authority: string | null;
  /** Proves this identity on one connection: the signature of the controller's nonce, base64. */
  signChallenge(nonce: string): string;
  /** Makes a new key for the controller that asked for one by `id`; it is on the disk when this resolves. */
  makeNextKey(id: string): Promise<{ readonly publicKey: string; readonly signature: string }>;
  /** The controller has taken the last signature. */
  taken(): Promise<void>;
  /** It has not. True where another key is worth trying at once. */
  refused(): boolean;
}

export interface EnrollRequest {
  readonly token: string;
  readonly instanceName: string;
  /** Raw Ed25519 public key, base64 (32 bytes). */
  readonly publicKey: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly agentVersion: string;
  /** With the token `ec2`: what AWS says of this instance. */
  readonly identityDocument?: string;
}

export interface EnrollAnswer {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly controllerId: string;
  /** PEM, where there was a pin and the controller fits it. */
  readonly authority?: string;
}

/** Spends a join token, at a controller that fits `pin` unless that is null. Throws EnrollRefused for the controller's no, and any other Error for what may pass. */
export type Enroll = (controllerUrl: string, request: EnrollRequest, signal: AbortSignal, pin: string | null) => Promise<EnrollAnswer>;

/** The controller said no; the message is its own. */
export class EnrollRefused extends Error {
  override readonly name = 'EnrollRefused';
}

/** This host cannot be enrolled as it is configured. */
export class NoIdentity extends Error {
  override readonly name = 'NoIdentity';
}

/** What an EC2 instance's metadata service knows. Rejects with a sentence. */
export interface Machine {
  instanceId(): Promise<string>;
  identityDocument(): Promise<string>;
}

export interface EnrollmentWishes {
  readonly controllerUrl: string | null;
  readonly joinToken: string | null;
  readonly instanceName: string;
  /** The name somebody gave, not merely the host's; absent when nobody did. */
  readonly askedName?: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly agentVersion: string;
  /** Of an EC2 instance: asked when the join token is `ec2`. */
  readonly machine?: Machine;
  /** Enrol anew, with a new key, a host that is enrolled already. */
  readonly isAnew?: boolean;
}

const IdentityFile = Type.Object({
  format: Type.Literal(1),
  /** Seed of the private key, base64 (32 bytes). */
  key: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
  /** Of a key made since, of which it is not known whether the controller has it. */
  nextKey: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
  enrolled: Type.Union([
    Type.Null(),
    Type.Object({ instanceId: Type.String(), instanceName: Type.String(), controllerId: Type.String(), controllerUrl: Type.String(), authority: Type.Optional(Type.String()) }),
  ]),
});
type IdentityFile = Type.Static<typeof IdentityFile>;

/**
 * The identity kept at `path`; or, where there is none, a new one enrolled with the join token, trying again with backoff
 * while the controller cannot be reached. Throws NoIdentity and EnrollRefused, and the signal's reason when aborted.
 */
export async function loadOrEnroll(path: string, wishes: EnrollmentWishes, world: World, enroll: Enroll, signal: AbortSignal): Promise<Identity> {
  const found = await readIdentity(path, world);
  const before = wishes.isAnew === true ? found?.enrolled ?? null : null;
  if (found !== null && found.enrolled !== null && before === null) {
    const { instanceId, instanceName } = found.enrolled;
    if (wishes.askedName !== undefined && wishes.askedName !== instanceName) {
      throw new NoIdentity(`${dirname(path)} belongs to ${instanceName} (${instanceId}), which is enrolled, but the name given is ${wishes.askedName}. Leave the name out to go on as ${instanceName}; or give ${wishes.askedName} a data folder of its own (--data-dir) and a join token.`);
    }
    if (wishes.joinToken !== null) world.log.info({ instanceId }, 'This host is enrolled already; the join token is not used.');
    return identityOf(path, found, found.enrolled, world);
  }
  const { joinToken } = wishes;
  const controllerUrl = wishes.controllerUrl ?? before?.controllerUrl ?? null;
  if (controllerUrl === null || joinToken === null) {
    const missing = controllerUrl === null ? 'controller URL (--controller)' : 'join token (--join-token; `fairlead token create` on the controller makes one)';
    throw new NoIdentity(`This host is not enrolled yet, and no ${missing} is given.`);
  }
  // Whoever is enrolled keeps what it has until the controller has said yes.
  const kept = before === null ? found?.key : found?.nextKey;
  const key = kept ?? Buffer.from(world.random.bytes(32)).toString('base64');
  if (found === null) await writeIdentity(path, { format: 1, key, enrolled: null }, world);
  else if (before !== null && kept === undefined) await writeIdentity(path, { ...found, nextKey: key }, world);
  const { token, pin } = splitPin(joinToken);
  const machine = token === 'ec2' ? await askMachine(wishes.machine) : null;
  const instanceName = wishes.askedName ?? before?.instanceName ?? machine?.instanceName ?? wishes.instanceName;
  const request = { token, instanceName, publicKey: publicKeyOf(key), tags: wishes.tags, agentVersion: wishes.agentVersion, ...(machine === null ? {} : { identityDocument: machine.identityDocument }) };
  const answer = await enrollUntilAnswered(controllerUrl, request, world, pin, enroll, signal);
  const enrolled = { instanceId: answer.instanceId, instanceName: answer.instanceName, controllerId: answer.controllerId, controllerUrl, ...(answer.authority === undefined ? {} : { authority: answer.authority }) };
  await writeIdentity(path, { format: 1, key, enrolled }, world);
  world.log.info({ instanceId: enrolled.instanceId, instanceName: enrolled.instanceName }, 'This host is enrolled.');
  return identityOf(path, { key }, enrolled, world);
}

async function askMachine(machine: Machine | undefined): Promise<{ readonly instanceName: string; readonly identityDocument: string }> {
  try {
    if (machine === undefined) throw new Error('nothing is known of such a service');
    return { instanceName: await machine.instanceId(), identityDocument: await machine.identityDocument() };
  } catch (error) {
    throw new NoIdentity(`This host is to enrol as an EC2 instance, and its metadata service cannot be asked: ${(error as Error).message}. Allow it there, or give a join token.`);
  }
}

async function enrollUntilAnswered(controllerUrl: string, request: EnrollRequest, world: World, pin: string | null, enroll: Enroll, signal: AbortSignal): Promise<EnrollAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await enroll(controllerUrl, request, signal, pin);
    } catch (error) {
      if (error instanceof EnrollRefused || signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      world.log[attempt === 0 ? 'warn' : 'debug']({ controllerUrl, reason }, 'The controller cannot be reached to enrol this host; trying again.');
      await world.clock.sleep(reconnectDelayMs(attempt, (n) => world.random.below(n)), signal);
    }
  }
}

async function readIdentity(path: string, world: World): Promise<IdentityFile | null> {
  const bytes = await world.files.read(path);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (Value.Check(IdentityFile, value)) return value;
  } catch {
    // told below
  }
  throw new NoIdentity(`The identity file ${path} cannot be understood. Restore it; or move it and the journal aside and enrol this host anew with a join token.`);
}

async function writeIdentity(path: string, file: IdentityFile, world: World): Promise<void> {
  await world.files.makeFolder(dirname(path));
  await world.files.writeAtomically(path, Buffer.from(`${JSON.stringify(file, null, 2)}\n`), 0o600);
}

function identityOf(path: string, seeds: Pick<IdentityFile, 'key' | 'nextKey'>, enrolled: NonNullable<IdentityFile['enrolled']>, world: World): Identity {
  const { controllerId, instanceId } = enrolled;
  const keys = openIdentityKeys(seeds, { randomBytes: (count) => world.random.bytes(count), write: (kept) => writeIdentity(path, { format: 1, ...kept, enrolled }, world) });
  return {
    ...enrolled,
    authority: enrolled.authority ?? null,
    signChallenge: (nonce) => keys.sign(signedText(controllerId, instanceId, nonce)),
    async makeNextKey(id) {
      const { publicKey, sign } = await keys.makeNext();
      return { publicKey, signature: sign(newKeyText(controllerId, instanceId, id)) };
    },
    taken: () => keys.taken(),
    refused: () => keys.refused(),
  };
}

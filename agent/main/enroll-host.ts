// Enrols this host: the doors that enrolment takes, and `fairlead agent enroll`, which does it without running the agent.

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { realClock } from '../../world/real/clock.ts';
import { postEnrollment } from '../../world/real/enroll.ts';
import { realFiles } from '../../world/real/files.ts';
import { meet } from '../../world/real/pinned-authority.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import type { OpenWay } from '../../world/real/way.ts';
import { archiveLayout } from '../archive-layout.ts';
import { instanceMetadata } from '../bundle/instance-metadata.ts';
import type { InstanceMetadata } from '../bundle/instance-metadata.ts';
import { openTunnel, proxyFor } from '../bundle/proxy.ts';
import type { Proxy } from '../bundle/proxy.ts';
import type { AgentConfig } from '../config.ts';
import { DataFolderTaken, lockDataFolder } from '../data-lock.ts';
import { EnrollRefused, loadOrEnroll } from '../identity.ts';
import type { Enroll } from '../identity.ts';
import { configure, defaultConfigFile, dropInFolder, enrolmentIn, makeFolders } from './configure.ts';
import type { AgentOptions } from './configure.ts';

export interface Enrolled {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly controllerUrl: string;
  /** False: it was enrolled already, and nothing was done. */
  readonly isNew: boolean;
}

/** Enrols this host without running its agent. Throws an Error whose message is for the operator. */
export async function enrollHost(options: AgentOptions & { readonly isAnew: boolean }, environment: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<Enrolled> {
  const { isAnew, ...rest } = options;
  const { config } = await configure(rest, environment);
  const openWay = wayOut(config.proxy);
  const world = makeRealWorld({ level: 'warn', program: 'fairlead-agent', openWay });
  const { identity: path } = archiveLayout(config.dataFolder);
  const { enrolledAt } = await enrolmentIn(path);
  await makeFolders(config);
  const lock = await lockDataFolder(config.dataFolder).catch((error: Error) => {
    // An enrolled host's own agent: there is nothing to do but to say so.
    if (error instanceof DataFolderTaken && enrolledAt !== null && !isAnew) return null;
    throw error;
  });
  try {
    const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
    const { instanceId, instanceName, controllerUrl } = await loadOrEnroll(path, { ...config, isAnew, machine: machineHere() }, world, enrollWith(config, ca, openWay, () => undefined), signal);
    if (options.tags !== undefined && options.tags.length > 0) await writeTags(`${dropInFolder(options.configFile ?? environment['FAIRLEAD_CONFIG'] ?? defaultConfigFile)}/50-enroll.yml`, options.tags);
    return { instanceId, instanceName, controllerUrl, isNew: enrolledAt === null || isAnew };
  } finally {
    lock?.[Symbol.dispose]();
  }
}

/** JSON is YAML. */
async function writeTags(path: string, tags: NonNullable<AgentOptions['tags']>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await realFiles().writeAtomically(path, Buffer.from(`# Written by fairlead agent enroll.\ntags: ${JSON.stringify(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])))}\n`), 0o644);
}

const EnrollAnswer = Type.Object({ instanceId: Type.String(), instanceName: Type.String(), controllerId: Type.String() });

/** `onUnreachable` is told whenever the controller was asked and did not answer. */
export function enrollWith({ connectTimeoutMs }: AgentConfig, ca: string | null, openWay: OpenWay, onUnreachable: () => void): Enroll {
  return async (controllerUrl, request, signal, pin) => {
    const meeting = pin === null ? null : await meet(controllerUrl, pin, { timeoutMs: connectTimeoutMs, openWay }, signal).catch((error: unknown) => {
      onUnreachable();
      throw error;
    });
    if (meeting?.kind === 'strange') throw new EnrollRefused(`Nothing was sent to the controller: ${meeting.why}.`);
    const authority = meeting?.authority ?? null;
    const reply = await postEnrollment(controllerUrl, request, { ca: authority === null ? ca : { only: authority }, timeoutMs: connectTimeoutMs, openWay }, signal).catch((error: unknown) => {
      onUnreachable();
      throw error;
    });
    if (reply.kind === 'refused') throw new EnrollRefused(reply.message);
    if (Value.Check(EnrollAnswer, reply.body)) return { ...reply.body, ...(authority === null ? {} : { authority }) };
    throw new EnrollRefused(`${controllerUrl} answered the enrolment in a form this agent does not know. Check that the URL is the controller's and that both are of one version.`);
  };
}

/** Session and enrolment take the way that downloads take. */
export function wayOut(configured: Proxy | undefined): OpenWay {
  return async (url, { timeoutMs, ...options }) => {
    const proxy = proxyFor(url, configured);
    return proxy === null ? null : { socket: await openTunnel(proxy, url, { ...options, idleTimeoutMs: timeoutMs }), name: `the proxy ${proxy.host}` };
  };
}

export const machineHere = (): InstanceMetadata => instanceMetadata(process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254', realClock);

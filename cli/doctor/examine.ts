// Gathers what the judgements go by, of an agent and of a controller on this host.

import type { HostFacts } from '../../world/host-facts.ts';
import { agentState } from '../commands/agent-status.ts';
import { placeOf } from '../place.ts';
import type { PlaceFlags } from '../place.ts';
import type { Shell } from '../shell.ts';
import type { Surroundings } from '../surroundings.ts';
import { problem } from './finding.ts';
import type { Finding } from './finding.ts';
import { judgeAgent } from './judge-agent.ts';
import type { AgentFacts } from './judge-agent.ts';
import { judgeServer } from './judge-server.ts';

export async function examineAgent(flags: PlaceFlags, shell: Shell, host: HostFacts): Promise<readonly Finding[]> {
  const { around } = shell;
  const { options, environment } = await placeOf('agent', flags, around);
  const place = await around.rooms.readAgentConfig(options, environment).catch((error: Error) => error);
  if (place instanceof Error) return [problem('configuration', place.message, 'Correct it; every key is told in docs/agent.md.')];
  const { dataFolder, identityFile, caFile, authority, hookUnits } = place;
  const controllerUrl = place.controllerUrl ?? place.enrolledAt;
  const [folder, identity, disk, unit, state, ca] = await Promise.all([host.path(dataFolder), host.path(identityFile), host.disk(dataFolder), host.unit('fairlead-agent.service'), agentState(flags, shell), readAuthority(caFile, around)]);
  if (ca instanceof Error) return [problem('configuration', `ca_file ${caFile ?? ''} cannot be read: ${ca.message}.`, 'Name the PEM file of your authority, or take ca_file out.')];
  const controller = controllerUrl === null ? null : await host.controller({ url: controllerUrl, ca: ca === null && authority !== null ? { only: authority } : ca, isVerified: true });
  const agent: AgentFacts['agent'] = state.state === 'running' ? state.status : state.state === 'unknown' ? { why: state.message.replace(/\.$/, '') } : state.state;
  return judgeAgent({ now: around.clock.now(), dataFolder, folder, identity, identityFile, disk, agent, controllerUrl, controller, unit, hookUnits });
}

export async function examineServer(flags: PlaceFlags, { around }: Shell, host: HostFacts): Promise<readonly Finding[]> {
  const { options, environment } = await placeOf('server', flags, around);
  const place = await around.rooms.readServerConfig(options, environment).catch((error: Error) => error);
  if (place instanceof Error) return [problem('configuration', place.message, 'Correct it; fairlead server --help and the file itself tell every key.')];
  const { dataDir, database, port, tlsFiles } = place;
  const isEverywhere = ['0.0.0.0', '::'].includes(place.host);
  const isLoopback = place.host === 'localhost' || place.host === '::1' || place.host.startsWith('127.');
  const name = isEverywhere ? '127.0.0.1' : place.host.includes(':') ? `[${place.host}]` : place.host;
  const url = `${tlsFiles === null ? 'http' : 'https'}://${name}:${port}`;
  const keyFile = `${dataDir}/secrets.key`;
  const [folder, key, disk, unit, isClockKept, controller, certificate, sight] = await Promise.all([
    host.path(dataDir),
    host.path(keyFile),
    host.disk(dataDir),
    host.unit('fairlead-server.service'),
    host.isClockKept(),
    host.controller({ url, ca: null, isVerified: false }),
    tlsFiles === null ? null : host.certificateFile(tlsFiles.certificate, tlsFiles.key),
    database === null ? around.rooms.inspectDatabase(dataDir) : ({ kind: 'well', words: 'The data are on a PostgreSQL server, which has its own doctors.' } as const),
  ]);
  return judgeServer({ now: around.clock.now(), dataFolder: dataDir, folder, keyFile, key, disk, database: sight, url, controller, certificate, isLoopback, isClockKept, unit });
}

async function readAuthority(file: string | null, around: Surroundings): Promise<string | null | Error> {
  if (file === null) return null;
  const bytes = await around.readFile(file).catch((error: Error) => error);
  if (bytes instanceof Error) return bytes;
  return bytes === null ? new Error('there is no such file') : Buffer.from(bytes).toString('utf8');
}

// Readiness as a part of ValidateService: the AppSpec's probe, done through this host's doors, its outcome in scripts.log.

import { Buffer } from 'node:buffer';
import type { Probe, Readiness } from '../../hooks/appspec/appspec.ts';
import { awaitReadiness } from '../../hooks/readiness.ts';
import type { Look } from '../../hooks/readiness.ts';
import { ScriptLog } from '../../hooks/script-log.ts';
import { LineReader } from '../../hooks/readable-lines.ts';
import type { Redaction } from '../../hooks/redaction/redaction.ts';
import { Redactor } from '../../hooks/redaction/redactor.ts';
import { locateScript } from '../../hooks/script-path.ts';
import type { Sighting } from '../../world/probes.ts';
import type { World } from '../../world/world.ts';
import type { AttemptContext, Ending } from '../executors.ts';
import { unsuccessful } from '../executors.ts';

export interface ReadinessRun {
  readonly readiness: Readiness;
  /** The unpacked bundle, for a probe that is a command. */
  readonly archiveFolder: string;
  readonly logFile: string;
  /** Of a probe that is a command. */
  readonly environment: Readonly<Record<string, string>>;
  /** What must not be shown. */
  readonly redaction: Redaction;
}

/** Null once the probe has held; else how the event ends. Throws the reason when the agent leaves. */
export async function checkReadiness(run: ReadinessRun, world: World, context: AttemptContext): Promise<Ending | null> {
  const { readiness } = run;
  const name = nameOf(readiness.probe);
  const stop = AbortSignal.any([context.cancelled, context.leaving]);
  context.log.info({ probe: name }, 'Waiting for the readiness probe to hold.');
  const end = await awaitReadiness(readiness, name, (timeoutMs) => look(run, timeoutMs, world, stop), world.clock, stop);
  context.leaving.throwIfAborted();
  switch (end.kind) {
    case 'ready':
      await note(run, world, `The readiness probe ${name} held for ${readiness.minHealthyMs} ms; ${end.looks} looks in ${Math.round(end.tookMs)} ms.`);
      return null;
    case 'not_ready': {
      const logTail = await note(run, world, end.sentence);
      const failed = unsuccessful('Failed', end.sentence);
      return { ...failed, diagnostics: { ...failed.diagnostics, logTail } };
    }
    case 'stopped':
      return unsuccessful('Cancelled', `The readiness probe ${name} was given up by the server.`);
    default:
      return end satisfies never;
  }
}

async function note({ logFile }: ReadinessRun, world: World, sentence: string): Promise<string> {
  const log = new ScriptLog(world, logFile, 0);
  await log.note(`[fairlead]${sentence}`);
  await log.close();
  return log.tail;
}

function nameOf(probe: Probe): string {
  switch (probe.kind) {
    case 'http':
      return `GET ${probe.url}`;
    case 'tcp':
      return `TCP ${probe.host}:${probe.port}`;
    case 'command':
      return probe.location;
    default:
      return probe satisfies never;
  }
}

async function look({ readiness: { probe }, archiveFolder, environment, redaction }: ReadinessRun, timeoutMs: number, world: World, stop: AbortSignal): Promise<Look> {
  switch (probe.kind) {
    case 'http': {
      const sighting = await world.probes.http(probe.url, timeoutMs, stop);
      if (sighting.kind === 'silent') return silent(sighting);
      const { status } = sighting;
      const isHealthy = probe.expectStatus === null ? status >= 200 && status <= 299 : status === probe.expectStatus;
      const expected = isHealthy ? '' : `, not ${probe.expectStatus ?? 'with one from 200 to 299'}`;
      return { isHealthy, words: `answered with status ${status}${expected}` };
    }
    case 'tcp': {
      const sighting = await world.probes.tcp(probe.host, probe.port, timeoutMs, stop);
      return sighting.kind === 'silent' ? silent(sighting) : { isHealthy: true, words: 'accepted a connection' };
    }
    case 'command':
      return runCommand(probe, archiveFolder, environment, redaction, world);
    default:
      return probe satisfies never;
  }
}

function silent({ why }: Extract<Sighting, { kind: 'silent' }>): Look {
  return { isHealthy: false, words: `did not answer: ${why}` };
}

const overtimeMs = 5_000;

/** Under timeout(1), which ends the script also when the agent has died meanwhile. */
async function runCommand(probe: Extract<Probe, { kind: 'command' }>, archiveFolder: string, environment: Readonly<Record<string, string>>, redaction: Redaction, { processes }: World): Promise<Look> {
  const { location, timeoutSeconds } = probe;
  const located = locateScript(archiveFolder, location);
  if (located.kind === 'refused') return { isHealthy: false, words: `could not be run: ${located.sentence}` };
  try {
    const { code, stdout, stderr } = await processes.run({ file: 'timeout', args: ['-s', 'KILL', String(timeoutSeconds), located.path], env: environment, cwd: '/' }, timeoutSeconds * 1_000 + overtimeMs);
    if (code === 0) return { isHealthy: true, words: 'exited with 0' };
    if (code === null || code === 137 || code === 124) return { isHealthy: false, words: `did not end within ${timeoutSeconds} s` };
    // As with hook scripts: what the archive lost is given back, and the next look runs it.
    if (code === 126) await processes.run({ file: 'chmod', args: ['+x', '--', located.path], env: environment, cwd: '/' }, overtimeMs);
    const said = lastLine(redacted(stderr, redaction)) || lastLine(redacted(stdout, redaction));
    return { isHealthy: false, words: `exited with ${code}${said === '' ? '' : `, saying ${JSON.stringify(said)}`}` };
  } catch (error) {
    return { isHealthy: false, words: `could not be run: ${(error as Error).message}` };
  }
}

function redacted(text: string, redaction: Redaction): string {
  const reader = new LineReader();
  const redactor = new Redactor(redaction);
  const lines = [...redactor.take(reader.take(Buffer.from(text))), ...redactor.finish(reader.finish())];
  return lines.map((line) => line.text).join('\n');
}

/** For a sentence: one line, no control characters, not too long. */
function lastLine(text: string): string {
  return (text.trimEnd().split('\n').at(-1) ?? '').replaceAll(/\p{C}/gu, ' ').trim().slice(0, 200);
}

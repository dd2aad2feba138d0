// The executable: assembles the real surroundings and runs one command line. Other rooms are imported when a command first
// needs them, so that `fairlead deployment list` does not load a server.

import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import packageJson from '../package.json' with { type: 'json' };
import { Interrupted, runCli } from './program.ts';
import type { Rooms, Sink, Surroundings } from './surroundings.ts';
import { realClock } from '../world/real/clock.ts';

/** A program on this host answers at once, or hangs. */
const answerMs = 5_000;

const rooms: Rooms = {
  runServer: async (options) => (await import('../server/main.ts')).runServer(options),
  runAgent: async (options) => (await import('../agent/main.ts')).runAgent(options),
  enrollHost: async (options, environment, signal) => (await import('../agent/main.ts')).enrollHost(options, environment, signal),
  makeUpgradeBundle: async (packages, folder) => {
    const [{ makeUpgradeBundle }, { realFiles }] = await Promise.all([import('./upgrade-bundle/make-bundle.ts'), import('../world/real/files.ts')]);
    return makeUpgradeBundle(packages, folder, realFiles());
  },
  startAgentService: async () => (await import('../world/real/start-service.ts')).startService('fairlead-agent.service'),
  runLocal: async (run) => (await import('../agent/main.ts')).runLocal(run),
  checkAppSpec: async (bytes) => (await import('../hooks/appspec/parse.ts')).parseAppSpecBytes(bytes),
  readAgentConfig: async (options, environment) => (await import('../agent/main.ts')).readAgentConfig(options, environment),
  readServerConfig: async (options, environment) => (await import('../server/main.ts')).readServerConfig(options, environment),
  inspectDatabase: async (dataFolder) => (await import('../server/main.ts')).inspectDatabase(dataFolder),
  backUpServer: async (options, environment, to) => (await import('../server/main.ts')).backUpServer(options, environment, to),
  restoreServer: async (options, environment, from, isReplacing) => (await import('../server/main.ts')).restoreServer(options, environment, from, isReplacing),
  askStatus: async (socket) => (await import('../world/real/status-socket.ts')).askStatus(socket, answerMs),
  lookAtHost: async () => (await import('../world/real/host-facts.ts')).realHostFacts,
  unpack: async (file, format, destination, maxBytes) => {
    const [{ unpackBundle }, { defaultBundleLimits }] = await Promise.all([import('../agent/bundle/unpack.ts'), import('../agent/bundle/limits.ts')]);
    const limits = maxBytes === null ? defaultBundleLimits : { ...defaultBundleLimits, maxBytes };
    return unpackBundle({ file, format }, destination, limits);
  },
};

const sink = (stream: NodeJS.WriteStream): Sink => ({
  write: (words) => void stream.write(words),
  isTerminal: stream.isTTY === true && process.env['TERM'] !== 'dumb',
  // A terminal that does not know its size says 0.
  columns: () => stream.columns || 80,
  rows: () => stream.rows || 24,
});

let interruption: AbortSignal | null = null;

/** From the first call on, Ctrl-C and SIGTERM abort instead of ending the process; a second one ends it. */
function listenForInterruption(): AbortSignal {
  if (interruption !== null) return interruption;
  const controller = new AbortController();
  interruption = controller.signal;
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(new Interrupted()));
  return interruption;
}

async function writeNewFile(path: string, bytes: AsyncIterable<Uint8Array>, mode = 0o666): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode });
  let isOurs = false;
  file.once('open', () => (isOurs = true));
  try {
    await pipeline(bytes, file);
  } catch (error) {
    if (isOurs) await rm(path, { force: true });
    throw error;
  }
}

const around: Surroundings = {
  version: packageJson.version,
  env: process.env,
  clock: realClock,
  out: sink(process.stdout),
  err: sink(process.stderr),
  readStdin: () => text(process.stdin),
  readFile: async (path) => {
    try {
      return await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  writeFile: writeNewFile,
  interruption: listenForInterruption,
  rooms,
};

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), around);

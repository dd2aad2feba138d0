// The shipped agent's own executable: the flags of `fairlead agent` without the rest of the CLI, so that a host carries
// the daemon and nothing else.

import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { ConfigRefused } from '../agent/config.ts';
import { EnrollRefused, NoIdentity } from '../agent/identity.ts';
import { runAgent } from '../agent/main.ts';
import type { AgentOptions } from '../agent/main.ts';

const usage = `Usage: fairlead-agent [options]

Runs this host's agent until SIGTERM or SIGINT. What is not given comes from the environment (FAIRLEAD_…) or the configuration file.

  --controller <url>    address of the controller
  --join-token <token>  token to enrol with, at the first start
  --name <name>         name of this instance
  --tag <key=value>     tag of this instance; repeat for more
  --data-dir <dir>      folder for identity, journal and bundles; made when absent
  --root <dir>          an existing folder that stands for "/" in every destination
  --config <file>       configuration file; /etc/fairlead/agent.yml when not given
  --verbose             log more
  --version, --help
`;

const flags = {
  controller: { type: 'string' },
  'join-token': { type: 'string' },
  name: { type: 'string' },
  tag: { type: 'string', multiple: true },
  'data-dir': { type: 'string' },
  root: { type: 'string' },
  config: { type: 'string' },
  verbose: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** EX_CONFIG of sysexits.h: what has to be put right by somebody before another start makes sense. The unit knows it. */
const misconfigured = 78;

/**
 * Ends with 0 after an orderly stop, 1 when the agent could not start or go on, 2 for a wrong command line, 78 when its
 * configuration is refused, by itself or by the controller.
 */
async function main(args: readonly string[]): Promise<number> {
  let given;
  try {
    given = parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    return complain(`${(error as Error).message}\nTry: fairlead-agent --help`, 2);
  }
  if (given.help === true) return say(usage);
  if (given.version === true) return say(`${packageJson.version}\n`);
  const badTag = given.tag?.find((tag) => tag.indexOf('=') < 1);
  if (badTag !== undefined) return complain(`The tag ${JSON.stringify(badTag)} is not of the form KEY=VALUE.`, 2);
  const options: AgentOptions = {
    tags: (given.tag ?? []).map((tag) => ({ Key: tag.slice(0, tag.indexOf('=')), Value: tag.slice(tag.indexOf('=') + 1) })),
    ...(given.controller === undefined ? {} : { controller: given.controller }),
    ...(given['join-token'] === undefined ? {} : { joinToken: given['join-token'] }),
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given['data-dir'] === undefined ? {} : { dataDir: given['data-dir'] }),
    ...(given.root === undefined ? {} : { root: given.root }),
    ...(given.config === undefined ? {} : { configFile: given.config }),
    ...(given.verbose === undefined ? {} : { verbose: given.verbose }),
  };
  try {
    return await runAgent(options);
  } catch (error) {
    const isRefusal = error instanceof ConfigRefused || error instanceof NoIdentity || error instanceof EnrollRefused;
    return complain((error as Error).message, isRefusal ? misconfigured : 1);
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(text: string, status: number): number {
  process.stderr.write(`${text}\n`);
  return status;
}

process.exitCode = await main(process.argv.slice(2));

// The whole command line as one value: commands, their help, and how what goes wrong becomes words and an exit status.

import { Command, CommanderError } from 'commander';
import { addAccessKeyCommands } from './commands/access-key.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addApplicationCommands } from './commands/application.ts';
import { addAppSpecCommands } from './commands/appspec.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addBundleCommands } from './commands/bundle.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDeployCommand } from './commands/deploy.ts';
import { addDeploymentCommands } from './commands/deployment.ts';
import { addDeploymentConfigCommands } from './commands/deployment-config.ts';
import { addDeploymentGroupCommands } from './commands/deployment-group.ts';
import { addFreezeCommands } from './commands/freeze.ts';
import { addInstanceCommands } from './commands/instance.ts';
import { addLintCommand } from './commands/lint.ts';
import { addLocalCommand } from './commands/local.ts';
import { addKeyCommands } from './commands/key.ts';
import { addPromoteCommand } from './commands/promote.ts';
import { addPromotionCommands } from './commands/promotion.ts';
import { addPromotionPathCommands } from './commands/promotion-path.ts';
import { addPushCommand } from './commands/push.ts';
import { addRevisionCommands } from './commands/revision.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addServerCommand } from './commands/server.ts';
import { addTokenCommands } from './commands/token.ts';
import { addAlarmCommands } from './commands/alarm.ts';
import { addTrafficRouterCommands } from './commands/traffic-router.ts';
import { addFleetProviderCommands } from './commands/fleet-provider.ts';
import { addTriggerCommands } from './commands/trigger.ts';
import { printable } from './printable.ts';
import { Refusal, exitStatus } from './refusal.ts';
import type { ExitStatus } from './refusal.ts';
import { createShell } from './shell.ts';
import type { Shell } from './shell.ts';
import type { Surroundings } from './surroundings.ts';

const guide = `
Getting started:
  $ fairlead server --data-dir ./data --listen 127.0.0.1:8080
  $ export FAIRLEAD_URL=http://127.0.0.1:8080
  $ fairlead token create --quiet --credentials ./data/administrator-access-key.json
  $ fairlead agent --controller http://127.0.0.1:8080 --join-token TOKEN --name web-1 --tag role=web --data-dir ./web-1
  $ fairlead push ./my-app --application my-app --create-application
  $ fairlead deployment-group create production --application my-app --tag role=web
  $ fairlead deploy --application my-app --deployment-group production --directory ./my-app

Exit status: 0 done; 1 the deployment failed, or what appspec validate and bundle unpack looked at is not valid; 2 refused,
and nothing was changed; 3 stopped; 4 no answer from the server. With --json a refusal is JSON too, on standard error.
`;

/** Builds the program; commands report their status to `finish`, and what is wrong with a command line goes to `onUsage` if there is one. */
export function buildProgram(around: Surroundings, finish: (status: ExitStatus) => void, onUsage: ((text: string) => void) | null = null): Command {
  const shell = createShell(around, finish);
  const program = new Command('fairlead')
    .description('Deploys revisions to plain hosts, in CodeDeploy’s own terms: server, agent and client in one executable.')
    .version(around.version, '--version', 'print the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', guide);
  const rooms: readonly ((program: Command, shell: Shell) => void)[] = [
    addServerCommand,
    addAgentCommand,
    addLocalCommand,
    addDoctorCommand,
    addTokenCommands,
    addAccessKeyCommands,
    addAuditCommands,
    addPushCommand,
    addDeployCommand,
    addDeploymentCommands,
    addApplicationCommands,
    addDeploymentGroupCommands,
    addDeploymentConfigCommands,
    addPromoteCommand,
    addPromotionCommands,
    addPromotionPathCommands,
    addRevisionCommands,
    addFreezeCommands,
    addSecretCommands,
    addInstanceCommands,
    addAlarmCommands,
    addTrafficRouterCommands,
    addFleetProviderCommands,
    addLintCommand,
    addTriggerCommands,
    addAppSpecCommands,
    addBundleCommands,
    addKeyCommands,
  ];
  for (const add of rooms) add(program, shell);
  settle(program, around, onUsage);
  return program;
}

/** What each command would inherit had it been made with `program.command()` after these were set; done once, at the end. */
function settle(command: Command, around: Surroundings, onUsage: ((text: string) => void) | null): void {
  command.exitOverride();
  command.showSuggestionAfterError(true);
  command.configureOutput({
    writeOut: (text) => around.out.write(text),
    writeErr: (text) => around.err.write(text),
    getOutHelpWidth: () => Math.min(100, around.out.isTerminal ? around.out.columns() : 100),
    getErrHelpWidth: () => Math.min(100, around.err.isTerminal ? around.err.columns() : 100),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    outputError: (text, write) => (onUsage === null ? write(`${text}See how it is used: ${pathOf(command)} --help\n`) : onUsage(text)),
  });
  for (const child of command.commands) settle(child, around, onUsage);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Runs one command line (without the executable's name) to its end and answers its exit status. Never throws. */
export async function runCli(args: readonly string[], around: Surroundings): Promise<number> {
  let status: number = exitStatus.succeeded;
  let usageComplaint: string | null = null;
  const isJson = isJsonWanted(args);
  const program = buildProgram(around, (given) => {
    status = given;
  }, isJson ? (text) => (usageComplaint = text.replace(/^error: /, '').trim()) : null);
  if (args.length === 0) {
    around.err.write(program.helpInformation());
    around.err.write(guide);
    return exitStatus.refused;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return isJsonWanted(args) ? reportAsJson(error, around, usageComplaint) : report(error, around);
  }
}

function isJsonWanted(args: readonly string[]): boolean {
  return args.slice(0, args.includes('--') ? args.indexOf('--') : args.length).includes('--json');
}

/** One JSON value on standard error: what a program that reads our output can act on. */
function reportAsJson(error: unknown, around: Surroundings, usage: string | null): number {
  const tell = (code: string, message: string, exit: number, more: object = {}): number => {
    around.err.write(`${JSON.stringify({ code, message, ...more, exitStatus: exit })}\n`);
    return exit;
  };
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.succeeded : tell('Usage', usage ?? error.message, exitStatus.refused);
  if (error instanceof Interrupted) return tell('Interrupted', 'Interrupted.', exitStatus.interrupted);
  if (error instanceof Refusal) return tell(error.code ?? (error.status === exitStatus.unreachable ? 'Unreachable' : 'Refused'), error.message, error.status, { advice: error.advice });
  return tell('Defect', error instanceof Error ? error.message : String(error), exitStatus.defect, { stack: error instanceof Error ? error.stack : null });
}

function report(error: unknown, around: Surroundings): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.succeeded : exitStatus.refused;
  if (error instanceof Interrupted) return exitStatus.interrupted;
  if (error instanceof Refusal) {
    around.err.write([printable(error.message), ...error.advice.map(printable)].map((line) => `${line}\n`).join(''));
    return error.status;
  }
  around.err.write(`Something went wrong in fairlead itself; this is a defect worth reporting.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitStatus.defect;
}

/** Ctrl-C, once a command has listened for it: the reason of `Surroundings.interruption()`. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

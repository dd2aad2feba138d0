// What every command is given: a client made from its flags, a way to print, and the last word on the exit status.

import type { Command } from 'commander';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import { findConnection } from './connection.ts';
import type { ConnectionFlags } from './connection.ts';
import { DeploymentChange } from '../protocol/model/deployment-change.ts';
import type { Progress } from './progress.ts';
import { jsonProgress, liveProgress, plainProgress } from './progress.ts';
import { Refusal } from './refusal.ts';
import type { ExitStatus } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import { LogPiece } from '../protocol/model/log-piece.ts';
import { respellInstants, toIso } from '../protocol/model/timestamp.ts';
import type { OperationDefinition, OutputOf } from '../protocol/operations/operation.ts';

export interface Shell {
  readonly around: Surroundings;
  readonly client: (flags: ConnectionFlags & { readonly reason?: string }) => Promise<Client>;
  /** One JSON value with --json, else lines. Both are made before anything is printed. */
  readonly print: (flags: OutputFlags, json: unknown, lines: readonly string[]) => void;
  /** A remark on standard error, which no script reads as output. */
  readonly remark: (line: string) => void;
  /** Live on a terminal, plain elsewhere. */
  readonly progress: () => Progress;
  /** One JSON line for each picture. */
  readonly jsonProgress: () => Progress;
  /** The exit status, when it is not 0. */
  readonly finish: (status: ExitStatus) => void;
}

export interface OutputFlags {
  readonly json?: boolean;
}

export type ClientFlags = ConnectionFlags & OutputFlags & { readonly reason?: string };

export function createShell(around: Surroundings, finish: (status: ExitStatus) => void): Shell {
  return {
    around,
    client: async (flags) => createClient(await findConnection(flags, around), readReason(flags.reason)),
    print: (flags, json, lines) => around.out.write(flags.json === true ? `${JSON.stringify(json, null, 2)}\n` : lines.map((line) => `${line}\n`).join('')),
    remark: (line) => around.err.write(`${line}\n`),
    progress: () => (around.out.isTerminal ? liveProgress(around.out, around.clock) : plainProgress(around.out, around.err)),
    jsonProgress: () => jsonProgress(around.out, around.err, spellChange),
    finish,
  };
}

/** An answer as the REST face spells it: instants in ISO 8601. */
export function spellAnswer<D extends OperationDefinition>(definition: D, answer: OutputOf<D>): unknown {
  return definition.output === null ? null : respellInstants(definition.output, answer, (instant) => toIso(instant as number));
}

export function spellChange(change: DeploymentChange): unknown {
  return respellInstants(DeploymentChange, change, (instant) => (typeof instant === 'number' ? toIso(instant) : instant));
}

export function spellLogPiece(piece: LogPiece): unknown {
  return respellInstants(LogPiece, piece, (instant) => toIso(instant as number));
}

/** Adds what every command that talks to the server takes, and the examples below its help. */
export function clientCommand(command: Command, examples: readonly string[]): Command {
  command
    .option('--json', 'print one JSON value instead of text')
    .option('--url <url>', 'address of the server (FAIRLEAD_URL)')
    .option('--access-key-id <id>', 'access key (FAIRLEAD_ACCESS_KEY_ID)')
    .option('--secret-access-key <secret>', 'its secret; better in the environment (FAIRLEAD_SECRET_ACCESS_KEY)')
    .option('--credentials <file>', 'JSON file with accessKeyId and secretAccessKey, such as DATA_DIR/administrator-access-key.json')
    .option('--ca-file <file>', 'PEM file of an authority to trust besides the system’s, such as DATA_DIR/tls-ca.pem (FAIRLEAD_CA_FILE)');
  // A command that has to be told why anyway has this flag already.
  if (!command.options.some(({ long }) => long === '--reason')) command.option('--reason <text>', 'why, for the audit log');
  return withExamples(command, examples);
}

/** Throws a Refusal for what the server would not take. */
function readReason(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length > 512 || /\p{Cc}/u.test(text)) throw new Refusal('--reason is one line of at most 512 characters.');
  return text;
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`);
}

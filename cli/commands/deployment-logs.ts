// `fairlead deployment logs`: what the hooks of a deployment printed, whole where the diagnostics have only the end.

import type { Command } from 'commander';
import { followLogs, readLogs } from '../follow-logs.ts';
import { logLines } from '../log-lines.ts';
import { clientCommand, spellLogPiece } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { LogPiece } from '../../protocol/model/log-piece.ts';

interface LogsFlags extends ClientFlags {
  readonly target?: string;
  readonly event?: string;
  readonly follow?: boolean;
}

export function addLogs(deployment: Command, shell: Shell): void {
  const logs = deployment
    .command('logs')
    .description('Shows what the hooks printed, of each script the beginning and the end. With --json each piece is one line, as the API has it.')
    .argument('<id>')
    .option('--target <name>', 'only of this instance')
    .option('--event <event>', 'only of this lifecycle event, such as AfterInstall')
    .option('--follow', 'go on until the deployment has ended')
    .action(async (deploymentId: string, flags: LogsFlags) => {
      const client = await shell.client(flags);
      const question = { deploymentId, ...(flags.target === undefined ? {} : { targetId: flags.target }), ...(flags.event === undefined ? {} : { lifecycleEventName: flags.event }) };
      const signal = shell.around.interruption();
      const pieces = flags.follow === true ? followLogs(client, shell.around.clock, question, signal) : readLogs(client, question);
      let isEmpty = true;
      for await (const lines of spelled(pieces, flags.json === true)) {
        isEmpty = false;
        shell.around.out.write(lines.map((line) => `${line}\n`).join(''));
      }
      if (isEmpty) shell.remark(`The hooks of ${deploymentId} have printed nothing${flags.target === undefined && flags.event === undefined ? '' : ' there'}${flags.follow === true ? '' : ' yet'}.`);
    });
  clientCommand(logs, ['fairlead deployment logs d-ABCDEFGHI', 'fairlead deployment logs d-ABCDEFGHI --target web-1 --event AfterInstall', 'fairlead deployment logs d-ABCDEFGHI --follow']);
}

async function* spelled(pieces: AsyncIterable<LogPiece>, isJson: boolean): AsyncGenerator<readonly string[]> {
  const linesOf = logLines();
  for await (const piece of pieces) yield isJson ? [JSON.stringify(spellLogPiece(piece))] : linesOf(piece);
}

// `fairlead doctor`: looks at the agent and the controller of this host and says what is not well, and what to do about it.

import type { Command } from 'commander';
import { examineAgent, examineServer } from '../doctor/examine.ts';
import { hasProblem } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import type { PlaceFlags, Program } from '../place.ts';
import { printable } from '../printable.ts';
import { Refusal, exitStatus } from '../refusal.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';

interface DoctorFlags extends PlaceFlags, OutputFlags {
  readonly agent?: boolean;
  readonly server?: boolean;
}

export function addDoctorCommand(program: Command, shell: Shell): void {
  const command = program
    .command('doctor')
    .summary('find out what is not well on this host')
    .description('Looks at the agent and the controller that are on this host: whether they run, permissions, disk, database, TLS, the controller’s address, clocks, and what became of their units. Changes nothing. Exit status: 0 no problem (there may be warnings), 1 a problem. Run it as root to see everything.')
    .option('--agent', 'the agent alone')
    .option('--server', 'the controller alone')
    .option('--data-dir <dir>', 'data folder of the one that is meant')
    .option('--config <file>', 'configuration file of the one that is meant')
    .option('--json', 'print one JSON value instead: each finding with check, verdict, sentence and remedy')
    .action(async (flags: DoctorFlags) => {
      const programs = await whichOf(flags, shell);
      const host = await shell.around.rooms.lookAtHost();
      const examined: { readonly program: Program; readonly findings: readonly Finding[] }[] = [];
      for (const one of programs) examined.push({ program: one, findings: await (one === 'agent' ? examineAgent : examineServer)(flags, shell, host) });
      const findings = examined.flatMap(({ program: of, findings: some }) => some.map((finding) => ({ program: of, ...finding })));
      shell.print(flags, { findings }, examined.flatMap(({ program: of, findings: some }) => [of === 'agent' ? 'Agent' : 'Controller', ...some.flatMap(linesOf)]));
      if (hasProblem(findings)) shell.finish(exitStatus.failed);
    });
  withExamples(command, ['fairlead doctor', 'fairlead doctor --agent --json', 'fairlead doctor --server --data-dir ./fairlead']);
}

const signs: Readonly<Record<Finding['verdict'], string>> = { well: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

function linesOf({ check, verdict, sentence, remedy }: Finding): readonly string[] {
  return [`  ${signs[verdict]}  ${check.padEnd(13)}  ${printable(sentence)}`, ...(remedy === null ? [] : [`${' '.repeat(26)}${printable(remedy)}`])];
}

/** Those that are asked for, or that this host has. */
async function whichOf({ agent, server, dataDir, config }: DoctorFlags, { around }: Shell): Promise<readonly Program[]> {
  if (agent === true || server === true) {
    if (agent === true && server === true && (dataDir !== undefined || config !== undefined)) throw new Refusal('--data-dir and --config are of one program: say --agent or --server.');
    return [...(agent === true ? (['agent'] as const) : []), ...(server === true ? (['server'] as const) : [])];
  }
  if (dataDir !== undefined || config !== undefined) throw new Refusal('--data-dir and --config are of one program: say --agent or --server.');
  const host = await around.rooms.lookAtHost();
  const isHere = async (name: Program): Promise<boolean> => (await Promise.all([`/etc/fairlead/${name}.yml`, `/var/lib/fairlead-${name}`].map((path) => host.path(path)))).some(({ kind }) => kind !== 'absent');
  const here = (await Promise.all((['server', 'agent'] as const).map(async (name) => ((await isHere(name)) ? [name] : [])))).flat();
  if (here.length === 0) throw new Refusal('Neither an agent nor a controller is installed on this host.', { advice: ['Say which to look for, and where: --agent or --server, with --data-dir.'] });
  return here;
}

// `fairlead appspec …`: the verdict the agents would give, without a server.

import type { Command } from 'commander';
import { complaintLine, readAppSpecFile } from '../check-appspec.ts';
import { exitStatus } from '../refusal.ts';
import { withExamples } from '../shell.ts';
import type { OutputFlags, Shell } from '../shell.ts';

export function addAppSpecCommands(program: Command, shell: Shell): void {
  const appspec = program.command('appspec').summary('check an AppSpec').description('AppSpec files: what agents do with a bundle.');
  const validate = appspec
    .command('validate')
    .description('Checks an AppSpec as the agents do. Complaints and warnings go to standard error, as FILE:LINE: KEY: SENTENCE. Exit status: 0 accepted, 1 refused, 2 the file cannot be read.')
    .argument('<file>')
    .option('--json', 'print the verdict as one JSON value instead')
    .action(async (file: string, flags: OutputFlags) => {
      const bytes = await readAppSpecFile(file, shell.around);
      const verdict = await shell.around.rooms.checkAppSpec(bytes);
      const remarks = verdict.kind === 'accepted' ? verdict.warnings : verdict.complaints;
      if (flags.json === true) {
        const { kind } = verdict;
        const json = verdict.kind === 'accepted' ? { file, verdict: kind, warnings: verdict.warnings } : { file, verdict: kind, complaints: verdict.complaints };
        shell.print(flags, json, []);
      } else {
        for (const remark of remarks) shell.remark(complaintLine(file, remark, verdict.kind === 'accepted' ? 'warning: ' : ''));
        if (verdict.kind === 'accepted') shell.print(flags, null, [`${file} is a valid AppSpec.`]);
      }
      if (verdict.kind === 'refused') shell.finish(exitStatus.failed);
    });
  withExamples(validate, ['fairlead appspec validate appspec.yml']);
}

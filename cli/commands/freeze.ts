// `fairlead freeze …`: when no deployment may start.

import type { Command } from 'commander';
import { parseDurationSeconds, parseInstant } from '../flags.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import type { Freeze } from '../../protocol/model/calendar.ts';
import { createFreeze } from '../../protocol/operations/create-freeze.ts';
import { deleteFreeze } from '../../protocol/operations/delete-freeze.ts';
import { listFreezes } from '../../protocol/operations/list-freezes.ts';

interface CreateFlags extends ClientFlags {
  readonly reason: string;
  readonly application?: string;
  readonly deploymentGroup?: string;
  readonly from?: string;
  readonly until?: string;
  readonly cron?: string;
  readonly duration?: string;
  readonly timeZone?: string;
}

export function addFreezeCommands(program: Command, shell: Shell): void {
  const freeze = program.command('freeze').summary('say when no deployment may start').description('Freezes: while one is in force, no deployment that it covers starts. Rollbacks may; what runs already goes on.');

  const create = freeze
    .command('create')
    .description('Freezes everything, one application, or one deployment group: from now until it is lifted, unless times are given.')
    .argument('<name>')
    .requiredOption('--reason <text>', 'why; everyone who is held reads it')
    .option('--application <name>', 'only this application')
    .option('--deployment-group <name>', 'only this group; needs --application')
    .option('--from <instant>', 'begins then: 2026-12-20T00:00:00+01:00, or a span from now such as 2h')
    .option('--until <instant>', 'ends then')
    .option('--cron <expression>', 'begins whenever it strikes: minute hour day month weekday; with --duration')
    .option('--duration <duration>', 'how long it lasts each time: 30m, 12h, 3d')
    .option('--time-zone <zone>', 'of the cron expression, such as Europe/Berlin; UTC when not given')
    .action(async (freezeName: string, flags: CreateFlags) => {
      const now = shell.around.clock.now();
      const input = {
        freezeName,
        reason: flags.reason,
        ...(flags.application === undefined ? {} : { applicationName: flags.application }),
        ...(flags.deploymentGroup === undefined ? {} : { deploymentGroupName: flags.deploymentGroup }),
        ...(flags.from === undefined ? {} : { startsAt: parseInstant(flags.from, now) }),
        ...(flags.until === undefined ? {} : { endsAt: parseInstant(flags.until, now) }),
        ...(flags.cron === undefined ? {} : { cron: flags.cron }),
        ...(flags.duration === undefined ? {} : { durationMinutes: Math.ceil(parseDurationSeconds(flags.duration) / 60) }),
        ...(flags.timeZone === undefined ? {} : { timeZone: flags.timeZone }),
      };
      const answer = await (await shell.client(flags)).call(createFreeze, input);
      shell.print(flags, spellAnswer(createFreeze, answer), [`The freeze ${freezeName} is made. Lift it with: fairlead freeze delete ${freezeName}`]);
    });
  clientCommand(create, [
    "fairlead freeze create incident-42 --reason 'checkout is down; nothing else changes until it is up'",
    "fairlead freeze create christmas --reason 'nobody is in' --from 2026-12-23T18:00:00+01:00 --until 2027-01-02T08:00:00+01:00",
    "fairlead freeze create weekends --application shop --cron '0 16 * * 5' --duration 64h --time-zone Europe/Berlin --reason 'not over the weekend'",
  ]);

  const list = freeze
    .command('list')
    .description('Lists freezes, and says which are in force now.')
    .action(async (flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(listFreezes, {});
      const rows = answer.freezes.map((one) => [one.freezeName, one.isInForce ? 'in force' : '', scopeWords(one), timeWords(one), one.createdBy, one.reason]);
      shell.print(flags, spellAnswer(listFreezes, answer), tableLines(['NAME', 'NOW', 'COVERS', 'WHEN', 'BY', 'REASON'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark('There is no freeze.');
    });
  clientCommand(list, ['fairlead freeze list']);

  const remove = freeze
    .command('delete')
    .description('Lifts a freeze for good; what it held goes on.')
    .argument('<name>')
    .action(async (freezeName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(deleteFreeze, { freezeName });
      shell.print(flags, spellAnswer(deleteFreeze, answer), [`The freeze ${freezeName} is lifted.`]);
    });
  clientCommand(remove, ['fairlead freeze delete incident-42']);
}

function scopeWords({ applicationName, deploymentGroupName }: Freeze): string {
  if (applicationName === undefined) return 'everything';
  return deploymentGroupName === undefined ? applicationName : `${applicationName}/${deploymentGroupName}`;
}

function timeWords({ cron, durationMinutes, timeZone = 'UTC', startsAt, endsAt }: Freeze): string {
  const parts = [
    ...(cron === undefined ? [] : [`${cron} for ${durationMinutes ?? '?'} min (${timeZone})`]),
    ...(startsAt === undefined ? [] : [`from ${instantWords(startsAt)}`]),
    ...(endsAt === undefined ? [] : [`until ${instantWords(endsAt)}`]),
  ];
  return parts.length === 0 ? 'until lifted' : parts.join(' ');
}

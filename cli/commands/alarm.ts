// `fairlead alarm …`: what the names of alarms mean, which deployment groups name.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { collect, parseCount, parseDurationSeconds } from '../flags.ts';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { Surroundings } from '../surroundings.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import type { AlarmHeader, AlarmSource, Comparison } from '../../protocol/model/alarm.ts';
import { deleteAlarm } from '../../protocol/operations/delete-alarm.ts';
import { getAlarm } from '../../protocol/operations/get-alarm.ts';
import { listAlarms } from '../../protocol/operations/list-alarms.ts';
import { putAlarm } from '../../protocol/operations/put-alarm.ts';

interface PutFlags extends ClientFlags {
  readonly prometheus?: string;
  readonly query?: string;
  readonly for?: string;
  readonly cloudwatch?: string | true;
  readonly region?: string;
  readonly http?: string;
  readonly probe?: string;
  readonly rate?: string;
  readonly failures?: string;
  readonly status?: string;
  readonly pointer?: string;
  readonly above?: string;
  readonly below?: string;
  readonly equals?: string;
  readonly headerFile?: string;
  readonly header?: readonly string[];
  readonly poll?: string;
  readonly timeout?: string;
  readonly description?: string;
}

export function addAlarmCommands(program: Command, shell: Shell): void {
  const alarm = program
    .command('alarm')
    .summary('say what the names of alarms mean')
    .description('Alarms that stop deployments: what the names mean that alarm configurations of deployment groups name.');

  const put = alarm
    .command('put')
    .description('Says what the name of an alarm means: a Prometheus query, an alarm of CloudWatch, an HTTP address, or a probe of the service. Replaces what it meant before.')
    .argument('<name>')
    .option('--prometheus <url>', 'address of a Prometheus; with --query, and --above or --below')
    .option('--query <promql>', 'gives one or more values at all times')
    .option('--for <duration>', 'the comparison must hold for so long: 30s, 5m')
    .option('--cloudwatch [name]', 'an alarm of CloudWatch; of the same name when none is given')
    .option('--region <region>', 'with --cloudwatch')
    .option('--http <url>', 'an address that answers as expected while all is well')
    .option('--probe <url>', 'an address of the service, through its balancer, that is asked all the while; failures are counted')
    .option('--rate <n>', 'with --probe: how many times a second; 5 when not given')
    .option('--failures <n>', 'with --probe: it is an alarm when so many have failed within a minute; 1 when not given')
    .option('--status <n>', 'with --http and --probe: the status that is expected; any 2xx when not given')
    .option('--pointer <pointer>', 'with --http: JSON pointer into the answer, as /checks/errors; with --equals, --above or --below')
    .option('--above <n>', 'it is an alarm when the value is greater')
    .option('--below <n>', 'it is an alarm when the value is less')
    .option('--equals <value>', 'with --pointer: it is an alarm when the value is another')
    .option('--header <name: value>', 'sent with each request, stored encrypted; repeat for more; better --header-file', collect)
    .option('--header-file <file>', 'the same, one a line; - reads standard input')
    .option('--poll <duration>', 'how often it is asked during a deployment; 15s when not given, 1s for a probe')
    .option('--timeout <duration>', 'how long an answer may take; 10s when not given, 5s for a probe')
    .option('--description <text>')
    .action(async (name: string, flags: PutFlags) => {
      const source = sourceOf(flags);
      const headers = await headersOf(flags, shell.around);
      const input = {
        name,
        source,
        ...(headers === undefined ? {} : { headers }),
        ...(flags.poll === undefined ? {} : { pollSeconds: parseDurationSeconds(flags.poll) }),
        ...(flags.timeout === undefined ? {} : { timeoutSeconds: parseDurationSeconds(flags.timeout) }),
        ...(flags.description === undefined ? {} : { description: flags.description }),
      };
      const answer = await (await shell.client(flags)).call(putAlarm, input);
      shell.print(flags, spellAnswer(putAlarm, answer), [`The alarm ${name} is defined. Deployment groups name it in their alarmConfiguration.`]);
    });
  clientCommand(put, [
    'fairlead alarm put errors --prometheus http://prometheus:9090 --query \'sum(rate(http_errors[1m]))\' --above 5 --for 1m',
    'fairlead alarm put prod-5xx --cloudwatch --region eu-west-1',
    'fairlead alarm put shop-probe --probe https://shop.example/ --rate 10 --failures 3',
    'fairlead alarm put checkout --http https://shop.example/health --pointer /status --equals up',
  ]);

  const list = alarm
    .command('list')
    .description('Lists the alarms that were defined here.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const alarms = await Array.fromAsync(eachItem(client, listAlarms, {}, (page) => page.alarms));
      const rows = alarms.map((one) => [one.name, one.source.kind, sourceWords(one.source), one.description ?? '']);
      shell.print(flags, spellAnswer(listAlarms, { alarms }), tableLines(['NAME', 'KIND', 'MEANS', 'DESCRIPTION'], rows));
    });
  clientCommand(list, ['fairlead alarm list']);

  const show = alarm
    .command('show')
    .description('Says what the name of an alarm means.')
    .argument('<name>')
    .action(async (name: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(getAlarm, { name });
      const { alarm: found } = answer;
      shell.print(
        flags,
        spellAnswer(getAlarm, answer),
        factLines([
          ['name', found.name],
          ['description', found.description],
          ['kind', found.source.kind],
          ['means', sourceWords(found.source)],
          ['headers', found.headerNames.join(', ')],
          ['asked every', `${found.pollSeconds ?? (found.source.kind === 'probe' ? 1 : 15)} s`],
          ['changed', instantWords(found.updatedAt)],
        ]),
      );
    });
  clientCommand(show, ['fairlead alarm show errors']);

  const remove = alarm
    .command('delete')
    .description('Forgets what the name of an alarm means. Deployments of groups that name it will not know it.')
    .argument('<name>')
    .action(async (name: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(deleteAlarm, { name });
      shell.print(flags, { name }, [`The alarm ${name} is no more.`]);
    });
  clientCommand(remove, ['fairlead alarm delete errors']);
}

function sourceOf(flags: PutFlags): AlarmSource {
  const kinds = [flags.prometheus, flags.cloudwatch, flags.http, flags.probe].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) throw new Refusal('Give exactly one of --prometheus, --cloudwatch, --http and --probe.');
  if (flags.prometheus !== undefined) {
    if (flags.query === undefined) throw new Refusal('--prometheus needs --query.');
    const { comparison, value } = thresholdOf(flags);
    return { kind: 'prometheus', url: flags.prometheus, query: flags.query, comparison, threshold: value, ...(flags.for === undefined ? {} : { forSeconds: parseDurationSeconds(flags.for) }) };
  }
  if (flags.cloudwatch !== undefined) {
    return { kind: 'cloudwatch', ...(flags.cloudwatch === true ? {} : { alarmName: flags.cloudwatch }), ...(flags.region === undefined ? {} : { region: flags.region }) };
  }
  if (flags.probe !== undefined) {
    return {
      kind: 'probe',
      url: flags.probe,
      ...(flags.status === undefined ? {} : { expectedStatus: parseCount(flags.status, '--status', 100, 599) }),
      ...(flags.rate === undefined ? {} : { perSecond: parseCount(flags.rate, '--rate', 1, 50) }),
      ...(flags.failures === undefined ? {} : { failures: parseCount(flags.failures, '--failures', 1, 1000) }),
    };
  }
  return {
    kind: 'http',
    url: flags.http ?? '',
    ...(flags.status === undefined ? {} : { expectedStatus: parseCount(flags.status, '--status', 100, 599) }),
    ...(flags.pointer === undefined ? {} : { pointer: flags.pointer, ...expectationOf(flags) }),
  };
}

function thresholdOf({ above, below }: PutFlags): { readonly comparison: 'GREATER' | 'LESS'; readonly value: number } {
  if ((above === undefined) === (below === undefined)) throw new Refusal('Give exactly one of --above and --below.');
  return above !== undefined ? { comparison: 'GREATER', value: parseNumber(above, '--above') } : { comparison: 'LESS', value: parseNumber(below ?? '', '--below') };
}

/** The API says what is well; the flags say what is not. */
function expectationOf(flags: PutFlags): { readonly comparison: Comparison; readonly value: string | number | boolean } {
  if (flags.equals === undefined) {
    const { comparison, value } = thresholdOf(flags);
    return { comparison: comparison === 'GREATER' ? 'LESS_OR_EQUAL' : 'GREATER_OR_EQUAL', value };
  }
  if (flags.above !== undefined || flags.below !== undefined) throw new Refusal('Give exactly one of --equals, --above and --below.');
  const { equals } = flags;
  return { comparison: 'EQUAL', value: equals === 'true' || equals === 'false' ? equals === 'true' : equals.trim() !== '' && Number.isFinite(Number(equals)) ? Number(equals) : equals };
}

function parseNumber(text: string, what: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new Refusal(`${what} is ${showPrintable(text)}, but must be a number.`);
}

async function headersOf({ header, headerFile }: PutFlags, around: Surroundings): Promise<AlarmHeader[] | undefined> {
  if (header === undefined && headerFile === undefined) return undefined;
  const lines = headerFile === undefined ? [] : (headerFile === '-' ? await around.readStdin() : await textOf(headerFile, around)).split('\n');
  return [...lines.map((line) => line.trim()).filter((line) => line !== ''), ...(header ?? [])].map((line) => {
    const colon = line.indexOf(':');
    // The value may be a secret: it is not shown.
    if (colon < 1) throw new Refusal('A header is written as NAME: VALUE.');
    return { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() };
  });
}

async function textOf(file: string, around: Surroundings): Promise<string> {
  const bytes = await around.readFile(file);
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  return Buffer.from(bytes).toString('utf8');
}

function sourceWords(source: AlarmSource): string {
  switch (source.kind) {
    case 'prometheus':
      return `${source.query} ${source.comparison} ${source.threshold}${source.forSeconds === undefined ? '' : ` for ${source.forSeconds} s`}, at ${source.url}`;
    case 'cloudwatch':
      return [source.alarmName, source.region].filter((part) => part !== undefined).join(' in ');
    case 'probe':
      return `${source.url} answers ${source.expectedStatus ?? '2xx'}, ${source.perSecond ?? 5} times a second; ${source.failures ?? 1} failed within a minute are an alarm`;
    case 'http':
      return `${source.url} answers ${source.expectedStatus ?? '2xx'}${source.pointer === undefined ? '' : `, with ${source.pointer} ${source.comparison ?? 'EQUAL'} ${String(source.value)}`}`;
  }
}

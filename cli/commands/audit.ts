// `fairlead audit …`: who changed what, when, from where and why. The chain is recomputed here, from what the server
// sends or from an exported file: a server that lies about its log would have to lie about every hash.

import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { eachItem } from '../collect-pages.ts';
import { parseCount, parseDurationSeconds } from '../flags.ts';
import { printable, showPrintable } from '../printable.ts';
import { exitStatus, Refusal } from '../refusal.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import { type AuditHead, AuditRecord, checkChain } from '../../protocol/model/audit-record.ts';
import { respellInstants, toIso } from '../../protocol/model/timestamp.ts';
import { listAuditRecords } from '../../protocol/operations/list-audit-records.ts';

interface ListFlags extends ClientFlags {
  readonly operation?: string;
  readonly subject?: string;
  readonly by?: string;
  readonly since?: string;
  readonly limit?: string;
}

interface VerifyFlags extends ClientFlags {
  readonly head?: string;
  readonly file?: string;
}

export function addAuditCommands(program: Command, shell: Shell): void {
  const audit = program
    .command('audit')
    .summary('read, verify and export the audit log')
    .description('The audit log: every change, and every attempt that was refused for want of access. Its records are chained by hashes.');

  const list = audit
    .command('list')
    .description('Lists records, the newest first.')
    .option('--operation <name>', 'of this operation, such as CreateDeployment')
    .option('--subject <subject>', 'about this: application:web, deployment-group:web/blue, deployment:d-…, instance:web-1, access-key:…')
    .option('--by <access-key-id>', 'by the holder of this access key')
    .option('--since <duration>', 'of the last 12h, 7d')
    .option('--limit <n>', 'at most so many (100 when not given)')
    .action(async (flags: ListFlags) => {
      const limit = flags.limit === undefined ? 100 : parseCount(flags.limit, '--limit', 1, 1_000_000);
      const input = {
        ...(flags.operation === undefined ? {} : { operation: flags.operation }),
        ...(flags.subject === undefined ? {} : { subject: flags.subject }),
        ...(flags.by === undefined ? {} : { accessKeyId: flags.by }),
        ...(flags.since === undefined ? {} : { from: shell.around.clock.now() - parseDurationSeconds(flags.since) * 1000 }),
      };
      const records: AuditRecord[] = [];
      for await (const record of eachItem(await shell.client(flags), listAuditRecords, input, (page) => page.auditRecords)) {
        if (records.push(record) >= limit) break;
      }
      const rows = records.map((one) => [String(one.sequence), instantWords(one.at), one.accessKeyId ?? one.actor, one.remote ?? '', one.operation, one.subjects.join(' '), one.outcome, one.reason ?? '']);
      shell.print(flags, { auditRecords: records.map(spell) }, tableLines(['NUMBER', 'WHEN', 'WHO', 'FROM', 'WHAT', 'ABOUT', 'OUTCOME', 'WHY'], rows));
    });
  clientCommand(list, ['fairlead audit list --subject application:web --since 7d', 'fairlead audit list --operation StopDeployment --json']);

  const verify = audit
    .command('verify')
    .description('Recomputes the whole chain and names the first record that is not what was written. Prints the newest hash: keep it elsewhere, and give it as --head another time, to see that nothing was cut off or written anew. Exit status 1 when the log is broken.')
    .option('--head <number:hash>', 'a head that was kept')
    .option('--file <path>', 'an exported log, in place of the server’s')
    .action(async (flags: VerifyFlags) => {
      const kept = flags.head === undefined ? null : readHead(flags.head);
      const records = flags.file === undefined ? allRecords(await shell.client(flags)) : readExport(flags.file, await shell.around.readFile(flags.file));
      const verdict = await checkChain(records, (text) => createHash('sha256').update(text).digest('hex'), kept);
      if (verdict.kind === 'broken') {
        shell.print(flags, verdict, [`The audit log is broken at record ${verdict.sequence}. ${printable(verdict.why)}`]);
        return shell.finish(exitStatus.failed);
      }
      shell.print(flags, verdict, [`${verdict.head.sequence} records, each as it was written.`, `Head: ${verdict.head.sequence}:${verdict.head.hash}`]);
    });
  clientCommand(verify, ['fairlead audit verify', 'fairlead audit verify --head 1042:5f2c…', 'fairlead audit verify --file audit.jsonl']);

  const exported = audit
    .command('export')
    .description('Writes the whole log to standard output, one JSON record a line, the oldest first.')
    .action(async (flags: ClientFlags) => {
      for await (const record of allRecords(await shell.client(flags))) shell.around.out.write(`${JSON.stringify(spell(record))}\n`);
    });
  clientCommand(exported, ['fairlead audit export > audit.jsonl']);
}

function allRecords(client: Client): AsyncIterable<AuditRecord> {
  return eachItem(client, listAuditRecords, { sortOrder: 'ascending' }, (page) => page.auditRecords);
}

function spell(record: AuditRecord): unknown {
  return respellInstants(AuditRecord, record, (instant) => toIso(instant as number));
}

function readHead(text: string): AuditHead {
  const found = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (found === null) throw new Refusal(`${showPrintable(text)} is no head of an audit log. It looks like 1042:5f2c…, a number and 64 digits, as fairlead audit verify prints it.`);
  return { sequence: Number(found[1]), hash: found[2]! };
}

function readExport(path: string, bytes: Uint8Array | null): readonly AuditRecord[] {
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(path)}.`);
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return respellInstants(AuditRecord, JSON.parse(line), (instant) => Date.parse(String(instant))) as AuditRecord;
      } catch {
        throw new Refusal(`Line ${index + 1} of ${showPrintable(path)} is no audit record.`);
      }
    });
}

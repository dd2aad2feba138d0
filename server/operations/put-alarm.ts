// What is defined is not tried out: a source that is down for an hour must not keep anybody from defining its alarm.

import { Failure } from '../../protocol/errors.ts';
import { AlarmDefinition, type AlarmHeader, type AlarmSource } from '../../protocol/model/alarm.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findAlarm, putAlarm as putRow, sealedFor } from '../store/alarms.ts';
import { readDocument, writeDocument } from '../store/documents.ts';
import type { AlarmsTable } from '../store/tables.ts';
import type { Handler } from './services.ts';

export const putAlarm: Handler<typeof registry.putAlarm> = async ({ store, secrets }, { headers, ...definition }, { now }) => {
  const { name, source } = definition;
  checkSource(source);
  if (headers !== undefined && headers.length > 0) checkHeaders(source, headers);
  await store.transaction(async (tx) => {
    const before = await findAlarm(tx, name);
    const kept = headers === undefined && before !== null ? keep(before, source) : { header_names: '[]', headers_encrypted: null };
    const given = headers === undefined || headers.length === 0 ? kept : { header_names: JSON.stringify(headers.map((header) => header.name)), headers_encrypted: secrets.seal(JSON.stringify(headers), sealedFor(name)) };
    await putRow(tx, { name, document: writeDocument(AlarmDefinition, definition, `alarm ${name}`), ...given, created_at: before === null ? now : Number(before.created_at), updated_at: now });
  });
  return {};
};

function checkSource(source: AlarmSource): void {
  if (source.kind !== 'cloudwatch' && !URL.canParse(source.url)) throw invalid('source.url is no address.', 'source.url');
  if (source.kind !== 'http') return;
  if ((source.pointer === undefined) !== (source.value === undefined)) throw invalid('Give pointer and value together, or neither.', 'source.pointer');
  if (source.comparison !== undefined && source.value === undefined) throw invalid('comparison is of what pointer leads to with value; give both.', 'source.comparison');
  if (typeof source.value !== 'number' && source.comparison !== undefined && !['EQUAL', 'NOT_EQUAL'].includes(source.comparison)) {
    throw invalid('Only numbers can be greater or less: value must be one, or comparison EQUAL or NOT_EQUAL.', 'source.value');
  }
}

function checkHeaders(source: AlarmSource, headers: readonly AlarmHeader[]): void {
  if (source.kind === 'cloudwatch') throw invalid('CloudWatch is asked with the credentials of the controller\'s configuration; headers are for the other kinds.', 'headers');
  const names = headers.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`The header ${twice} is given twice.`, 'headers');
  const reserved = names.find((name) => ['host', 'content-length', 'connection', 'transfer-encoding'].includes(name));
  if (reserved !== undefined) throw invalid(`The header ${reserved} follows from the request and cannot be given.`, 'headers');
}

/** Credentials do not follow an address to another host. */
function keep(before: AlarmsTable, source: AlarmSource): Pick<AlarmsTable, 'header_names' | 'headers_encrypted'> {
  if (before.headers_encrypted === null) return { header_names: '[]', headers_encrypted: null };
  const old = readDocument(AlarmDefinition, before.document, `alarm ${before.name}`).source;
  if (originOf(old) !== originOf(source)) throw invalid(`The alarm ${before.name} has headers for another address. Give headers for this one, or [] for none.`, 'headers');
  return { header_names: before.header_names, headers_encrypted: before.headers_encrypted };
}

function originOf(source: AlarmSource): string {
  return source.kind === 'cloudwatch' ? 'cloudwatch' : new URL(source.url).origin;
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}

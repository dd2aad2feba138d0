import Type from 'typebox';
import { operation } from './operation.ts';
import { AuditRecord } from '../model/audit-record.ts';
import { NextToken } from '../model/names.ts';
import { InstantType } from '../model/timestamp.ts';

export const listAuditRecords = operation({
  name: 'ListAuditRecords',
  route: 'GET /v1/audit-records',
  summary: 'Lists who changed what, when, from where and why; refused attempts too. Each record carries the hash of the one before.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    sortOrder: Type.Optional(Type.Enum(['ascending', 'descending'], { type: 'string', description: 'By sequence; descending when not given.' })),
    from: Type.Optional(InstantType),
    to: Type.Optional(InstantType),
    operation: Type.Optional(Type.String({ maxLength: 128, description: 'The name of an operation.' })),
    subject: Type.Optional(Type.String({ maxLength: 512, description: 'What it concerned, as it stands in a record: application:web' })),
    accessKeyId: Type.Optional(Type.String({ maxLength: 128, description: 'Who did it.' })),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    auditRecords: Type.Array(AuditRecord),
    head: Type.Object({ sequence: Type.Integer(), hash: Type.String() }, { description: 'The newest record of the whole log. Keep it elsewhere.' }),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException', 'InvalidTimeRangeException'],
});

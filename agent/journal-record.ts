// One record of the journal on disk: u32 length, u32 CRC-32C over everything but itself, u64 sequence number, then the
// payload; all big-endian. Reading tells an unfinished tail, which a power cut leaves, from damage further in.

import { Buffer } from 'node:buffer';
import { crc32c } from './crc32c.ts';

const headerBytes = 16;
/** Longest payload of one record. */
export const maxPayloadBytes = 64 * 1024;

/** A payload as a record, ready to be appended. Throws when it is longer than `maxPayloadBytes`. */
export function encodeRecord(sequence: number, payload: Uint8Array): Uint8Array {
  if (payload.length === 0 || payload.length > maxPayloadBytes) throw new Error(`a journal record of ${payload.length} bytes`);
  const record = Buffer.alloc(headerBytes + payload.length);
  record.writeUInt32BE(payload.length, 0);
  record.writeBigUInt64BE(BigInt(sequence), 8);
  record.set(payload, headerBytes);
  record.writeUInt32BE(checksum(record), 4);
  return record;
}

export type JournalReading =
  /** Every record up to `goodBytes`; what follows there, if anything, was never finished and may be cut off. */
  | { readonly kind: 'readable'; readonly payloads: readonly Uint8Array[]; readonly lastSequence: number; readonly goodBytes: number }
  /** A record at `at` is damaged although later ones are whole: it had been synced, so its loss cannot be ignored. */
  | { readonly kind: 'corrupt'; readonly at: number };

/** Reads a whole journal. Sequence numbers go up by one from whatever the first record has. Never throws. */
export function readRecords(bytes: Uint8Array): JournalReading {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: Uint8Array[] = [];
  let at = 0;
  let last = 0;
  for (let record = recordAt(file, at); record !== null; record = recordAt(file, at)) {
    if (last !== 0 && record.sequence !== last + 1) return { kind: 'corrupt', at };
    payloads.push(record.payload);
    last = record.sequence;
    at = record.end;
  }
  return hasRecordAfter(file, at, last) ? { kind: 'corrupt', at } : { kind: 'readable', payloads, lastSequence: last, goodBytes: at };
}

interface FoundRecord {
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly end: number;
}

function recordAt(file: Buffer, at: number): FoundRecord | null {
  if (at + headerBytes > file.length) return null;
  const length = file.readUInt32BE(at);
  const end = at + headerBytes + length;
  if (length === 0 || length > maxPayloadBytes || end > file.length) return null;
  const sequence = file.readBigUInt64BE(at + 8);
  if (sequence === 0n || sequence > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  if (file.readUInt32BE(at + 4) !== checksum(file.subarray(at, end))) return null;
  return { sequence: Number(sequence), payload: file.subarray(at + headerBytes, end), end };
}

/**
 * Records are synced one by one, so only the last can be unfinished: a whole one beyond a bad one means damage. The
 * bad one's length cannot be trusted, so every offset is tried; sequence numbers out of reach spare most checksums.
 */
function hasRecordAfter(file: Buffer, from: number, last: number): boolean {
  for (let at = from + 1; at + headerBytes < file.length; at += 1) {
    if (file.readUInt32BE(at + 8) !== Math.floor(last / 2 ** 32) && last !== 0) continue;
    const record = recordAt(file, at);
    if (record !== null && record.sequence > last) return true;
  }
  return false;
}

function checksum(record: Buffer): number {
  return crc32c(record.subarray(0, 4), record.subarray(8));
}

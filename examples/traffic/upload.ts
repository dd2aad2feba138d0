// A client that takes its time: a POST whose body comes in pieces.

import { request as httpRequest } from 'node:http';
import { realClock } from '../../world/real/clock.ts';

export interface UploadEnd {
  readonly status: number;
  /** Who answered, and how much of the body had arrived. */
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
}

const pieceBytes = 1_000;

/** Lasts so long, and until `mayEnd`. Rejects when the connection breaks. */
export async function upload(url: string, lastsMs: number, mayEnd: Promise<unknown> = Promise.resolve()): Promise<UploadEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<UploadEnd>();
  const request = httpRequest(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/octet-stream', connection: 'close' } }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (piece: string) => (text += piece));
    answer.on('error', reject);
    answer.on('end', () => (answer.statusCode === 200 ? resolve({ status: 200, ...(JSON.parse(text) as Omit<UploadEnd, 'status'>) }) : reject(new Error(`status ${answer.statusCode}`))));
  });
  request.on('error', reject);
  const isOver = promise.then(() => true, () => true);
  const endsAt = realClock.monotonic() + lastsMs;
  let isHeld = true;
  void mayEnd.finally(() => (isHeld = false));
  while (isHeld || realClock.monotonic() < endsAt) {
    request.write(Buffer.alloc(pieceBytes));
    if (await Promise.race([realClock.sleep(100).then(() => false), isOver])) break;
  }
  request.end();
  return promise;
}

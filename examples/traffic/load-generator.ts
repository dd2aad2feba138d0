// The load, a process of its own so that nobody else's work delays it: `load-generator.ts SETTINGS`, with an IPC channel.
// Open loop: requests are sent when they are due, whatever has become of those before. Half are POST; half come from
// clients that keep their connections, half from clients that close them; nothing is ever tried again. Any message ends
// it: no new requests, those under way are waited for, then it reports and exits.

import { Agent, request as httpRequest } from 'node:http';
import type { Failure, FromGenerator, Latencies, LoadCounts, LoadReport, LoadSettings } from './load-settings.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as LoadSettings;
const intervalMs = 1_000 / settings.ratePerSecond;
/** A request that is this late is not sent any more: then fewer are sent than planned, which nobody can overlook. */
const tooLateMs = 2_000;
const patienceMs = 30_000;
const body = Buffer.alloc(200, 'x');
// In turn, so that none is idle for long and many are there; dropped by us long before a balancer would.
const kept = new Agent({ keepAlive: true, scheduling: 'fifo', timeout: 15_000 });

const startedAt = performance.now();
const sinceStart = (): number => performance.now() - startedAt;
const lateness: number[] = [];
const latencies: number[] = [];
const failures: Failure[] = [];
const versions: Record<string, number> = {};
const names: Record<string, number> = {};
let due = 0;
let sent = 0;
let succeeded = 0;
let failed = 0;
let stopsAtMs: number | null = null;

const tell = (message: FromGenerator): void => void process.send?.(message);
const counts = (): LoadCounts => ({ planned: due, sent, succeeded, failed, versions, names });

function sendOne(number: number): void {
  const method = number % 2 === 0 ? 'GET' : 'POST';
  const connection = number % 4 < 2 ? 'kept' : 'own';
  const sentMs = sinceStart();
  let isOver = false;
  const end = (why: string | null): void => {
    if (isOver) return;
    isOver = true;
    const tookMs = sinceStart() - sentMs;
    latencies.push(tookMs);
    if (why === null) succeeded += 1;
    else {
      failed += 1;
      const failure = { number, sentMs, tookMs, method, connection, why } as const;
      if (failures.length < 100) failures.push(failure);
      tell({ kind: 'failure', failure });
    }
    if (stopsAtMs !== null && succeeded + failed === sent) finish();
  };
  const headers = { 'content-type': 'text/plain', ...(method === 'POST' ? { 'content-length': String(body.length) } : {}), ...(connection === 'own' ? { connection: 'close' } : {}) };
  const request = httpRequest(settings.url, { method, agent: connection === 'kept' ? kept : false, headers }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (piece: string) => (text += piece));
    answer.on('error', (error: NodeJS.ErrnoException) => end(`cut off: ${error.code ?? error.message}`));
    answer.on('end', () => end(answer.statusCode === 200 ? judge(text, method) : `status ${answer.statusCode}`));
  });
  request.setTimeout(patienceMs, () => request.destroy(new Error(`no answer in ${patienceMs} ms`)));
  request.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  request.end(method === 'POST' ? body : undefined);
}

/** Null when the answer is whole and to this request. */
function judge(text: string, method: string): string | null {
  try {
    const { name, version, bytes } = JSON.parse(text) as { name: string; version: string; bytes: number };
    if (bytes !== (method === 'POST' ? body.length : 0)) return `the service read ${bytes} bytes`;
    versions[version] = (versions[version] ?? 0) + 1;
    names[name] = (names[name] ?? 0) + 1;
    return null;
  } catch {
    return `an answer that is none: ${text.slice(0, 80)}`;
  }
}

tell({ kind: 'began', atMs: Date.now() - sinceStart() });

function sendDue(): void {
  const now = sinceStart();
  while (due * intervalMs <= now) {
    const lateMs = now - due * intervalMs;
    lateness.push(lateMs);
    if (lateMs <= tooLateMs) {
      sent += 1;
      sendOne(due);
    }
    due += 1;
  }
}

const sending = setInterval(sendDue, 2);
const counting = setInterval(() => tell({ kind: 'counts', counts: counts() }), 100);

process.once('message', () => {
  sendDue();
  stopsAtMs = sinceStart();
  clearInterval(sending);
  if (succeeded + failed === sent) finish();
});
// Whoever started it is gone.
process.once('disconnect', () => process.exit(1));

function quantiles(values: readonly number[]): Latencies {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function finish(): void {
  clearInterval(counting);
  kept.destroy();
  const report: LoadReport = { ...counts(), tookMs: stopsAtMs ?? sinceStart(), lateness: quantiles(lateness), latency: quantiles(latencies), failures };
  process.removeAllListeners('disconnect');
  process.send?.({ kind: 'report', report } satisfies FromGenerator, () => process.disconnect());
}

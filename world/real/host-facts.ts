// This host, looked at: node:fs for paths and disks, systemctl and timedatectl for what systemd knows, and one request to
// the controller's open health route, whose Date header tells its clock to the second.

import { X509Certificate, createPrivateKey } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile, stat, statfs } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { dirname } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import type { CertificateFact, ControllerFact, ControllerQuestion, DiskFact, HostFacts, PathFact } from '../host-facts.ts';
import { authorities } from './trust.ts';

const execute = promisify(execFile);
const patienceMs = 10_000;

export const realHostFacts: HostFacts = { path: lookAtPath, disk, unit, isClockKept, controller, certificateFile };

async function lookAtPath(path: string): Promise<PathFact> {
  try {
    const facts = await stat(path);
    return { kind: 'there', isFolder: facts.isDirectory(), mode: facts.mode & 0o7777, uid: facts.uid, owner: await ownerName(facts.uid) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'hidden' };
  }
}

async function ownerName(uid: number): Promise<string> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return accounts.split('\n').map((line) => line.split(':')).find((fields) => fields[2] === String(uid))?.[0] ?? String(uid);
}

async function disk(path: string): Promise<DiskFact | null> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, blocks, bsize, ffree, files } = await statfs(at);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes: files === 0 ? null : ffree };
    } catch {
      if (dirname(at) === at) return null;
    }
  }
}

async function unit(name: string): Promise<ReadonlyMap<string, string> | null> {
  const properties = await propertiesOf('systemctl', ['show', name]);
  return properties === null || properties.get('LoadState') === 'not-found' ? null : properties;
}

async function isClockKept(): Promise<boolean | null> {
  const word = (await propertiesOf('timedatectl', ['show']))?.get('NTPSynchronized');
  return word === undefined ? null : word === 'yes';
}

async function propertiesOf(program: string, args: readonly string[]): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { stdout } = await execute(program, [...args], { timeout: patienceMs, env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }, maxBuffer: 1024 * 1024 });
    return new Map(stdout.split('\n').filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  } catch {
    return null;
  }
}

function controller({ url, ca, isVerified }: ControllerQuestion): Promise<ControllerFact> {
  const address = new URL(`${url.replace(/\/+$/, '')}/healthz`);
  const trust = { ...(ca === null ? {} : { ca: authorities(ca) }), rejectUnauthorized: isVerified };
  return new Promise((resolve) => {
    const before = { wall: Date.now(), monotonic: performance.now() };
    const request = address.protocol === 'https:' ? requestSecure : requestPlain;
    const sent = request(address, { agent: false, timeout: patienceMs, ...trust }, (answer) => {
      const tookMs = performance.now() - before.monotonic;
      const saidAt = Date.parse(answer.headers.date ?? '');
      const socket = answer.socket;
      answer.resume();
      resolve({
        kind: 'answered',
        status: answer.statusCode ?? 0,
        // Seconds, cut off: the middle of the second, against the middle of the round trip.
        clockAheadMs: Number.isNaN(saidAt) ? null : Math.round(saidAt + 500 - (before.wall + tookMs / 2)),
        withinMs: Math.ceil(500 + tookMs / 2),
        certificate: socket instanceof TLSSocket ? certificateOf(socket.getPeerX509Certificate()) : null,
      });
    });
    sent.once('timeout', () => sent.destroy(new Error(`there was no answer within ${patienceMs / 1_000} seconds`)));
    sent.once('error', (error: NodeJS.ErrnoException) => resolve({ kind: 'silent', why: wordsFor(error) }));
    sent.end();
  });
}

function certificateOf(certificate: X509Certificate | undefined): CertificateFact | null {
  if (certificate === undefined) return null;
  return { expiresAt: Date.parse(certificate.validTo), names: (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '')).filter((name) => name !== '') };
}

async function certificateFile(certificate: string, key: string): Promise<(CertificateFact & { readonly isKeyItsOwn: boolean }) | { readonly why: string }> {
  try {
    const found = new X509Certificate(await readFile(certificate));
    return { ...certificateOf(found)!, isKeyItsOwn: found.checkPrivateKey(createPrivateKey(await readFile(key))) };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `its certificate is of an authority that is not trusted here (${code})`;
    default:
      return message === '' ? (code ?? 'it failed') : message;
  }
}

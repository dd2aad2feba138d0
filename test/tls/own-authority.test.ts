// A controller's own certificate, shown to real TLS clients over loopback.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openOwnCertificate, pinOf, type OwnCertificate } from '../../server/tls/own-authority.ts';
import { realFiles } from '../../world/real/files.ts';
import { realRandom } from '../../world/real/random.ts';
import type { Clock } from '../../world/clock.ts';

const names = ['localhost', 'fairlead.example.org', '127.0.0.1', '::1', 'fe80::1:2'];
const dayMs = 24 * 3600_000;

describe('the certificate that a controller makes itself', () => {
  let folder: string;
  let now: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-tls-'));
    now = Date.now();
  });
  afterEach(() => rm(folder, { recursive: true }));
  const open = (some: readonly string[] = names): Promise<OwnCertificate> =>
    openOwnCertificate(join(folder, 'tls'), some, { files: realFiles(), random: realRandom, clock: { now: () => now } as unknown as Clock });
  const leafOf = ({ cert }: OwnCertificate): X509Certificate => new X509Certificate(cert.slice(0, cert.indexOf('-----END') + 25));
  const authority = async (): Promise<string> => readFile(join(folder, 'tls/tls-ca.pem'), 'utf8');

  /** How a client fares that trusts the authority and believes to be talking to `servername`. */
  async function shake(own: OwnCertificate, servername: string): Promise<string> {
    const server = createServer({ cert: own.cert, key: own.key, minVersion: 'TLSv1.2' }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ca = await authority();
    try {
      return await new Promise<string>((resolve) => {
        const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername, ca }, () => resolve(socket.authorized ? 'trusted' : String(socket.authorizationError)));
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.once('close', () => undefined);
      });
    } finally {
      server.close();
    }
  }

  it('is trusted under each of its names by who trusts the authority, and under no other', async () => {
    const own = await open();
    assert.equal(await shake(own, 'localhost'), 'trusted');
    assert.equal(await shake(own, 'fairlead.example.org'), 'trusted');
    assert.equal(await shake(own, 'evil.example.org'), 'ERR_TLS_CERT_ALTNAME_INVALID');
    for (const address of ['127.0.0.1', '::1', 'fe80::1:2']) assert.equal(leafOf(own).checkIP(address), address);
    assert.equal(leafOf(own).checkIP('10.0.0.1'), undefined);
  });

  it('is for servers alone, signed by an authority that can sign nothing but servers, whose public key is the pin', async () => {
    const own = await open();
    const [leaf, issuer] = [leafOf(own), new X509Certificate(await authority())];
    assert.deepEqual([leaf.ca, issuer.ca, leaf.checkIssued(issuer), leaf.keyUsage], [false, true, true, ['1.3.6.1.5.5.7.3.1']]);
    assert.equal(own.pin, pinOf(issuer));
    assert.match(own.pin, /^[A-Za-z0-9_-]{43}$/);
  });

  it('keeps its keys from others', async () => {
    await open();
    for (const name of ['tls-ca-key.pem', 'tls-server-key.pem']) assert.equal((await stat(join(folder, 'tls', name))).mode & 0o777, 0o600);
  });

  it('stays the same from start to start, and the authority always', async () => {
    const first = await open();
    assert.equal((await open()).cert, first.cert);
    now += 200 * dayMs;
    assert.equal((await open()).cert, first.cert);
    now += 60 * dayMs;
    const later = await open();
    assert.notEqual(later.cert, first.cert);
    assert.equal(later.pin, first.pin);
    assert.ok(Date.parse(leafOf(later).validTo) > now + 364 * dayMs);
  });

  it('is made anew for a name that it does not have', async () => {
    const first = await open();
    const other = await open([...names, 'new.example.org']);
    assert.deepEqual([other.cert === first.cert, other.pin === first.pin], [false, true]);
    assert.equal(await shake(other, 'new.example.org'), 'trusted');
  });

  it('is made anew when its files are gone or broken; the authority is not, and says what to do', async () => {
    const first = await open();
    await writeFile(join(folder, 'tls/tls-server.pem'), 'nonsense');
    assert.equal((await open()).pin, first.pin);
    await rm(join(folder, 'tls/tls-ca-key.pem'));
    await assert.rejects(open(), /tls-ca\.pem is there and its key, tls-ca-key\.pem, is not\. Put the key back from a backup; or remove tls-ca\.pem/);
    await writeFile(join(folder, 'tls/tls-ca-key.pem'), 'nonsense');
    await assert.rejects(open(), /do not belong together, or are none/);
  });
});

// A controller that is given no certificate makes its own: an authority, once, and with it a certificate for this host's names
// and addresses. The authority lasts ten years and is what agents pin; the certificate lasts a year, and is made anew when
// a third of that is left, when the host's names have changed, or when its file is gone.

import { createPrivateKey, createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { World } from '../../world/world.ts';
import type { Pair } from './certificates.ts';

export interface OwnCertificate {
  /** PEM: the certificate, then the authority's. */
  readonly cert: string;
  readonly key: string;
  /** What a join token carries of the authority. */
  readonly pin: string;
  readonly names: readonly string[];
}

/** At the top of the data folder, so that backups hold them. */
export const ownFiles = { authority: 'tls-ca.pem', certificate: 'tls-server.pem', key: 'tls-server-key.pem' } as const;

const dayMs = 24 * 3600_000;
const authorityMs = 3650 * dayMs;
const certificateMs = 365 * dayMs;
/** Clocks of hosts may be behind. */
const earlierMs = dayMs;

/** Throws an Error with a sentence when what is there cannot be used. */
export async function openOwnCertificate(folder: string, names: readonly string[], { files, random, clock }: Pick<World, 'files' | 'random' | 'clock'>): Promise<OwnCertificate> {
  const read = async (name: string): Promise<string | null> => {
    const bytes = await files.read(join(folder, name));
    return bytes === null ? null : Buffer.from(bytes).toString('utf8');
  };
  const write = async (name: string, { certificate, key }: Pair): Promise<void> => {
    // The key first: a certificate without its key is worth nothing, and its file is looked at first.
    await files.writeAtomically(join(folder, `${name}-key.pem`), Buffer.from(key), 0o600);
    await files.writeAtomically(join(folder, `${name}.pem`), Buffer.from(certificate), 0o644);
  };
  const load = async (name: string): Promise<Pair | null> => {
    const certificate = await read(`${name}.pem`);
    const key = await read(`${name}-key.pem`);
    return certificate === null || key === null ? null : { certificate, key };
  };
  await files.makeFolder(folder);
  const now = clock.now();
  let authority = await load('tls-ca');
  if (authority === null) {
    if ((await read('tls-ca.pem')) !== null) throw new Error(`${join(folder, ownFiles.authority)} is there and its key, tls-ca-key.pem, is not. Put the key back from a backup; or remove tls-ca.pem, and enrol every agent anew with a token of the new authority.`);
    authority = await (await maker()).makeAuthority({ subject: 'Fairlead controller', validity: { from: now - earlierMs, until: now + authorityMs }, serial: random.bytes(16) });
    await write('tls-ca', authority);
  }
  const issuer = checked(authority, join(folder, ownFiles.authority));
  const found = await load('tls-server');
  if (found !== null && isGood(found, issuer, names, now)) return answer(found, authority, names);
  const made = await (await maker()).issueCertificate(authority, names, { validity: { from: now - earlierMs, until: Math.min(now + certificateMs, Date.parse(issuer.validTo)) }, serial: random.bytes(16) });
  await write('tls-server', made);
  return answer(made, authority, names);
}

/** SHA-256 of the public key, base64url. */
export function pinOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64url');
}

/** Loaded only where something has to be made. */
function maker(): Promise<typeof import('./certificates.ts')> {
  return import('./certificates.ts');
}

function answer({ certificate, key }: Pair, authority: Pair, names: readonly string[]): OwnCertificate {
  return { cert: `${certificate.trimEnd()}\n${authority.certificate}`, key, pin: pinOf(new X509Certificate(authority.certificate)), names };
}

function checked({ certificate, key }: Pair, path: string): X509Certificate {
  try {
    const issuer = new X509Certificate(certificate);
    if (issuer.checkPrivateKey(createPrivateKey(key))) return issuer;
  } catch {
    // told below
  }
  throw new Error(`${path} and its key do not belong together, or are none. Put both back from a backup; or remove both, and enrol every agent anew with a token of the new authority.`);
}

function isGood({ certificate, key }: Pair, issuer: X509Certificate, names: readonly string[], now: number): boolean {
  try {
    const own = new X509Certificate(certificate);
    const hasNames = names.every((name) => own.checkHost(name) !== undefined || own.checkIP(name) !== undefined);
    return hasNames && own.checkPrivateKey(createPrivateKey(key)) && own.verify(issuer.publicKey) && Date.parse(own.validFrom) <= now && Date.parse(own.validTo) - now > certificateMs / 3;
  } catch {
    return false;
  }
}

// Makes certificates: an authority of the controller's own, and with it the certificate that the controller shows. ECDSA on
// P-256, which everything that speaks TLS 1.2 takes. What is made is PEM; where it is kept is another room's.

import { webcrypto } from 'node:crypto';
import * as asn1 from 'asn1js';
import * as pki from 'pkijs';

export interface Pair {
  /** PEM of the certificate. */
  readonly certificate: string;
  /** PEM (PKCS #8) of its private key. */
  readonly key: string;
}

export interface Validity {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
}

interface Wanted {
  readonly subject: string;
  readonly validity: Validity;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const oid = { commonName: '2.5.4.3', subjectKeyId: '2.5.29.14', keyUsage: '2.5.29.15', altName: '2.5.29.17', basicConstraints: '2.5.29.19', authorityKeyId: '2.5.29.35', extendedKeyUsage: '2.5.29.37', serverAuth: '1.3.6.1.5.5.7.3.1' } as const;
/** First bits of a KeyUsage. */
const usage = { digitalSignature: 0x80, keyCertSign: 0x04, cRLSign: 0x02 } as const;
const engine = new pki.CryptoEngine({ name: 'node', crypto: webcrypto as ConstructorParameters<typeof pki.CryptoEngine>[0]['crypto'] });

/** A new authority, for certificates of servers and no authorities below it. */
export async function makeAuthority(wanted: Wanted): Promise<Pair> {
  const { certificate, keys, keyId } = await begin(wanted);
  certificate.issuer = named(wanted.subject);
  certificate.extensions = [
    extension(oid.basicConstraints, new pki.BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema(), true),
    extension(oid.keyUsage, bits(usage.keyCertSign | usage.cRLSign), true),
    extension(oid.subjectKeyId, keyId),
  ];
  return finish(certificate, keys.privateKey, keys.privateKey);
}

/** A certificate by an authority for a server of these names and addresses, at least one. */
export async function issueCertificate(authority: Pair, names: readonly string[], wanted: Omit<Wanted, 'subject'>): Promise<Pair> {
  const { certificate, keys, keyId } = await begin({ ...wanted, subject: names[0]!.slice(0, 64) });
  const issuer = pki.Certificate.fromBER(derOf(authority.certificate));
  const issuerKeyId = issuer.extensions?.find(({ extnID }) => extnID === oid.subjectKeyId)?.parsedValue as asn1.OctetString;
  certificate.issuer = issuer.subject;
  certificate.extensions = [
    extension(oid.basicConstraints, new pki.BasicConstraints({ cA: false }).toSchema(), true),
    extension(oid.keyUsage, bits(usage.digitalSignature), true),
    extension(oid.extendedKeyUsage, new pki.ExtKeyUsage({ keyPurposes: [oid.serverAuth] }).toSchema()),
    extension(oid.altName, new pki.GeneralNames({ names: names.map(generalName) }).toSchema()),
    extension(oid.authorityKeyId, new pki.AuthorityKeyIdentifier({ keyIdentifier: issuerKeyId }).toSchema()),
    extension(oid.subjectKeyId, keyId),
  ];
  const signer = await webcrypto.subtle.importKey('pkcs8', derOf(authority.key), algorithm, false, ['sign']);
  return finish(certificate, signer, keys.privateKey);
}

async function begin({ subject, validity, serial }: Wanted): Promise<{ readonly certificate: pki.Certificate; readonly keys: webcrypto.CryptoKeyPair; readonly keyId: asn1.OctetString }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = new pki.Certificate();
  certificate.version = 2;
  // A one before it: a serial number is positive, whatever its first bit is.
  certificate.serialNumber = new asn1.Integer({ valueHex: Uint8Array.of(0x01, ...serial).buffer });
  certificate.subject = named(subject);
  certificate.notBefore.value = new Date(validity.from);
  certificate.notAfter.value = new Date(validity.until);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  const keyId = await webcrypto.subtle.digest('SHA-1', certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView as Uint8Array<ArrayBuffer>);
  return { certificate, keys, keyId: new asn1.OctetString({ valueHex: keyId }) };
}

async function finish(certificate: pki.Certificate, signer: webcrypto.CryptoKey, own: webcrypto.CryptoKey): Promise<Pair> {
  await certificate.sign(signer, 'SHA-256', engine);
  const key = await webcrypto.subtle.exportKey('pkcs8', own);
  return { certificate: pem('CERTIFICATE', certificate.toSchema(true).toBER(false)), key: pem('PRIVATE KEY', key) };
}

function named(commonName: string): pki.RelativeDistinguishedNames {
  return new pki.RelativeDistinguishedNames({ typesAndValues: [new pki.AttributeTypeAndValue({ type: oid.commonName, value: new asn1.Utf8String({ value: commonName }) })] });
}

function extension(extnID: string, value: asn1.BaseBlock, critical = false): pki.Extension {
  return new pki.Extension({ extnID, critical, extnValue: value.toBER(false) });
}

function bits(first: number): asn1.BitString {
  const unused = Math.clz32(first & -first) === 32 ? 0 : 31 - Math.clz32(first & -first);
  return new asn1.BitString({ valueHex: Uint8Array.of(first).buffer, unusedBits: unused });
}

function generalName(name: string): pki.GeneralName {
  const family = name.includes(':') ? 6 : /^\d+(\.\d+){3}$/.test(name) ? 4 : 0;
  return family === 0 ? new pki.GeneralName({ type: 2, value: name }) : new pki.GeneralName({ type: 7, value: new asn1.OctetString({ valueHex: addressBytes(name, family).buffer as ArrayBuffer }) });
}

/** 4 or 16 bytes. */
function addressBytes(address: string, family: number): Uint8Array {
  if (family === 4) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const all = tail === undefined ? before : [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function derOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return Uint8Array.from(bytes).buffer;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

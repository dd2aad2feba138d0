// What AWS says of an EC2 instance to the instance itself: a document signed with the certificate of its region (PKCS #7, RSA
// with 2048 bits, as the metadata service has it at dynamic/instance-identity/rsa2048). The certificates are those that AWS
// publishes (aws-certificates.json: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/regions-certs.html). Anybody on the
// host can read the document: it proves which instance speaks, not that root does.

import { webcrypto } from 'node:crypto';
import * as pki from 'pkijs';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import published from './aws-certificates.json' with { type: 'json' };

export const IdentityDocument = Type.Object({
  accountId: Type.String({ pattern: '^\\d{12}$' }),
  instanceId: Type.String({ pattern: '^i-[0-9a-f]{8,17}$' }),
  region: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
  /** When the instance was launched, ISO 8601. */
  pendingTime: Type.String(),
  availabilityZone: Type.Optional(Type.String()),
});
export type IdentityDocument = Static<typeof IdentityDocument>;

/** DER in base64, by region. */
export type RegionCertificates = Readonly<Record<string, string>>;
export const awsCertificates: RegionCertificates = published;

const engine = new pki.CryptoEngine({ name: 'node', crypto: webcrypto as ConstructorParameters<typeof pki.CryptoEngine>[0]['crypto'] });

/**
 * The document in what an instance shows (base64 of a PKCS #7 message, line breaks allowed), if AWS has signed it. The region
 * that it names chooses the certificate, so it must be one of `regions`. Null for anything else. Never throws.
 */
export async function readIdentityDocument(shown: string, regions: readonly string[], certificates: RegionCertificates = awsCertificates): Promise<IdentityDocument | null> {
  try {
    const message = pki.ContentInfo.fromBER(bytesOf(shown));
    const signed = new pki.SignedData({ schema: message.content });
    const content = signed.encapContentInfo.eContent;
    if (content === undefined || signed.signerInfos.length !== 1) return null;
    const document: unknown = JSON.parse(Buffer.from(content.getValue()).toString('utf8'));
    if (!Value.Check(IdentityDocument, document) || !regions.includes(document.region)) return null;
    const certificate = Object.hasOwn(certificates, document.region) ? certificates[document.region] : undefined;
    if (certificate === undefined) return null;
    // Never one that came along: whose signature it is, is decided here.
    signed.certificates = [pki.Certificate.fromBER(bytesOf(certificate))];
    const isSigned = await signed.verify({ signer: 0, checkChain: false }, engine);
    return isSigned === true ? document : null;
  } catch {
    return null;
  }
}

function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer;
}

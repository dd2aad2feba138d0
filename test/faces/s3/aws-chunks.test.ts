import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { type ChunkSigning, decodeChunks } from '../../../server/faces/s3/aws-chunks.ts';
import { S3Refusal } from '../../../server/faces/s3/refusal.ts';
import { signingKey } from '../../../server/faces/signature-v4.ts';

const scope = '20130524/us-east-1/s3/aws4_request';
/** The example that AWS publishes for "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks". */
const published: ChunkSigning = {
  key: signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
  timestamp: '20130524T000000Z',
  scope,
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const signatures = ['ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648', '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'];
const example = (): string => `10000;chunk-signature=${signatures[0]}\r\n${'a'.repeat(65536)}\r\n400;chunk-signature=${signatures[1]}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${signatures[2]}\r\n\r\n`;

async function* cut(bytes: Buffer, at: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...at].sort((a, b) => a - b)) {
    yield bytes.subarray(from, Math.max(from, to));
    from = Math.max(from, to);
  }
  yield bytes.subarray(from);
}

async function decode(text: string, signing: ChunkSigning | null, at: readonly number[] = []): Promise<{ readonly bytes: Buffer; readonly trailers: Record<string, string> }> {
  const trailers = new Map<string, string>();
  const pieces: Uint8Array[] = [];
  for await (const piece of decodeChunks(cut(Buffer.from(text, 'latin1'), at), signing, trailers)) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), trailers: Object.fromEntries(trailers) };
}

const refused = (text: string, signing: ChunkSigning | null, code: string): Promise<void> =>
  assert.rejects(decode(text, signing), (error) => error instanceof S3Refusal && error.code === code);

describe('aws-chunked', () => {
  it('is read as in the example that AWS publishes, chunk signatures included', async () => {
    const { bytes } = await decode(example(), published);
    assert.equal(bytes.toString(), 'a'.repeat(66560));
  });

  it('is refused when a byte, a length, an order or a signature was changed, or the end is missing', async () => {
    await refused(example().replace('aaaa\r\n400', 'aaab\r\n400'), published, 'SignatureDoesNotMatch');
    await refused(example().replace(signatures[1]!, signatures[2]!), published, 'SignatureDoesNotMatch');
    await refused(example().replace(`;chunk-signature=${signatures[1]}`, ''), published, 'SignatureDoesNotMatch');
    const [, second = ''] = /(400;chunk-signature=[^]*?)0;chunk/.exec(example()) ?? [];
    await refused(example().replace(second, ''), published, 'SignatureDoesNotMatch');
    await refused(example(), { ...published, seed: signatures[0]! }, 'SignatureDoesNotMatch');
    await refused(example().slice(0, 200), published, 'IncompleteBody');
    await refused(`10000;chunk-signature=${signatures[0]}\r\n${'a'.repeat(65536)}\r\n`, published, 'InvalidRequest');
  });

  it('carries trailers, signed where the chunks are', async () => {
    const unsigned = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
    assert.deepEqual(await decode(unsigned, null), { bytes: Buffer.from('hello'), trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' } });
    const hmac = (...lines: readonly string[]): string => createHmac('sha256', published.key).update(lines.join('\n')).digest('hex');
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const first = hmac('AWS4-HMAC-SHA256-PAYLOAD', published.timestamp, scope, published.seed, hash(''), hash('hello'));
    const last = hmac('AWS4-HMAC-SHA256-PAYLOAD', published.timestamp, scope, first, hash(''), hash(''));
    const trailing = hmac('AWS4-HMAC-SHA256-TRAILER', published.timestamp, scope, last, hash('x-amz-checksum-crc32:NhCmhg==\n'));
    const signed = (value: string, signature: string): string => `5;chunk-signature=${first}\r\nhello\r\n0;chunk-signature=${last}\r\nx-amz-checksum-crc32:${value}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
    assert.equal((await decode(signed('NhCmhg==', trailing), published)).trailers['x-amz-checksum-crc32'], 'NhCmhg==');
    await refused(signed('AAAAAA==', trailing), published, 'SignatureDoesNotMatch');
    await refused(signed('NhCmhg==', '').replace(/x-amz-trailer-signature:\r\n/, ''), published, 'SignatureDoesNotMatch');
  });

  it('is the same wherever the network cuts it', async () => {
    const text = '5\r\nhello\r\n6\r\n\r\n0\r\n\r\r\n0\r\na:b\r\n\r\n';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (at) => {
        const { bytes, trailers } = await decode(text, null, at);
        assert.deepEqual([bytes.toString(), trailers], ['hello\r\n0\r\n\r', { a: 'b' }]);
      }),
      { numRuns: 200 },
    );
  });

  it('ends in a refusal or in bytes, whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('0', '1', 'f', ';', '\r', '\n', 'x', ':', '\r\n'), maxLength: 60 }), async (text) => {
        const outcome = await decode(text, null).catch((error: unknown) => error);
        assert.ok(!(outcome instanceof Error) || outcome instanceof S3Refusal, String(outcome));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with a line that does not end, or more trailers than anybody sends', async () => {
    await refused('0'.repeat(10_000), null, 'InvalidRequest');
    await refused(`0\r\n${'a:b\r\n'.repeat(17)}\r\n`, null, 'InvalidRequest');
  });
});

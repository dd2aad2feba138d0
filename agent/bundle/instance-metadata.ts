// What the metadata service of an EC2 machine knows (IMDSv2): the credentials of its instance profile, kept until shortly
// before they expire, its region, and its tags.

import http from 'node:http';
import Type from 'typebox';
import Value from 'typebox/value';
import type { AwsCredentials } from './presign.ts';

export interface InstanceMetadata {
  credentials(): Promise<AwsCredentials>;
  /** The region of the machine, or null when it cannot be asked. */
  region(): Promise<string | null>;
  /** What AWS says of the machine, signed: base64 of PKCS #7. */
  identityDocument(): Promise<string>;
  instanceId(): Promise<string>;
  /** The machine's tags, where its owner allows that they are asked for so. */
  tags(): Promise<readonly { readonly Key: string; readonly Value: string }[]>;
}

const renewBeforeMs = 5 * 60_000;
const timeoutMs = 2_000;

const RoleCredentials = Type.Object({ AccessKeyId: Type.String(), SecretAccessKey: Type.String(), Token: Type.String(), Expiration: Type.String() });

/** Asks the metadata service at `endpoint` (http://169.254.169.254 on EC2). Its errors say what to do instead. */
export function instanceMetadata(endpoint: string, clock: { now(): number }): InstanceMetadata {
  let kept: { readonly credentials: AwsCredentials; readonly until: number } | null = null;

  const ask = async (path: string): Promise<string> => {
    const token = await call(endpoint, 'PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '300' });
    return call(endpoint, 'GET', path, { 'x-aws-ec2-metadata-token': token });
  };

  return {
    async credentials() {
      if (kept !== null && clock.now() < kept.until) return kept.credentials;
      const folder = '/latest/meta-data/iam/security-credentials/';
      const role = (await ask(folder)).split('\n')[0]!.trim();
      if (!/^[\w+=,.@-]+$/.test(role)) throw new Error('the machine has no instance profile');
      const answer: unknown = JSON.parse(await ask(folder + role));
      if (!Value.Check(RoleCredentials, answer)) throw new Error('the metadata service gave no credentials');
      const credentials = { accessKeyId: answer.AccessKeyId, secretAccessKey: answer.SecretAccessKey, sessionToken: answer.Token };
      kept = { credentials, until: Date.parse(answer.Expiration) - renewBeforeMs };
      return credentials;
    },
    async tags() {
      const folder = '/latest/meta-data/tags/instance/';
      const keys = await ask(folder).catch((error: Error) => {
        throw / answered 404 /.test(error.message) ? new Error('the metadata service shows no tags: allow it (aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled)') : error;
      });
      const named = keys.split('\n').map((key) => key.trim()).filter((key) => key !== '');
      return Promise.all(named.map(async (Key) => ({ Key, Value: await ask(folder + encodeURIComponent(Key)) })));
    },
    identityDocument: () => ask('/latest/dynamic/instance-identity/rsa2048'),
    instanceId: () => ask('/latest/meta-data/instance-id').then((text) => text.trim()),
    region: () => ask('/latest/meta-data/placement/region').then((text) => text.trim(), () => null),
  };
}

function call(endpoint: string, method: string, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = http.request(new URL(path, endpoint), { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > 65_536) response.destroy(new Error('the metadata service says too much'));
      });
      response.on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`the metadata service answered ${response.statusCode} to ${path}`))));
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error('there is no metadata service here')));
    sent.on('error', reject);
    sent.end();
  });
}

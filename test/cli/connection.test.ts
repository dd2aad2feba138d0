import { describe, it, before, after } from 'mocha';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { say, startFakeServer } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

describe('the connection of fairlead', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fairlead-connection-'));
  });
  after(() => rm(folder, { recursive: true }));

  const bearer = async (args: readonly string[], env: Readonly<Record<string, string>>, url: string | null = null): Promise<string> => {
    await using server = await startFakeServer({ 'GET /v1/applications': say({ applications: [] }) });
    const ran = await runCommand(['application', 'list', ...args.map((arg) => arg.replace('URL', server.url))], { env: url === null ? { ...env, FAIRLEAD_URL: server.url } : env });
    assert.equal(ran.status, 0, ran.err);
    return server.asked[0]?.headers.authorization ?? '';
  };

  it('comes from the environment', async () => {
    assert.equal(await bearer([], { FAIRLEAD_ACCESS_KEY_ID: 'E', FAIRLEAD_SECRET_ACCESS_KEY: 'es' }), 'Bearer E:es');
  });

  it('comes from flags before the environment', async () => {
    assert.equal(await bearer(['--access-key-id', 'F', '--secret-access-key', 'fs', '--url', 'URL'], environmentFor('http://127.0.0.1:1'), 'x'), 'Bearer F:fs');
  });

  it('comes from the file that the server wrote', async () => {
    const file = path.join(folder, 'administrator-access-key.json');
    await writeFile(file, JSON.stringify({ accessKeyId: 'C', secretAccessKey: 'cs' }));
    assert.equal(await bearer(['--credentials', file], environmentFor('http://ignored')), 'Bearer C:cs');
  });

  it('comes from the file named by FAIRLEAD_CONFIG, member by member after the environment', async () => {
    const file = path.join(folder, 'config.json');
    await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:1', accessKeyId: 'G', secretAccessKey: 'gs' }));
    assert.equal(await bearer([], { FAIRLEAD_CONFIG: file }), 'Bearer G:gs');
  });

  const refused: readonly (readonly [title: string, args: readonly string[], env: Readonly<Record<string, string>>, says: RegExp])[] = [
    ['says what is missing and the ways to give it when nothing is configured', [], {}, /address, an access key id, its secret missing[\s\S]*FAIRLEAD_URL[\s\S]*--url[\s\S]*--credentials/],
    ['names the one variable that is missing', [], { FAIRLEAD_URL: 'http://x', FAIRLEAD_ACCESS_KEY_ID: 'a' }, /Set FAIRLEAD_SECRET_ACCESS_KEY;/],
    ['names the origin of an address that is none', [], { ...environmentFor('localhost:80'), FAIRLEAD_URL: 'localhost:80' }, /"localhost:80" \(from FAIRLEAD_URL\) is no address/],
    ['refuses a credentials file that is not there', ['--credentials', '/nowhere/key.json'], {}, /no file "\/nowhere\/key\.json"/],
    ['refuses a configuration that is a folder', [], { FAIRLEAD_CONFIG: '/' }, /cannot be read: EISDIR/],
  ];
  for (const [title, args, env, says] of refused) {
    it(title, async () => {
      const ran = await runCommand(['application', 'list', ...args], { env });
      assert.equal(ran.status, 2);
      assert.equal(ran.out, '');
      assert.match(ran.err, says);
    });
  }

  it('answers with status 4 and what to try when the server is not there', async () => {
    const ran = await runCommand(['application', 'list'], { env: environmentFor('http://127.0.0.1:1') });
    assert.equal(ran.status, 4);
    assert.match(ran.err, /http:\/\/127\.0\.0\.1:1 cannot be reached: nothing listens there\.\n.*curl/);
  });
});

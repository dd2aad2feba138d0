import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decideServerConfig } from '../../server/config.ts';

describe("the server's configuration", () => {
  it('has a default for everything', () => {
    const config = decideServerConfig({}, {}, null);
    assert.equal(`${config.host}:${config.port}`, '127.0.0.1:4710');
    assert.equal(config.allowInsecurePlaintext, false);
    assert.equal(config.limits.eventStartMs, 300_000);
    assert.equal(config.limits.eventMs, 3_600_000);
  });

  it('takes flags before the environment before the file', () => {
    const file = 'listen: 127.0.0.1:1\ndata-dir: /from/file\nregion: eu-central-1\n';
    const env = { FAIRLEAD_LISTEN: '127.0.0.1:2', FAIRLEAD_DATA_DIR: '/from/env' };
    assert.equal(decideServerConfig({ listen: '127.0.0.1:3' }, env, file).port, 3);
    assert.equal(decideServerConfig({}, env, file).port, 2);
    assert.equal(decideServerConfig({}, {}, file).port, 1);
    assert.equal(decideServerConfig({}, {}, file).dataDir, '/from/file');
    assert.equal(decideServerConfig({}, {}, file).region, 'eu-central-1');
  });

  it('reads addresses of both families', () => {
    assert.equal(decideServerConfig({ listen: '[::1]:80' }, {}, null).host, '::1');
    assert.equal(decideServerConfig({ listen: ':80' }, {}, null).host, '0.0.0.0');
  });

  for (const [what, act, sentence] of [
    ['an address without a port', () => decideServerConfig({ listen: 'localhost' }, {}, null), /--listen wants HOST:PORT.*'localhost'/],
    ['a port beyond 65535', () => decideServerConfig({ listen: 'localhost:65536' }, {}, null), /HOST:PORT/],
    ['half an administrator key', () => decideServerConfig({}, { FAIRLEAD_ADMIN_ACCESS_KEY_ID: 'ABCD' }, null), /Set both/],
    ['a short secret', () => decideServerConfig({}, { FAIRLEAD_ADMIN_ACCESS_KEY_ID: 'ABCD', FAIRLEAD_ADMIN_SECRET_ACCESS_KEY: 'short' }, null), /at least 8/],
    ['an unknown key in the file', () => decideServerConfig({}, {}, 'lisen: 127.0.0.1:1\n'), /Known keys: data-dir, listen/],
    ['a value of the wrong type in the file', () => decideServerConfig({}, {}, 'ping-seconds: often\n'), /ping-seconds/],
    ['a certificate without its key', () => decideServerConfig({ tlsCertificate: '/c.pem' }, {}, null), /both --tls-certificate and --tls-key/],
  ] as const) {
    it(`refuses ${what} with a sentence`, () => assert.throws(act, sentence));
  }
});

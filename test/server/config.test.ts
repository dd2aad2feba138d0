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

  it('keeps its data in the data folder unless a database is named', () => {
    assert.equal(decideServerConfig({}, {}, null).database, null);
    const env = { FAIRLEAD_DATABASE: 'postgres://env' };
    assert.equal(decideServerConfig({ database: 'postgres://flag' }, env, 'database: postgres://file\n').database, 'postgres://flag');
    assert.equal(decideServerConfig({}, env, 'database: postgres://file\n').database, 'postgres://env');
    assert.equal(decideServerConfig({}, {}, 'database: postgres://file\n').database, 'postgres://file');
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
    ['an unknown key in the file', () => decideServerConfig({}, {}, 'lisen: 127.0.0.1:1\n'), /The configuration file: there is no key "lisen"; did you mean "listen"\? Known keys: data-dir, database, listen/],
    ['an unknown key of a section, naming section and file', () => decideServerConfig({ configFile: '/etc/f.yml' }, {}, 's3:\n  endpont: x\n'), /^Error: \/etc\/f\.yml: there is no key "s3\.endpont"; did you mean "endpoint"\? Known keys of s3: /],
    ['a key that resembles none', () => decideServerConfig({}, {}, 'colour: red\n'), /no key "colour"\. Known keys/],
    ['a file that is no YAML', () => decideServerConfig({}, {}, 'a: [\n'), /is not valid YAML: .* line \d/],
    ['a file that is a list', () => decideServerConfig({}, {}, '- a\n'), /must hold keys with values/],
    ['a value of the wrong type in the file', () => decideServerConfig({}, {}, 'ping-seconds: often\n'), /ping-seconds/],
    ['a certificate without its key', () => decideServerConfig({ tlsCertificate: '/c.pem' }, {}, null), /both --tls-certificate and --tls-key/],
  ] as const) {
    it(`refuses ${what} with a sentence`, () => assert.throws(act, sentence));
  }
});

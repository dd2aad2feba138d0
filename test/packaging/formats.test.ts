// The package formats, over a handful of small files: that what is written can be read again, and that equal contents give
// equal bytes. dpkg and rpm read the real packages in `npm run test:packages`.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'mocha';
import { gunzipSync } from 'node:zlib';
import { debName, makeDeb } from '../../packaging/deb.ts';
import { describePackage, packageNames } from '../../packaging/description.ts';
import { gzip } from '../../packaging/gzip.ts';
import { debScripts, filled, rpmScripts } from '../../packaging/maintainer-scripts.ts';
import { makeRpm, rpmName } from '../../packaging/rpm.ts';
import { makeTarball } from '../../packaging/tarball.ts';
import { config, file } from '../../packaging/tree.ts';
import { readAr, readCpio, readRpmHeader, readTar } from './readers.ts';

const description = describePackage('fairlead-agent', '1.2.3');
const files = [file('/usr/lib/fairlead-agent/run.sh', '#!/bin/sh\n', 0o755), config('/etc/fairlead/agent.yml', '# nothing\n', 0o600), file('/usr/share/doc/fairlead-agent/copyright', 'ours\n')];
const time = 1_700_000_000;
const common = { description, architecture: 'amd64', files, time } as const;
const rpmInput = { ...common, ownFolders: ['/usr/lib/fairlead-agent', '/etc/fairlead'], scripts: { post: 'true\n' } };

describe('a Debian package', () => {
  it('is its version, what dpkg is told, and what is installed, in this order', async () => {
    const members = readAr(await makeDeb({ ...common, scripts: { postinst: '#!/bin/sh\n' } }));
    assert.deepEqual(members.map(({ name }) => name), ['debian-binary', 'control.tar.gz', 'data.tar.gz']);
    const [control, data] = members.slice(1).map(({ bytes }) => readTar(gunzipSync(bytes)));
    assert.deepEqual(control!.map(({ name }) => name), ['./', './conffiles', './control', './md5sums', './postinst']);
    assert.deepEqual(data!.filter(({ content }) => content !== '').map(({ name, mode, content }) => [name, mode, content]), [
      ['./etc/fairlead/agent.yml', 0o600, '# nothing\n'],
      ['./usr/lib/fairlead-agent/run.sh', 0o755, '#!/bin/sh\n'],
      ['./usr/share/doc/fairlead-agent/copyright', 0o644, 'ours\n'],
    ]);
    assert.ok(data!.some(({ name }) => name === './usr/lib/fairlead-agent/'), 'folders are listed before what is in them');
    const told = (name: string): string => control!.find((entry) => entry.name === name)!.content;
    assert.equal(told('./conffiles'), '/etc/fairlead/agent.yml\n');
    assert.match(told('./control'), /^Package: fairlead-agent\nVersion: 1\.2\.3-1\nArchitecture: amd64\n/);
    assert.match(told('./control'), /^Depends: libc6 \(>= 2\.28\)/m);
    assert.match(told('./md5sums'), new RegExp(`^${createHash('md5').update('#!/bin/sh\n').digest('hex')}  usr/lib/fairlead-agent/run\\.sh$`, 'm'));
  });

  it('has the name that apt expects', () => {
    assert.equal(debName(description, 'arm64'), 'fairlead-agent_1.2.3-1_arm64.deb');
  });
});

describe('an rpm package', () => {
  it('has digests of its header and of both, which hold', () => {
    const bytes = makeRpm(rpmInput);
    const { signature, header, headerBytes, payload } = readRpmHeader(bytes);
    assert.deepEqual(signature.get(273), [createHash('sha256').update(headerBytes).digest('hex')]);
    assert.deepEqual(signature.get(269), [createHash('sha1').update(headerBytes).digest('hex')]);
    assert.deepEqual(signature.get(1000), [headerBytes.length + payload.length]);
    assert.equal((signature.get(1004) as readonly Buffer[])[0]!.toString('hex'), createHash('md5').update(headerBytes).update(payload).digest('hex'));
    assert.deepEqual(header.get(5092), [createHash('sha256').update(payload).digest('hex')]);
    assert.deepEqual(signature.get(1007), [gunzipSync(payload).length]);
  });

  it('lists its files as they are in the payload, configuration kept on upgrades', () => {
    const { header, payload } = readRpmHeader(makeRpm(rpmInput));
    const folders = header.get(1118) as readonly string[];
    const paths = (header.get(1117) as readonly string[]).map((name, index) => `${folders[Number(header.get(1116)![index])]}${name}`);
    assert.deepEqual(paths, ['/etc/fairlead', '/etc/fairlead/agent.yml', '/usr/lib/fairlead-agent', '/usr/lib/fairlead-agent/run.sh', '/usr/share/doc/fairlead-agent/copyright']);
    const entries = readCpio(gunzipSync(payload));
    assert.deepEqual(entries.map(({ name }) => name), [...paths.map((path) => `.${path}`), 'TRAILER!!!']);
    assert.deepEqual(header.get(1030), entries.slice(0, -1).map(({ mode }) => mode));
    const [noReplace, documentation] = [17, 2];
    assert.deepEqual(header.get(1037), [0, noReplace, 0, 0, documentation]);
  });

  it('names the machine as rpm does, and what it needs', () => {
    const { header } = readRpmHeader(makeRpm({ ...rpmInput, architecture: 'arm64' }));
    assert.deepEqual(header.get(1022), ['aarch64']);
    assert.equal(rpmName(description, 'arm64'), 'fairlead-agent-1.2.3-1.aarch64.rpm');
    assert.ok((header.get(1049) as readonly string[]).includes('libc.so.6(GLIBC_2.28)(64bit)'));
  });
});

describe('packages', () => {
  it('are the same bytes for the same contents', async () => {
    assert.deepEqual(await makeDeb({ ...common, scripts: {} }), await makeDeb({ ...common, scripts: {} }));
    assert.deepEqual(makeRpm(rpmInput), makeRpm(rpmInput));
    assert.deepEqual(await makeTarball(common), await makeTarball(common));
  });

  it('are one gzip stream whatever its members, and a large piece is compressed once', () => {
    const large = Buffer.alloc(17 * 1024 * 1024, 'fairlead');
    const stream = gzip([Buffer.from('before'), large, Buffer.from('after')]);
    assert.ok(gunzipSync(stream).equals(Buffer.concat([Buffer.from('before'), large, Buffer.from('after')])));
    assert.deepEqual(gzip([Buffer.from('before'), large, Buffer.from('after')]), stream);
  });

  for (const name of packageNames) {
    it(`have scripts in which every word is filled in (${name})`, async () => {
      const described = describePackage(name, '1.2.3');
      const texts = [...Object.values(await debScripts(described)), ...Object.values(await rpmScripts(described))] as readonly string[];
      assert.ok(texts.length >= 4);
      for (const text of texts) assert.doesNotMatch(text, /@[A-Z]+@/);
    });
  }

  it('make a user for the server alone', async () => {
    assert.match(await filled('deb/service.postinst', describePackage('fairlead-server', '1')), /systemd-sysusers/);
    assert.doesNotMatch(await filled('deb/service.postinst', description), /sysusers|useradd/);
  });

  it('come as a tarball with the same files and install.sh', async () => {
    const names = readTar(gunzipSync(await makeTarball(common))).map(({ name }) => name.replace('fairlead-agent-1.2.3-linux-amd64/', ''));
    assert.ok(['install.sh', 'setup.sh', 'root/usr/lib/fairlead-agent/run.sh', 'root/etc/fairlead/agent.yml'].every((name) => names.includes(name)), names.join(' '));
  });
});

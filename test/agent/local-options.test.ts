// What codedeploy-local takes and refuses, as claims about the plan of a local deployment.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LocalRefused, localEvents, planLocal } from '../../agent/local-options.ts';
import type { LocalPlan, LocationFacts } from '../../agent/local-options.ts';
import type { LocalOptions } from '../../protocol/model/local-deployment.ts';

const folder: LocationFacts = { path: '/app', kind: 'folder', names: ['appspec.yml', 'x'] };
const file: LocationFacts = { path: '/app.tgz', kind: 'file', names: [] };

const plan = (options: Partial<LocalOptions> = {}, facts: LocationFacts | null = folder): LocalPlan =>
  planLocal({ location: '/app', type: 'directory', fileExistsBehavior: 'DISALLOW', groupId: 'g', groupName: 'LocalFleet', applicationName: '/app', events: null, appSpecFilename: null, ...options }, facts);

const refused = (pattern: RegExp, options: Partial<LocalOptions>, facts: LocationFacts | null = folder): void =>
  assert.throws(() => plan(options, facts), (error: Error) => error instanceof LocalRefused && pattern.test(error.message));

describe('a local deployment’s events', () => {
  const eventsOf = (events: string): readonly string[] => plan({ events }).events;

  it('are all of them, in their order, when none are listed', () => {
    assert.deepEqual(plan().events, localEvents);
    assert.equal(localEvents.length, 11);
  });

  it('begin with DownloadBundle and Install where these are not listed', () => {
    assert.deepEqual(eventsOf('ApplicationStop'), ['DownloadBundle', 'Install', 'ApplicationStop']);
    assert.deepEqual(eventsOf('BeforeInstall, AfterInstall'), ['DownloadBundle', 'Install', 'BeforeInstall', 'AfterInstall']);
  });

  it('keep the order in which they are listed', () => {
    assert.deepEqual(eventsOf('ApplicationStop,DownloadBundle,BeforeInstall,Install,ApplicationStart'), ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'ApplicationStart']);
    assert.deepEqual(eventsOf('ApplicationStop,DownloadBundle,ApplicationStart'), ['ApplicationStop', 'DownloadBundle', 'Install', 'ApplicationStart']);
    assert.deepEqual(eventsOf('Install,ApplicationStart'), ['DownloadBundle', 'Install', 'ApplicationStart']);
  });

  it('may be of one’s own, but not before the bundle is there', () => {
    assert.deepEqual(plan({ events: 'DownloadBundle,Install,HealthCheck' }).ownEvents, ['HealthCheck']);
    refused(/HealthCheck is listed before DownloadBundle/, { events: 'HealthCheck,DownloadBundle' });
  });

  it('refuse an order in which a revision is used before it is there', () => {
    refused(/BeforeInstall is listed before DownloadBundle; only BeforeBlockTraffic, AfterBlockTraffic, ApplicationStop may be/, { events: 'BeforeInstall,DownloadBundle' });
    refused(/Install is listed before DownloadBundle/, { events: 'Install,DownloadBundle' });
    refused(/AfterInstall is listed before Install/, { events: 'DownloadBundle,AfterInstall,Install' });
    refused(/twice/, { events: 'ApplicationStop,ApplicationStop' });
    refused(/names no event/, { events: ' , ' });
    refused(/letters only/, { events: 'Application-Stop' });
  });
});

describe('a local deployment’s bundle', () => {
  it('is a folder or a file that fits its type', () => {
    assert.deepEqual(plan().source, { kind: 'folder', path: '/app' });
    assert.deepEqual(plan({ type: 'zip' }, file).source, { kind: 'file', path: '/app.tgz', format: 'zip' });
    refused(/is a file, but its type is directory/, {}, file);
    refused(/is a folder, but its type is tgz/, { type: 'tgz' });
    refused(/none of tgz, tar, zip and directory/, { type: 'rar' }, file);
    refused(/does not exist/, {}, { path: '/app', kind: null, names: [] });
  });

  it('holds its AppSpec where it is a folder', () => {
    const without = { ...folder, names: ['x'] };
    refused(/no appspec.yml/, {}, without);
    refused(/no deploy.yml/, { appSpecFilename: 'deploy.yml' }, without);
    for (const name of ['appspec.yaml', 'appspec.json', 'deploy.yml']) plan({ appSpecFilename: 'deploy.yml' }, { ...folder, names: [name] });
  });

  it('comes from https addresses and nothing less', () => {
    const at = (location: string, type = 'tgz'): unknown => plan({ location, type }, null).source;
    assert.deepEqual(at('https://e.org/a.tgz?x=1'), { kind: 'url', url: 'https://e.org/a.tgz?x=1', format: 'tgz', sha256: null });
    assert.deepEqual(at(`https://e.org/a.tgz#sha256=${'A'.repeat(64)}`), { kind: 'url', url: 'https://e.org/a.tgz', format: 'tgz', sha256: 'a'.repeat(64) });
    assert.deepEqual(at('https://github.com/o/r', 'zip'), { kind: 'url', url: 'https://api.github.com/repos/o/r/zipball/HEAD', format: 'zip', sha256: null });
    assert.deepEqual(at('https://api.github.com/repos/o/r/tarball/v1'), { kind: 'url', url: 'https://api.github.com/repos/o/r/tarball/v1', format: 'tgz', sha256: null });
    refused(/http, which anyone/, { location: 'http://e.org/a.tgz', type: 'tgz' }, null);
    refused(/folder cannot be downloaded/, { location: 's3://b/k' }, null);
    refused(/names no S3 object/, { location: 's3://b/', type: 'tgz' }, null);
    refused(/names no S3 object/, { location: 's3://b/a/%2E%2E/k', type: 'tgz' }, null);
    refused(/takes versionId and etag, not "x"/, { location: 's3://b/k?x=1', type: 'tgz' }, null);
    assert.deepEqual(at('s3://my.bucket/a%20b/c.tgz?versionId=v1&etag=%22e%22'), { kind: 's3', bucket: 'my.bucket', key: 'a b/c.tgz', version: 'v1', eTag: 'e', format: 'tgz' });
    assert.deepEqual(at('s3://b/k', 'zip'), { kind: 's3', bucket: 'b', key: 'k', version: null, eTag: null, format: 'zip' });
    refused(/neither a path nor an https/, { location: 'ftp://e.org/a', type: 'tgz' }, null);
    refused(/folder cannot be downloaded/, { location: 'https://e.org/a' }, null);
    refused(/no digest/, { location: 'https://e.org/a#md5=1', type: 'tgz' }, null);
  });
});

describe('a local deployment’s other options', () => {
  it('are checked before anything is changed', () => {
    assert.equal(plan({ fileExistsBehavior: 'retain' }).fileExistsBehavior, 'RETAIN');
    refused(/DISALLOW, OVERWRITE or RETAIN/, { fileExistsBehavior: 'MAYBE' });
    refused(/names a folder/, { groupId: '../x' });
  });
});

// The configuration files that are installed: every line that is commented out is one that works.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { readConfig } from '../../agent/config.ts';
import { decideServerConfig, ServerFile } from '../../server/config.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../packaging/config', name), 'utf8');
/** Settings stand right behind their #, words of explanation do not. */
const uncommented = (text: string): string => text.replaceAll(/^#(?! |$)/gm, '').replaceAll(/^#( {2,}\S)/gm, '$1');
const agentKeys = (text: string): readonly string[] => [...uncommented(text).matchAll(/^([a-z_]+):/gm)].map(([, key]) => key!);

describe('the configuration that is installed', () => {
  it('says nothing until somebody does', () => {
    const agent = { environment: {}, flags: {}, hostname: 'web-1', agentVersion: '1' };
    assert.deepEqual(readConfig({ ...agent, file: { path: 'the configuration file', text: read('agent.yml') } }), readConfig({ ...agent, file: null }));
    assert.deepEqual(decideServerConfig({}, {}, read('server.yml')), decideServerConfig({}, {}, null));
  });

  it('shows the agent nothing but keys that it knows, with values that it takes', () => {
    const { remarks, config } = readConfig({ file: { path: 'agent.yml', text: uncommented(read('agent.yml')) }, environment: {}, flags: {}, hostname: 'web-1', agentVersion: '1' });
    assert.deepEqual(remarks, []);
    assert.deepEqual([config.controllerUrl, config.tags, config.maxRevisions], ['https://fairlead.example.org:4710', [{ Key: 'role', Value: 'web' }], 5]);
    assert.ok(agentKeys(read('agent.yml')).length >= 20);
  });

  it('shows the server nothing but keys that it knows, with values that it takes, and all of them', () => {
    const text = uncommented(read('server.yml'));
    const config = decideServerConfig({}, {}, text);
    assert.deepEqual([config.region, config.accountId, config.limits.eventMs], ['us-east-1', '000000000000', 3_600_000]);
    const sections = ['s3', 'github', 'url', 'git', 'webhooks', 'sns', 'cloudwatch', 'elbv2', 'ec2', 'limits'];
    const missing = Object.keys(ServerFile.properties).filter((key) => !text.includes(`${key}:`) && !sections.includes(key) && !key.startsWith('source-'));
    assert.deepEqual(missing, []);
    for (const section of sections) assert.ok(Object.hasOwn(ServerFile.properties, section), section);
  });
});

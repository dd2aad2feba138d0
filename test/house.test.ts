// The house checks itself: that the fences see the code, that the operations are complete, and that names keep to the
// vocabulary.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { errorCodes } from '../protocol/errors.ts';
import { operations, registry } from '../protocol/operations/registry.ts';

const home = join(import.meta.dirname, '..');
const rooms = ['agent', 'cli', 'hooks', 'protocol', 'server', 'world'];

function sourcesOf(folder: string): string[] {
  return readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1));
}

const sources = rooms.flatMap(sourcesOf);

describe('the house', function () {
  this.timeout(120_000);

  describe('the import law', () => {
    let cruise: { modules: { source: string }[]; summary: { error: number; violations: { rule: { name: string }; from: string; to: string }[] } };
    before(() => {
      const output = execFileSync(
        process.execPath,
        [join(home, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms],
        { cwd: home, maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' },
      );
      cruise = JSON.parse(output) as typeof cruise;
    });

    it('sees every source file', () => {
      const seen = new Set(cruise.modules.map((module) => module.source));
      assert.deepEqual(sources.filter((source) => !seen.has(source)), []);
      assert.ok(sources.length > 200, `only ${sources.length} source files were found`);
    });

    it('is kept', () => {
      assert.deepEqual(cruise.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`), []);
    });
  });

  it('has a purity fence that catches a planted violation in every fenced room', async () => {
    const { ESLint } = await import('eslint');
    const eslint = new ESLint({ cwd: home });
    const planted = 'export const a = Date.now();\nexport const b = Math.random();\nexport const c = new Date();\nsetTimeout(() => {}, 1);\n';
    for (const room of ['server/planner', 'server/deployer', 'agent', 'hooks', 'protocol/model', 'world']) {
      const [result] = await eslint.lintText(planted, { filePath: join(home, room, 'planted.ts') });
      assert.equal(result?.errorCount, 4, `${room}: ${JSON.stringify(result?.messages)}`);
    }
  });

  it('has one handler file for every supported operation', () => {
    const handlers = new Set(readdirSync(join(home, 'server/operations')));
    const kebab = (name: string): string => name.replace('GitHub', 'Github').replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
    const missing = operations.filter((definition) => definition.isSupported && !handlers.has(`${kebab(definition.name)}.ts`));
    assert.deepEqual(missing.map((definition) => definition.name), []);
  });

  it('knows all 47 operations of CodeDeploy', () => {
    assert.equal(operations.filter((definition) => definition.faces === 'both').length, 47);
    assert.equal(new Set(operations.map((definition) => definition.route)).size, Object.keys(registry).length);
  });

  it('declares no error twice and none outside the catalogue', () => {
    const known = new Set(errorCodes);
    assert.equal(known.size, errorCodes.length);
    for (const { name, errors } of operations) for (const code of errors) assert.ok(known.has(code), `${name} declares ${code}`);
  });

  it('imports every file it has', () => {
    const text = [...sources, ...sourcesOf('test'), ...sourcesOf('examples'), ...sourcesOf('docs')].map((file) => readFileSync(join(home, file), 'utf8')).join('\n');
    const entrances = new Set(['cli/main.ts']);
    const dead = sources.filter((source) => !entrances.has(source) && !text.includes(`/${source.split('/').at(-1)!}'`));
    assert.deepEqual(dead, []);
  });

  it('keeps drawers and foreign words out of its file names', () => {
    const unwanted = /(^|[/-])(utils?|lib|helpers?|common|shared|master|worker|minion|node|job|packet|misc)([/.-]|$)/;
    assert.deepEqual(sources.filter((source) => unwanted.test(source)), []);
  });

  it('lets only the dialect files know which database it is', () => {
    const knowing = sourcesOf('server').filter((source) => /sqlite|postgres/i.test(readFileSync(join(home, source), 'utf8').replace(/\/\/.*|\/\*[^]*?\*\//g, '')));
    assert.deepEqual(knowing.filter((source) => !/server\/(store\/(sqlite|postgres)|main|data-lock)\.ts$/.test(source)), []);
  });
});

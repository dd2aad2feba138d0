import { describe, it, before, after } from 'mocha';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../cli/program.ts';
import type { Surroundings } from '../../cli/surroundings.ts';

const fairlead = path.resolve(import.meta.dirname, '../../bin/fairlead');

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): { readonly status: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(fairlead, args, { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 15_000 });
  return { status, out: stdout, err: stderr };
}

describe('bin/fairlead', () => {
  let scratch = '';
  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'fairlead-executable-'));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  const put = (name: string, text: string | Uint8Array): string => {
    const file = path.join(scratch, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };

  it('appspec validate answers 0 for a valid AppSpec, with warnings on standard error', () => {
    const file = put('warned.yml', 'version: 0.0\nos: linux\nhoks: {}\n');
    const ran = run(['appspec', 'validate', file]);
    assert.equal(ran.status, 0);
    assert.equal(ran.out, `${file} is a valid AppSpec.\n`);
    assert.match(ran.err, new RegExp(`^${file}:3: warning: hoks: .*\n$`));
  });

  it('appspec validate answers 1 for a wrong one, a line for each complaint', () => {
    const file = put('wrong.yml', 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: ""\n      timeout: 0\n');
    const ran = run(['appspec', 'validate', file]);
    assert.deepEqual([ran.status, ran.out], [1, '']);
    assert.match(ran.err, new RegExp(`^${file}:5: hooks\\.AfterInstall\\[0\\]\\.location: .*\n${file}:6: hooks\\.AfterInstall\\[0\\]\\.timeout: .*\n$`));
  });

  it('appspec validate --json says the same as one value', () => {
    const ran = run(['appspec', 'validate', put('wrong-too.yml', 'version: 1.0\nos: linux\n'), '--json']);
    const value = JSON.parse(ran.out) as { verdict: string; complaints: readonly { line: number; key: string }[] };
    assert.deepEqual([ran.status, value.verdict, value.complaints[0]?.line, value.complaints[0]?.key], [1, 'refused', 1, 'version']);
  });

  it('appspec validate answers 2 for what cannot be read, and 1 for what is too large or not UTF-8', () => {
    assert.equal(run(['appspec', 'validate', path.join(scratch, 'nowhere.yml')]).status, 2);
    assert.equal(run(['appspec', 'validate', scratch]).status, 2);
    const large = run(['appspec', 'validate', put('large.yml', '#'.repeat(1_048_577))]);
    assert.equal(large.status, 1);
    assert.match(large.err, /larger than 1048576 bytes/);
    assert.equal(run(['appspec', 'validate', put('latin1.yml', Buffer.from([0x76, 0xe9]))]).status, 1);
  });

  it('bundle create and bundle unpack are each other’s inverse', () => {
    put('app/appspec.yml', 'version: 0.0\nos: linux\n');
    for (const type of ['tgz', 'zip', 'tar']) {
      const archive = path.join(scratch, `app.${type}`);
      assert.equal(run(['bundle', 'create', path.join(scratch, 'app'), archive]).status, 0);
      const unpacked = run(['bundle', 'unpack', archive, path.join(scratch, `out-${type}`), '--format', type]);
      assert.equal(unpacked.status, 0, unpacked.err);
      assert.equal(readFileSync(path.join(scratch, `out-${type}`, 'appspec.yml'), 'utf8'), 'version: 0.0\nos: linux\n');
    }
  });

  it('bundle create writes over nothing, and leaves nothing behind when it cannot', () => {
    put('app/appspec.yml', 'version: 0.0\nos: linux\n');
    const taken = put('taken.tgz', 'mine');
    assert.equal(run(['bundle', 'create', path.join(scratch, 'app'), taken]).status, 2);
    assert.equal(readFileSync(taken, 'utf8'), 'mine');
    put('bare/readme', '');
    assert.equal(run(['bundle', 'create', path.join(scratch, 'bare'), path.join(scratch, 'bare.tgz')]).status, 2);
    assert.equal(existsSync(path.join(scratch, 'bare.tgz')), false);
  });

  it('bundle unpack answers 1 for what is no bundle, with the reason in one line, and leaves nothing', () => {
    const ran = run(['bundle', 'unpack', put('noise.bin', 'noise\u001b[2J'.repeat(100)), path.join(scratch, 'noise')]);
    assert.deepEqual([ran.status, ran.out], [1, '']);
    assert.match(ran.err, /^[\x20-\x7e]+\n$/);
    assert.equal(existsSync(path.join(scratch, 'noise')), false);
  });

  it('bundle unpack answers 1 for what is larger than allowed, and 2 for what is not there', () => {
    put('app/appspec.yml', 'version: 0.0\nos: linux\n');
    const archive = path.join(scratch, 'small.tar');
    run(['bundle', 'create', path.join(scratch, 'app'), archive]);
    assert.equal(run(['bundle', 'unpack', archive, path.join(scratch, 'small'), '--max-bytes', '5']).status, 1);
    assert.equal(run(['bundle', 'unpack', path.join(scratch, 'nowhere.tar'), path.join(scratch, 'x')]).status, 2);
  });

  it('says its version, which is the package’s', () => {
    const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
    assert.deepEqual(run(['--version']), { status: 0, out: `${version}\n`, err: '' });
  });

  it('says what went wrong as one JSON value on standard error where --json is given', () => {
    const told = (args: readonly string[]) => {
      const { status, out, err } = run(args);
      assert.equal(out, '');
      const value = JSON.parse(err) as { readonly code: string; readonly message: string; readonly exitStatus: number };
      assert.equal(value.exitStatus, status);
      return [status, value.code, value.message];
    };
    assert.deepEqual(told(['deploy', '--json']), [2, 'Usage', "required option '--application <name>' not specified"]);
    assert.equal(told(['frobnicate', '--json'])[1], 'Usage');
    assert.deepEqual(told(['appspec', 'validate', path.join(scratch, 'nowhere.yml'), '--json']).slice(0, 2), [2, 'Refused']);
    assert.deepEqual(told(['application', 'list', '--json', '--url', 'http://127.0.0.1:9', '--access-key-id', 'AAAA', '--secret-access-key', 'x']).slice(0, 2), [4, 'Unreachable']);
  });

  it('answers 2 for wrong usage, and says where help is', () => {
    for (const args of [[], ['frobnicate'], ['deploy'], ['push', '--application', 'a'], ['appspec', 'validate'], ['bundle', 'unpack', 'a', 'b', '--format', 'rar']]) {
      const ran = run(args);
      assert.deepEqual([args, ran.status, ran.out], [args, 2, '']);
      assert.match(ran.err, /--help|Usage/);
    }
  });

  it('writes no control characters when its output is no terminal', () => {
    for (const args of [['--help'], ['deploy', '--help'], ['application', 'list']]) {
      const { out, err } = run(args, { FORCE_COLOR: '1' });
      assert.doesNotMatch(out + err, /[\x00-\x09\x0b-\x1f\x7f]/);
    }
  });
});

describe('the help of fairlead', () => {
  const program = buildProgram({ version: '0.0.0', out: { isTerminal: false }, err: { isTerminal: false } } as unknown as Surroundings, () => {});

  /** Commands that do something: those without any of their own, and the two that have some and start a program besides. */
  const leaves = (command: Command): readonly Command[] => [...(command.commands.length === 0 || ['server', 'agent'].includes(command.name()) ? [command] : []), ...command.commands.flatMap(leaves)];
  const helpOf = (command: Command): string => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) });
    command.outputHelp();
    return text;
  };

  it('lists every command', () => {
    const help = helpOf(program);
    for (const name of ['server', 'agent', 'token', 'push', 'deploy', 'deployment', 'application', 'deployment-group', 'deployment-config', 'revision', 'instance', 'appspec', 'bundle']) {
      assert.match(help, new RegExp(`^  ${name} `, 'm'));
    }
    for (const [name, children] of [
      ['server', ['backup', 'restore']],
      ['agent', ['enroll', 'status', 'upgrade-bundle']],
      ['token', ['create', 'list', 'revoke']],
      ['audit', ['list', 'verify', 'export']],
      ['access-key', ['create', 'list', 'update', 'revoke']],
      ['deployment', ['list', 'show', 'watch', 'stop', 'explain', 'logs', 'approve', 'reject', 'override-calendar', 'continue', 'provisioned', 'decide-failure']],
      ['application', ['create', 'list', 'show', 'rename', 'delete']],
      ['deployment-group', ['create', 'update', 'list', 'show', 'explain', 'delete']],
      ['deployment-config', ['create', 'list', 'show', 'delete']],
      ['instance', ['list', 'tag', 'rotate-key', 'revoke-key', 'deregister', 'untag']],
    ] as const) {
      const command = program.commands.find((one) => one.name() === name);
      assert.deepEqual(command?.commands.map((one) => one.name()), children);
    }
  });

  for (const command of leaves(program)) {
    const path = `${command.parent === program ? '' : `${command.parent?.name()} `}${command.name()}`;
    if (path === 'help') continue;
    it(`of ${path} says what it does and shows an example of itself`, () => {
      const help = helpOf(command);
      assert.ok(command.description().length > 20);
      assert.match(help, new RegExp(`\nExamples?:\n(  \\$ .*\n)*?  \\$ .*fairlead ${path}\\b`));
    });
  }

  it('offers --json for every command but server and agent', () => {
    const without = leaves(program).filter((command) => !command.options.some((option) => option.long === '--json')).map((command) => command.name());
    assert.deepEqual(without, ['server', 'agent']);
  });
});

// The AppSpec parser against observed verdicts of the original agent, sentence by sentence of its rules.

import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AppSpec, Complaint } from '../../hooks/appspec/appspec.ts';
import { parseAppSpec, parseAppSpecBytes } from '../../hooks/appspec/parse.ts';

interface ParseCase {
  readonly id: string;
  readonly appspec: string;
  readonly expect: 'valid' | 'invalid';
  readonly reason: string;
  readonly parsed?: Readonly<Record<string, unknown>>;
}

const cases = JSON.parse(readFileSync(new URL('./fixtures/appspec-cases.json', import.meta.url), 'utf8')) as readonly ParseCase[];
const head = 'version: 0.0\nos: linux\n';

function accept(text: string): { readonly appSpec: AppSpec; readonly warnings: readonly Complaint[] } {
  const verdict = parseAppSpec(text);
  assert.ok(verdict.kind === 'accepted', JSON.stringify(verdict));
  return verdict;
}

function refuse(text: string): readonly Complaint[] {
  const verdict = parseAppSpec(text);
  assert.ok(verdict.kind === 'refused', `accepted: ${JSON.stringify(text.slice(0, 200))}`);
  assert.ok(verdict.complaints.length > 0);
  return verdict.complaints;
}

const script = (lines: string): string => `${head}hooks:\n  AfterInstall:\n    - location: a.sh\n${lines === '' ? '' : `      ${lines}\n`}`;
const permission = (lines: string): string => `${head}permissions:\n  - object: /x\n    ${lines}\n`;
const timeoutOf = (written: string): number | undefined => accept(script(`timeout: ${written}`)).appSpec.hooks['AfterInstall']?.[0]?.timeoutSeconds;
const modeOf = (written: string): string | null | undefined => accept(permission(`mode: ${written}`)).appSpec.permissions[0]?.mode;
const aclsOf = (...entries: string[]): readonly string[] | null | undefined => accept(permission(`acls: ${JSON.stringify(entries)}`)).appSpec.permissions[0]?.acls;
const rangeOf = (range: string): string | null | undefined => accept(permission(`context: {type: t, range: ${JSON.stringify(range)}}`)).appSpec.permissions[0]?.context?.range;

/** The observed subset in the words of our AppSpec. */
function assertHolds(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected) || (expected !== null && typeof expected === 'object')) {
    for (const [key, value] of Object.entries(expected)) {
      const name = key === 'timeout' ? 'timeoutSeconds' : key;
      assertHolds((actual as Readonly<Record<string, unknown>>)[name], value, `${path}.${key}`);
    }
    if (Array.isArray(expected) && expected.length === 0) assert.deepEqual(actual, [], path);
    return;
  }
  assert.deepEqual(actual, expected, path);
}

describe('the AppSpec parser gives the original agent\'s verdicts', () => {
  for (const one of cases) {
    it(`${one.id}: ${one.reason}`, () => {
      const verdict = parseAppSpec(one.appspec);
      assert.equal(verdict.kind === 'accepted' ? 'valid' : 'invalid', one.expect, JSON.stringify(verdict));
      if (verdict.kind === 'accepted' && one.parsed !== undefined) assertHolds(verdict.appSpec, one.parsed, one.id);
      if (verdict.kind === 'refused') {
        for (const complaint of verdict.complaints) assert.match(complaint.sentence, /^[A-Za-z_][^\p{C}]+\.$/u);
      }
    });
  }
});

describe('the AppSpec parser, the document', () => {
  it('reads JSON, CRLF, lone CR, directives and an explicit document', () => {
    for (const text of ['{"version":0.0,"os":"linux"}', '{\n\t"version": 0.0,\n\t"os": "linux"\n}', head.replaceAll('\n', '\r\n'), head.replaceAll('\n', '\r'), `%YAML 1.1\n---\n${head}`, `---\n${head}...\n`]) accept(text);
  });

  it('looks at nothing after the first document', () => {
    for (const rest of ['---\n[}{\n', '--- *a\n', '...\n: : :', '---\nx: 2024-01-01\n']) accept(head + rest);
    accept('{"version":0.0,"os":"linux"} left over }');
    assert.match(refuse(`---\n---\n${head}`)[0]?.sentence ?? '', /empty/);
  });

  it('refuses half a document: what is opened must be closed', () => {
    const whole = '{"version": 0.0, "os": "linux", "files": [{"source": "a", "destination": "/b"}], "hooks": {"AfterInstall": [{"location": "x.sh"}]}}';
    accept(whole);
    for (let length = 1; length < whole.length; length += 1) refuse(whole.slice(0, length));
    for (const text of [`${head}hooks: {AfterInstall: [{location: a}]`, '{version: 0.0,\n os: linux,\n', '{version: 0.0, os: linux]', '[{version: 0.0}', '{version: 0.0, os: "linux}']) refuse(text);
  });

  it('refuses aliases but not anchors, and dates but not quoted ones', () => {
    accept(`${head}x: &a 1\n`);
    accept(`${head}x: |\n  *a\ny: "*a"\nz: >\n *a\n`);
    assert.deepEqual(refuse(`${head}x: &a 1\ny: *a\n`)[0]?.line, 4);
    for (const date of ['2024-01-01', '2024-01-01 10:00:00', '2024-01-01T10:00:00Z']) {
      assert.match(refuse(`${head}x: ${date}\n`)[0]?.sentence ?? '', /is a date/);
      accept(`${head}x: "${date}"\n`);
    }
    accept(`${head}x: 2024-13-01\n`);
  });

  it('refuses foreign tags and keeps the core ones', () => {
    accept('version: !!float "0.0"\nos: !!str linux\n');
    for (const tagged of ['!ruby/object:Foo {}', '!foo bar', '!!binary aGk=', '!!set {a}']) assert.match(refuse(`${head}x: ${tagged}\n`)[0]?.sentence ?? '', /tag/);
  });

  it('does not expand merge keys, and says so', () => {
    assert.match(accept(`${head}<<: {files: 5}\n`).warnings[0]?.sentence ?? '', /not expanded/);
    refuse('<<: {version: 0.0}\nos: linux\n');
  });

  it('treats prototype names as ordinary keys', () => {
    const { appSpec } = accept(`${head}__proto__: {os: x}\nhooks:\n  __proto__:\n  - location: a\n  constructor:\n`);
    assert.deepEqual(Object.keys(appSpec.hooks), ['__proto__']);
    assert.equal(appSpec.hooks['constructor'], undefined);
    assert.equal(({} as Record<string, unknown>)['location'], undefined);
  });

  it('refuses NUL and control characters, raw or escaped, and bytes that are no UTF-8', () => {
    for (const text of [`${head}x: a\0b\n`, `${head}x: a\u0007b\n`, `${head}x: "a\\0"\n`, `${head}x: "\\ud800"\n`, `${head}x: \ud800\n`]) assert.equal(refuse(text)[0]?.line, 3);
    const verdict = parseAppSpecBytes(Buffer.concat([Buffer.from(`${head}x: `), Buffer.from([0xff, 0x0a])]));
    assert.ok(verdict.kind === 'refused');
    assert.deepEqual(verdict.complaints[0], { line: 3, key: '', sentence: 'The AppSpec is not valid UTF-8. Save it with UTF-8 encoding.' });
    assert.equal(parseAppSpecBytes(Buffer.from(`${head}x: é\n`)).kind, 'accepted');
  });

  it('names the byte-order mark when it hides the first key', () => {
    assert.match(refuse(`\uFEFF${head}`).map((complaint) => complaint.sentence).join(' '), /byte-order mark.*os is missing/);
  });

  it('takes any number equal to zero as version, and no text', () => {
    for (const version of ['0', '0.', '.0', '-0.0', '0x0', '0b0', '00', '0:00', '0_0.0', '0.0e+0']) accept(`version: ${version}\nos: linux\n`);
    for (const version of ['"0"', '0e0', '1', '0.01', '.nan', '~', 'no', '[0.0]', '{}']) assert.equal(refuse(`version: ${version}\nos: linux\n`)[0]?.key, 'version');
  });

  it('reports every complaint in the original\'s order of checks', () => {
    const complaints = refuse('file_exists_behavior: x\npermissions: x\nfiles: x\nhooks: x\nos: x\nversion: x\n');
    assert.deepEqual(complaints.map((complaint) => complaint.key), ['version', 'os', 'hooks', 'files', 'permissions', 'file_exists_behavior']);
    assert.deepEqual(complaints.map((complaint) => complaint.line), [6, 5, 4, 3, 2, 1]);
  });

  it('takes null and false sections as absent', () => {
    for (const nothing of ['', '~', 'null', 'no', 'off', 'false', '{}']) accept(`${head}hooks: ${nothing}\nfiles: ${nothing}\npermissions: ${nothing}\n`);
    for (const wrong of ['x', '5', 'yes']) for (const key of ['hooks', 'files', 'permissions']) assert.equal(refuse(`${head}${key}: ${wrong}\n`)[0]?.key, key);
  });
});

describe('the AppSpec parser, hooks', () => {
  it('reads timeouts as the original does', () => {
    const expected: readonly (readonly [string, number])[] = [
      ['30', 30], ['"30"', 30], ['30s', 30], ['1.9', 1], ['1_000', 1000], ['"1_000"', 1000], ['1,000', 1000], ['0x1F', 31], ['0b11', 3], ['0644', 420], ['1:30', 5400], ['1:00:01', 3601],
      ['+30', 30], ['1e3', 1], ['1.5e+3', 1500], ['08', 8], ['" 7 "', 7], ['', 3600], ['~', 3600], ['no', 3600], ['false', 3600], ['7200', 7200],
    ];
    for (const [written, seconds] of expected) assert.equal(timeoutOf(written), seconds, written);
    assert.equal(timeoutOf('9'.repeat(40)), Number.MAX_SAFE_INTEGER);
  });

  it('refuses timeouts that are not above zero or no number', () => {
    for (const written of ['0', '-5', '0.5', '"0x1F"', 'foo', '""', 'yes', '[30]', '{a: 1}', ':30', '.inf', '.nan']) {
      const [complaint] = refuse(script(`timeout: ${written}`));
      assert.equal(complaint?.key, 'hooks.AfterInstall[0].timeout');
      assert.equal(complaint.line, 6);
    }
  });

  it('makes text of whatever the location is, and trims it', () => {
    const locationOf = (written: string): string | undefined => accept(`${head}hooks:\n  AfterInstall:\n    - location: ${written}\n`).appSpec.hooks['AfterInstall']?.[0]?.location;
    assert.deepEqual(['123', 'true', 'false', '1.0', '0x1F', '" a.sh\\t"', ':a', '[a]', '1e16', '1.0e+16'].map(locationOf), ['123', 'true', 'false', '1.0', '31', 'a.sh', 'a', '["a"]', '1e16', '1.0e+16']);
    for (const written of ['', '""', '"  "', '~']) assert.equal(refuse(`${head}hooks:\n  AfterInstall:\n    - location: ${written}\n`)[0]?.key, 'hooks.AfterInstall[0].location');
  });

  it('reads runas and sudo', () => {
    const read = (lines: string): unknown => { const one = accept(script(lines)).appSpec.hooks['AfterInstall']?.[0]; return [one?.runas, one?.sudo]; };
    assert.deepEqual(read(''), [null, false]);
    assert.deepEqual(read('{}'.replace('{}', 'runas: " bob "')), ['bob', false]);
    assert.deepEqual(read('runas: 1000'), ['1000', false]);
    assert.deepEqual(read('sudo: "false"'), [null, true]);
    assert.deepEqual(read('sudo: no'), [null, false]);
  });

  it('drops null and false events, keeps empty ones, and refuses other shapes', () => {
    assert.deepEqual(Object.keys(accept(`${head}hooks:\n  A:\n  B: []\n  C: {}\n  D: off\n  E: false\n`).appSpec.hooks), ['B', 'C']);
    for (const shape of ['x', '5', 'true', '{location: a}', '[a]', '[~]', '[[a]]']) refuse(`${head}hooks:\n  AfterInstall: ${shape}\n`);
    refuse(`${head}hooks: [{BeforeInstall: Fn}]\n`);
  });

  it('warns of unknown events, unknown keys, duplicate keys and timeouts above an hour together', () => {
    const warned = accept(`${head}extra: 1\nextra: 2\nhooks:\n  Typo:\n  - location: a\n    retries: 3\n    timeout: 3000\n  - location: b\n`).warnings;
    assert.deepEqual(warned.map((warning) => [warning.line, warning.key]), [[4, ''], [8, 'hooks.Typo[0].retries'], [6, 'hooks.Typo'], [6, 'hooks.Typo'], [4, 'extra']]);
  });
});

describe('the AppSpec parser, files', () => {
  it('wants a source and a destination, of any scalar kind', () => {
    assert.deepEqual(accept(`${head}files: [{source: 1, destination: no}]\n`).appSpec.files, [{ source: '1', destination: 'false' }]);
    assert.equal(refuse(`${head}files: [{destination: a}]\n`)[0]?.key, 'files[0].source');
    assert.equal(refuse(`${head}files: [{source: a, destination: ~}]\n`)[0]?.key, 'files[0].destination');
    for (const shape of ['[a]', '[~]', '[[a]]', '[{source: [a], destination: b}]']) refuse(`${head}files: ${shape}\n`);
  });
});

describe('the AppSpec parser, permissions', () => {
  it('reads modes with all their traps', () => {
    assert.deepEqual(['0644', '"0644"', '644', '0777', '""', '7', '"4755"', '~', '0', '1:30', '0x1FF', '1_000'].map(modeOf), ['420', '0644', '644', '511', '000', '007', '4755', null, '000', '5400', '511', '1000']);
    for (const written of ['0755', '8', '"01777"', 'u+x', '0o644', '-1', '7.5', 'true', 'no', '[7]', '" 7"']) assert.equal(refuse(permission(`mode: ${written}`))[0]?.key, 'permissions[0].mode');
    assert.match(accept(permission('mode: 0644')).warnings[0]?.sentence ?? '', /as the number 420, so mode 420 is set/);
  });

  it('reads ACL entries in every short form', () => {
    assert.deepEqual(aclsOf('bob:7', 'm:rw', 'mask:', 'd::5', 'd:m:7', 'd:o::4', 'default:user:bob:xxr', 'u:m:7', 'g:o:1', 'u:7'), [
      'user:bob:rwx', 'mask::rw-', 'mask::---', 'default:user::r-x', 'default:mask::rwx', 'default:other::r--', 'default:user:bob:r-x', 'user:mask:rwx', 'group:other:--x', 'user:u:rwx',
    ]);
    for (const entry of ['', '7', 'a:b:c:d', 'a:b:c:d:e', 'x:bob:7', 'd:d:bob:7', 'm:a:7', 'o:7', 'other::7', 'u::7', 'g::7', ':7', '::7', 'bob:8', 'bob:77', 'bob:R', 'd:mask:x:7', 'a,u:7', 'a\nb:7']) {
      assert.equal(refuse(permission(`acls: [${JSON.stringify(entry)}]`))[0]?.key, 'permissions[0].acls[0]', entry);
    }
    for (const shape of ['x', '5', 'false', '[7]', '[1:7]', '[~]', '[{m: 7}]']) refuse(permission(`acls: ${shape}`));
    assert.deepEqual(accept(permission('acls: []')).appSpec.permissions[0]?.acls, []);
  });

  it('reads SELinux ranges, sorted and compressed', () => {
    assert.deepEqual(['s0', 's00-s1', 's1-s1', 's0:c5,c1,c0', 's0-s15:c0.c1023', 's0:c1,', 's0:c01', 's0:c3.c3,c4'].map(rangeOf), ['s0', 's0-s1', 's1', 's0:c0.c1,c5', 's0-s15:c0.c1023', 's0:c1', 's0:c1', 's0:c3.c4']);
    for (const range of ['', 's', 'S0', 's0-', '-s0', 's1-s0', 's0-s1-s2', 's0:', ':c0', 's0:c', 's0:c1024', 's0:c2.c1', 's0:c1.', 's0:c1.c2.c3', 's0:c1,c1', 's0:,c1', 's0:c1,,c2', 's0:c0.c2,c1', 's0: c1']) {
      assert.equal(refuse(permission(`context: {type: t, range: ${JSON.stringify(range)}}`))[0]?.key, 'permissions[0].context.range', range);
    }
    refuse(permission('context: {type: t, range: 0}'));
  });

  it('reads the SELinux user from name and warns that user is ignored', () => {
    const { appSpec, warnings } = accept(permission('context: {type: t, name: n, user: u}'));
    assert.deepEqual(appSpec.permissions[0]?.context, { user: 'n', role: null, type: 't', range: null });
    assert.match(warnings[0]?.sentence ?? '', /"name: u"/);
    for (const shape of ['x', '5', 'false', '[a]', '{}', '{type: ~}']) refuse(permission(`context: ${shape}`));
  });

  it('takes except and type as lists only, and two words only for type', () => {
    const { appSpec } = accept(permission('except: [a, 1]\n    type: []\n    pattern: no\n    owner: 1000'));
    assert.deepEqual(appSpec.permissions[0], { object: '/x', pattern: '**', except: ['a', '1'], type: [], owner: '1000', group: null, mode: null, acls: null, context: null });
    for (const lines of ['except: x', 'type: file', 'type: [File]', 'type: [~]', 'except: 5']) refuse(permission(lines));
    for (const shape of ['[a]', '[~]', '[{}]', '[{object: ""}]', '[{object: " "}]']) refuse(`${head}permissions: ${shape}\n`);
  });
});

describe('the AppSpec parser under hostile text', () => {
  const mebibyte = 1_048_576;
  const fill = (piece: string): string => piece.repeat(Math.floor((mebibyte - 300) / piece.length));
  const count = (piece: (index: number) => string): string => {
    const pieces: string[] = [];
    for (let size = 0, index = 0; size < mebibyte - 300; index += 1) {
      pieces.push(piece(index));
      size += pieces.at(-1)?.length ?? 1;
    }
    return pieces.join('');
  };
  const hostile: Readonly<Record<string, () => string>> = {
    '60,000 keys': () => head + count((index) => `k${index}: ${index}\n`),
    'one key 100,000 times': () => head + fill('a: b\n'),
    'nested flow lists': () => `${head}x: ${fill('[')}`,
    'nested flow mappings': () => `${head}x: ${fill('{a: ')}`,
    'nested block lists': () => `${head}x:\n ${fill('- ')}`,
    'ever deeper indentation': () => head + Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    'a long flow list': () => `${head}x: [${fill('a,')}]`,
    'a long flow mapping': () => `${head}x: {${count((index) => `a${index}: b,`)}}`,
    'one huge plain scalar': () => `${head}x: ${fill('a')}`,
    'one huge quoted scalar of escapes': () => `${head}x: "${fill('\\n')}"`,
    'a quote that never ends': () => `${head}x: "${fill('a\n ')}`,
    'blank lines in quotes': () => `${head}x: "${fill(' \n')}"`,
    'wrong escapes': () => `${head}x: "${fill('\\q')}"`,
    'closing brackets': () => head + fill('}'),
    'aliases': () => `${head}a: &a x\n${fill('b: *a\n')}`,
    'anchors': () => head + count((index) => `k${index}: &a${index} x\n`),
    'tags': () => `${head}x: ${fill('!a ')}`,
    'blank lines': () => head + fill('\n'),
    'comments': () => head + fill('#\n'),
    'documents': () => head + fill('---\n'),
    'directives': () => `${fill('%TAG !a! b\n')}---\n${head}`,
    'colons': () => `${head}x: [${fill(': ')}]`,
    'a number without end': () => `${head}x: ${fill('1:')}`,
    'a mode without end': () => `${head}permissions:\n- object: a\n  mode: ${fill('7')}`,
    'an ACL of colons': () => `${head}permissions:\n- object: a\n  acls: ["${fill(':')}"]`,
    'a range of all categories, again and again': () => `${head}permissions:\n- object: a\n  context: {type: a, range: "s0:${fill('c0.c1023,')}"}`,
    'a range of commas': () => `${head}permissions:\n- object: a\n  context: {type: a, range: "s0:${fill(',')}"}`,
    'spaces before a word': () => `${head}x: ${fill(' ')}a`,
  };
  for (const [name, make] of Object.entries(hostile)) {
    it(`1 MiB of ${name} gets its verdict within four seconds of processor time`, () => {
      const text = make();
      const began = process.cpuUsage();
      const verdict = parseAppSpec(text);
      const { user, system } = process.cpuUsage(began);
      assert.ok((user + system) / 1_000 < 4_000, `${(user + system) / 1_000} ms of processor time`);
      if (verdict.kind === 'refused') assert.doesNotMatch(verdict.complaints[0]?.sentence ?? '', /cannot be read/);
      assert.ok((verdict.kind === 'refused' ? verdict.complaints : verdict.warnings).length <= 52);
    });
  }

  it('refuses what is above its limits and takes what is just below', () => {
    assert.match(refuse(head + `#${' '.repeat(mebibyte)}`)[0]?.sentence ?? '', /larger than 1048576 bytes/);
    const files = (length: number): string => `${head}files:\n${'- source: a\n  destination: b\n'.repeat(length)}`;
    assert.equal(accept(files(10_000)).appSpec.files.length, 10_000);
    assert.match(refuse(files(10_001))[0]?.sentence ?? '', /10001 entries/);
    const scripts = (length: number): string => `${head}hooks:\n  AfterInstall:\n${'  - location: a\n'.repeat(length)}`;
    assert.equal(accept(scripts(1_000)).appSpec.hooks['AfterInstall']?.length, 1_000);
    assert.match(refuse(scripts(1_001))[0]?.sentence ?? '', /1001 scripts/);
    accept(`${head}x: ${'['.repeat(62)}${']'.repeat(62)}\n`);
    assert.match(refuse(`${head}x: ${'['.repeat(65)}${']'.repeat(65)}\n`)[0]?.sentence ?? '', /nested deeper/);
  });

  it('shows hostile values shortened and escaped', () => {
    const [complaint] = refuse(`version: 0.0\nos: "\\e[31m\\u202e${'x'.repeat(500)}"\n`);
    assert.ok((complaint?.sentence.length ?? 1_000) < 250);
    assert.match(complaint?.sentence ?? '', /\\u\{1b\}\[31m\\u\{202e\}/);
  });

  it('never throws and always gives the same verdict', () => {
    const line = fc.constantFrom('version: 0.0', 'os: linux', 'files:', '- source: a', '  destination: b', 'hooks:', '  AfterInstall:', '  - location: x', '    timeout: 1:2', 'permissions:', '  mode: 0644', '---', '...', '{', '[', '"', "'", '&a *a', '!t', '<<: {a: 1}', '? ', ': ', '- - -', '|', '>', '\t', '#', '%YAML 1.1', '__proto__: 1', '2024-01-01');
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.oneof(line, fc.string({ unit: 'grapheme' })), { maxLength: 12 }).map((lines) => lines.join('\n')), fc.array(line).map((lines) => head + lines.join(' ')));
    fc.assert(
      fc.property(text, (one) => {
        const verdict = parseAppSpec(one);
        assert.deepEqual(parseAppSpec(one), verdict);
        const complaints = verdict.kind === 'refused' ? verdict.complaints : verdict.warnings;
        for (const complaint of complaints) assert.doesNotMatch(complaint.sentence + complaint.key, /\p{Cc}|cannot be read/u);
      }),
      { numRuns: 3_000 },
    );
  });
});

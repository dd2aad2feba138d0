// Cases of our own in the families of the observed ones: what the specification says of CodeDeploy's agent 1.8.1, one rule
// each. `expected` is what that agent does; where ours differs on purpose, the list of differences says why.

import type { DeployCase, FileShapes, Observed, Revision } from './agent-case.ts';
import { usualEvents } from './scratch-host.ts';

const head = 'version: 0.0\nos: linux\n';

const allSucceed = (events: readonly string[]): readonly string[] => events.map((event) => `${event}:Succeeded`);

/** Events up to the one that fails, and its error code. */
const failsAt = (event: string, code: number, more: Partial<Observed> = {}, events: readonly string[] = usualEvents): Observed => ({
  events: [...allSucceed(events.slice(0, events.indexOf(event))), `${event}:Failed`],
  failed_event: event,
  error_code: code,
  ...more,
});

type Change = Partial<Omit<DeployCase, 'id' | 'reason' | 'phase' | 'observed'>> & { readonly observed?: Partial<Observed> };

const deployment = (id: string, reason: string, change: Change): DeployCase => {
  const commands = change.commands ?? usualEvents;
  const observed = { events: allSucceed(commands), ...change.observed };
  return { appspec: head, revision_files: {}, ...change, id, reason, phase: 'deploy', expect: observed.failed_event === undefined ? 'valid' : 'invalid', observed };
};

// ---- hooks

const hookEvents = ['DownloadBundle', 'BeforeInstall'];
const hooked = (scripts: string): string => `${head}hooks:\n  BeforeInstall:\n${scripts.split('\n').map((line) => `    ${line}\n`).join('')}`;

const hook = (id: string, reason: string, script: FileShapes[string], more: { readonly scripts?: string; readonly files?: FileShapes; readonly observed?: Partial<Observed> } = {}): DeployCase =>
  deployment(`hook-${id}`, reason, { commands: hookEvents, appspec: hooked(more.scripts ?? '- location: s.sh'), revision_files: { 's.sh': script, ...more.files }, ...(more.observed === undefined ? {} : { observed: more.observed }) });

const hookFails = (code: number, script: string, log?: string): Observed => failsAt('BeforeInstall', code, { script_name: script, ...(log === undefined ? {} : { log }) }, hookEvents);
const started = (...scripts: readonly string[]): string => `LifecycleEvent - BeforeInstall\n${scripts.map((script) => `Script - ${script}\n`).join('')}`;

const hooks: readonly DeployCase[] = [
  hook('output-in-the-log', 'what a failed script wrote is in the log, with its stream', '#!/bin/sh\necho one\necho two\nexit 3\n', { observed: hookFails(4, 's.sh', `${started('s.sh')}[stdout]one\n[stdout]two\n`) }),
  hook('stderr-in-the-log', 'stderr is marked as such', '#!/bin/sh\necho trouble >&2\nexit 3\n', { observed: hookFails(4, 's.sh', `${started('s.sh')}[stderr]trouble\n`) }),
  hook('no-newline-at-the-end', 'a last line without its end counts', '#!/bin/sh\nprintf half\nexit 1\n', { observed: hookFails(4, 's.sh', `${started('s.sh')}[stdout]half\n`) }),
  hook('log-spans-scripts', 'the log is the event’s, not the script’s', '#!/bin/sh\necho A\n', { scripts: '- location: s.sh\n- location: t.sh', files: { 't.sh': '#!/bin/sh\necho B\nexit 1\n' }, observed: hookFails(4, 't.sh', 'LifecycleEvent - BeforeInstall\nScript - s.sh\n[stdout]A\nScript - t.sh\n[stdout]B\n') }),
  hook('second-script-missing', 'a missing second script fails after the first ran', '#!/bin/sh\necho A\n', { scripts: '- location: s.sh\n- location: t.sh', observed: hookFails(1, 't.sh', `${started('s.sh')}[stdout]A\n`) }),
  hook('in-order', 'scripts run in the order given', '#!/bin/sh\necho 1 >> ${DEST}.trace\n', { scripts: '- location: s.sh\n- location: t.sh\n- location: s.sh', files: { 't.sh': '#!/bin/sh\necho 2 >> ${DEST}.trace\n' }, observed: { hook_trace: ['1', '2', '1'] } }),
  hook('death-by-signal', 'death by a signal is code 4', '#!/bin/sh\nkill -9 $$\n', { observed: hookFails(4, 's.sh', started('s.sh')) }),
  hook('timeout', 'a script beyond its timeout is code 3', '#!/bin/sh\nsleep 30\n', { scripts: '- location: s.sh\n  timeout: 1', observed: hookFails(3, 's.sh') }),
  hook('timeout-ignored-sigterm', 'one that ignores SIGTERM is code 3 as well', "#!/bin/sh\ntrap '' TERM\nsleep 6\n", { scripts: '- location: s.sh\n  timeout: 1', observed: hookFails(3, 's.sh') }),
  hook('timeout-with-unit', 'a timeout is read as Ruby reads integers', '#!/bin/sh\nexit 0\n', { scripts: '- location: s.sh\n  timeout: 30s' }),
  hook('stdout-left-open', 'a child that keeps stdout open is code 6', '#!/bin/sh\nsleep 5 2>/dev/null &\n', { scripts: '- location: s.sh\n  timeout: 1', observed: hookFails(6, 's.sh') }),
  hook('crlf', 'a script with CRLF line ends is not run, code 4', '#!/bin/sh\r\nexit 0\r\n', { observed: hookFails(4, 's.sh', started('s.sh')) }),
  hook('without-shebang', 'a file without #! is run by /bin/sh', 'echo ran >> ${DEST}.trace\n', { observed: { hook_trace: ['ran'] } }),
  hook('stdin-is-at-its-end', 'standard input is at its end', '#!/bin/sh\ncat\n', { scripts: '- location: s.sh\n  timeout: 5' }),
  hook('folder-as-location', 'a folder cannot be run, code 4', 'x', { scripts: '- location: scripts', files: { 'scripts/a.sh': '#!/bin/sh\n' }, observed: hookFails(4, 'scripts') }),
  hook('in-a-folder', 'scripts may lie in folders', '', { scripts: '- location: scripts/deep/a.sh', files: { 'scripts/deep/a.sh': '#!/bin/sh\necho ran >> ${DEST}.trace\n' }, observed: { hook_trace: ['ran'] } }),
  hook('through-a-link', 'a link in the bundle may be a script’s location', '#!/bin/sh\necho ran >> ${DEST}.trace\n', { scripts: '- location: l.sh', files: { 'l.sh': { link: 's.sh' } }, observed: { hook_trace: ['ran'] } }),
  hook('finds-its-bundle', 'the location tells a script where its bundle is', '#!/bin/sh\n[ -f "$(dirname "$0")/data" ]\n', { files: { data: 'x' } }),
  hook('not-in-the-bundle', 'scripts do not run in the bundle’s folder', '#!/bin/sh\n[ ! -f ./data ]\n', { files: { data: 'x' } }),
  hook('metacharacters-in-name', 'a $ in a name is the shell’s, code 4', '', { scripts: "- location: 'a$b.sh'", files: { 'a$b.sh': '#!/bin/sh\n' }, observed: hookFails(4, 'a$b.sh') }),
  hook('empty-event-beside-others', 'an event without scripts is nothing to do', '', { scripts: '[]' }),
  { ...hook('unknown-event', 'an event nobody knows is not run', '#!/bin/sh\n'), appspec: `${hooked('- location: s.sh')}  BeforeSunrise:\n    - location: nowhere.sh\n` },
  hook('binary-that-is-none', 'a file of no known format goes to /bin/sh, which fails: code 4', { content: '\u007fELF nonsense\n', mode: 0o755 }, { observed: hookFails(4, 's.sh') }),
  hook('runas', 'runas runs as that user', '#!/bin/sh\n[ "$(id -un)" = daemon ]\n', { scripts: '- location: s.sh\n  runas: daemon' }),
  hook('runas-nobody-knows', 'a user that does not exist is code 4', '#!/bin/sh\n', { scripts: '- location: s.sh\n  runas: no-such-user', observed: hookFails(4, 's.sh') }),
  hook('runas-keeps-environment', 'runas keeps the variables', '#!/bin/sh\n[ "$LIFECYCLE_EVENT" = BeforeInstall ] && [ -n "$DEPLOYMENT_ID" ]\n', { scripts: '- location: s.sh\n  runas: daemon' }),
];

// ---- AppSpec and bundle

const trace = (text: string): string => `#!/bin/sh\necho ${text} >> \${DEST}.trace\n`;
const oneHook: Revision = { appspec: hooked('- location: s.sh'), revision_files: { 's.sh': trace('ran') } };
const ran: Partial<Observed> = { hook_trace: ['ran'] };

const bundles: readonly DeployCase[] = [
  ...(['tar', 'tgz', 'zip'] as const).map((type) => deployment(`bundle-${type}`, `a ${type} bundle`, { ...oneHook, commands: hookEvents, bundle: { type }, observed: ran })),
  ...(['tar', 'tgz', 'zip'] as const).map((type) =>
    deployment(`bundle-${type}-tree`, `modes, links and empty folders come out of a ${type}`, {
      appspec: `${head}files:\n  - source: d\n    destination: \${DEST}\n`,
      revision_files: { 'd/p': { content: 'p', mode: 0o640 }, 'd/x': { content: 'x', mode: 0o755 }, 'd/l': { link: 'x' }, 'd/e': { dir: true }, 'd/.dot': '.', 'd/ä ö': 'u' },
      bundle: { type },
      observed: { files_under_DEST: { '.dot': { content: '.', mode: '644' }, e: { dir: true, mode: '755' }, l: { link: 'x' }, p: { content: 'p', mode: '640' }, x: { content: 'x', mode: '755' }, 'ä ö': { content: 'u', mode: '644' } } },
    })),
  deployment('bundle-tgz-declared-tar', 'a tgz declared as tar works', { ...oneHook, commands: hookEvents, bundle: { type: 'tgz', declared: 'tar' }, observed: ran }),
  deployment('bundle-tar-declared-tgz', 'a tar declared as tgz does not', { ...oneHook, commands: hookEvents, bundle: { type: 'tar', declared: 'tgz' }, observed: failsAt('DownloadBundle', 5, { script_name: '' }, hookEvents) }),
  deployment('bundle-zip-declared-tar', 'nor a zip declared as tar', { ...oneHook, commands: hookEvents, bundle: { type: 'zip', declared: 'tar' }, observed: failsAt('DownloadBundle', 5, { script_name: '' }, hookEvents) }),
  deployment('bundle-tar-declared-zip', 'nor a tar declared as zip', { ...oneHook, commands: hookEvents, bundle: { type: 'tar', declared: 'zip' }, observed: failsAt('DownloadBundle', 5, { script_name: '' }, hookEvents) }),
  deployment('bundle-one-level-is-stripped', 'only one level is stripped', { ...oneHook, commands: hookEvents, appspec_name: 'a/b/appspec.yml', observed: failsAt('BeforeInstall', 5, { script_name: '' }, hookEvents) }),
  deployment('bundle-stripped-in-zip', 'the top folder of a zip goes as well', { ...oneHook, revision_files: { 'top/s.sh': trace('ran') }, commands: hookEvents, appspec_name: 'top/appspec.yml', bundle: { type: 'zip' }, observed: ran }),
  deployment('appspec-custom-name', 'the AppSpec may have a name of its own', { ...oneHook, commands: hookEvents, spec: { AppSpecFilename: 'deploy.yml' }, observed: ran }),
  deployment('appspec-custom-name-everywhere', 'for Install too', { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}\n`, revision_files: { 'd/a': '1' }, spec: { AppSpecFilename: 'deploy.yml' }, observed: { files_under_DEST: { a: { content: '1', mode: '644' } } } }),
  deployment('appspec-custom-name-missing', 'a name of its own that is not there', { ...oneHook, commands: hookEvents, spec: { AppSpecFilename: 'deploy.yml' }, appspec_name: 'other.yml', observed: failsAt('BeforeInstall', 5, { script_name: '' }, hookEvents) }),
  deployment('appspec-json', 'JSON is YAML', { ...oneHook, commands: hookEvents, appspec: '{"version":0.0,"os":"linux","hooks":{"BeforeInstall":[{"location":"s.sh"}]}}', observed: ran }),
  deployment('appspec-windows', 'an AppSpec for Windows fails', { commands: hookEvents, appspec: 'version: 0.0\nos: windows\n', revision_files: { x: '1' }, observed: failsAt('BeforeInstall', 5, { script_name: '' }, hookEvents) }),
  deployment('appspec-least', 'two lines are an AppSpec', { revision_files: { x: '1' } }),
];

// ---- Install and permissions

const toDest = (rest = ''): string => `${head}${rest.startsWith('file_exists') ? rest : ''}files:\n  - source: d\n    destination: \${DEST}\n${rest.startsWith('file_exists') ? '' : rest}`;
const file = (content: string, mode = '644'): { readonly content: string; readonly mode: string } => ({ content, mode });
const folder = { dir: true, mode: '755' } as const;
const install = (id: string, reason: string, files: FileShapes, tree: Observed['files_under_DEST'], change: Change = {}): DeployCase =>
  deployment(`inst-${id}`, reason, { appspec: toDest(), revision_files: files, ...change, observed: { ...(tree === undefined ? {} : { files_under_DEST: tree }), ...change.observed } });
const installFails = failsAt('Install', 5, { script_name: '' });

const installs: readonly DeployCase[] = [
  install('nested-file-by-name', 'a nested file lands under its own name', { 'a/b/c.txt': '1' }, { 'c.txt': file('1') }, { appspec: `${head}files:\n  - source: a/b/c.txt\n    destination: \${DEST}\n` }),
  install('source-with-slashes', 'slashes around a source mean nothing', { 'd/a': '1' }, { a: file('1') }, { appspec: `${head}files:\n  - source: /d/\n    destination: \${DEST}/\n` }),
  install('many-sources', 'several sources may share a folder', { 'd/a': '1', 'e/b': '2', f: '3' }, { a: file('1'), b: file('2'), f: file('3') }, { appspec: `${head}files:\n${['d', 'e', 'f'].map((source) => `  - source: ${source}\n    destination: \${DEST}\n`).join('')}` }),
  install('folders-merge', 'folders of two sources merge', { 'd/s/a': '1', 'e/s/b': '2' }, { s: folder, 's/a': file('1'), 's/b': file('2') }, { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}\n  - source: e\n    destination: \${DEST}\n` }),
  install('missing-parents', 'missing parents are made', { 'd/a': '1' }, { x: folder, 'x/y': folder, 'x/y/z': folder, 'x/y/z/a': file('1') }, { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}/x/y/z\n` }),
  install('existing-folder-is-no-conflict', 'a folder that is there is no conflict', { 'd/s/a': '1' }, { s: folder, 's/a': file('1'), 's/old': file('o') }, { pre_existing: { 's/old': 'o' } }),
  install('link-to-folder-is-copied', 'a link to a folder becomes a copy of it', { 'd/real/x': '1', 'd/l': { link: 'real' } }, { l: folder, 'l/x': file('1'), real: folder, 'real/x': file('1') }),
  install('dangling-link-is-kept', 'a link to nowhere is kept', { 'd/a': '1', 'd/l': { link: 'nowhere' } }, { a: file('1'), l: { link: 'nowhere' } }),
  install('overwrite-takes-the-new-mode', 'OVERWRITE takes the bundle’s mode', { 'd/a': { content: 'new', mode: 0o755 } }, { a: file('new', '755') }, { appspec: toDest('file_exists_behavior: OVERWRITE\n'), pre_existing: { a: { content: 'old', mode: 0o600 } } }),
  install('retain-deployment', 'RETAIN of the deployment', { 'd/a': 'new', 'd/b': 'B' }, { a: file('old'), b: file('B') }, { spec: { AgentActionOverrides: { AgentOverrides: { FileExistsBehavior: 'RETAIN' } } }, pre_existing: { a: 'old' } }),
  install('appspec-before-deployment', 'the AppSpec’s word goes before the deployment’s', { 'd/a': 'new' }, { a: file('old') }, { appspec: toDest('file_exists_behavior: RETAIN\n'), spec: { AgentActionOverrides: { AgentOverrides: { FileExistsBehavior: 'OVERWRITE' } } }, pre_existing: { a: 'old' } }),
  install('appspec-disallow-before-deployment', 'also when it is DISALLOW', { 'd/a': 'new' }, { a: file('old') }, { appspec: toDest('file_exists_behavior: DISALLOW\n'), spec: { AgentActionOverrides: { AgentOverrides: { FileExistsBehavior: 'OVERWRITE' } } }, pre_existing: { a: 'old' }, observed: installFails }),
  install('retain-in-a-folder', 'RETAIN looks at files in folders', { 'd/s/a': 'new', 'd/s/b': 'B' }, { s: folder, 's/a': file('old'), 's/b': file('B') }, { appspec: toDest('file_exists_behavior: RETAIN\n'), pre_existing: { 's/a': 'old' } }),
  install('duplicate-in-a-folder', 'a file wanted twice', { 'd/a': '1', 'e/a': '1' }, undefined, { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}\n  - source: e/a\n    destination: \${DEST}\n`, observed: installFails }),
  install('destination-is-a-file', 'a destination that is a file', { 'd/a': '1' }, { a: file('old') }, { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}/a\n`, pre_existing: { a: 'old' }, observed: installFails }),
  install('through-a-linked-folder', 'a destination may lead through a link', { 'd/a': '1' }, { l: { link: 'real' }, real: folder, 'real/a': file('1') }, { appspec: `${head}files:\n  - source: d\n    destination: \${DEST}/l\n`, pre_existing: { 'real/': { dir: true }, l: { link: 'real' } } }),
  install('scripts-are-installed-too', 'the whole bundle with its scripts', { 's.sh': '#!/bin/sh\n' }, { 'appspec.yml': file('(appspec)'), 's.sh': file('#!/bin/sh\n', '755') }, { appspec: `${head}files:\n  - source: /\n    destination: \${DEST}\nhooks:\n  AfterInstall:\n    - location: s.sh\n` }),
  install('hooks-see-what-is-there', 'AfterInstall finds the files, BeforeInstall does not', { 'd/a': '1', 'before.sh': '#!/bin/sh\n[ ! -e ${DEST}/a ]\n', 'after.sh': '#!/bin/sh\n[ -e ${DEST}/a ]\n' }, { a: file('1') }, { appspec: toDest('hooks:\n  BeforeInstall:\n    - location: before.sh\n  AfterInstall:\n    - location: after.sh\n') }),
];

const four: FileShapes = { 'd/f1.txt': '1', 'd/f2.log': '2', 'd/s/f3.txt': '3', 'd/s/deep/f4.txt': '4' };
const fourTree = (modes: Readonly<Record<string, string>> = {}): Observed['files_under_DEST'] => ({
  'f1.txt': file('1', modes['f1.txt']), 'f2.log': file('2', modes['f2.log']),
  s: { dir: true, mode: modes['s'] ?? '755' }, 's/deep': { dir: true, mode: modes['s/deep'] ?? '755' },
  's/deep/f4.txt': file('4', modes['s/deep/f4.txt']), 's/f3.txt': file('3', modes['s/f3.txt']),
});
const permission = (id: string, reason: string, rules: string, tree: Observed['files_under_DEST'], change: Change = {}): DeployCase =>
  deployment(`perm-${id}`, reason, { appspec: toDest(`permissions:\n${rules}`), revision_files: four, ...change, observed: { ...(tree === undefined ? {} : { files_under_DEST: tree }), ...change.observed } });
const inDest = (rest: string, object = '${DEST}'): string => `  - object: ${object}\n${rest.split('\n').map((line) => `    ${line}\n`).join('')}`;

const permissions: readonly DeployCase[] = [
  permission('any-depth', 'without a pattern files at any depth change', inDest('mode: 600\ntype: [file]'), fourTree({ 'f1.txt': '600', 'f2.log': '600', 's/f3.txt': '600', 's/deep/f4.txt': '600' })),
  permission('double-star', 'so says **', inDest('pattern: "**"\nmode: 600\ntype: [file]'), fourTree({ 'f1.txt': '600', 'f2.log': '600', 's/f3.txt': '600', 's/deep/f4.txt': '600' })),
  permission('folders', 'folders below, not the object itself', inDest('mode: 700\ntype: [directory]'), fourTree({ s: '700', 's/deep': '700' })),
  permission('files-and-folders', 'without a type both', inDest('mode: 700', '${DEST}/s'), fourTree({ 's/deep': '700', 's/f3.txt': '700', 's/deep/f4.txt': '700' })),
  permission('except', 'exceptions by name, any depth', inDest('mode: 600\ntype: [file]\nexcept: ["*.log", f3.txt]'), fourTree({ 'f1.txt': '600', 's/deep/f4.txt': '600', 's/f3.txt': '600' })),
  permission('except-with-slash', 'an exception with a slash never matches', inDest('mode: 600\ntype: [file]\nexcept: ["${DEST}/f1.txt"]'), fourTree({ 'f1.txt': '600', 'f2.log': '600', 's/f3.txt': '600', 's/deep/f4.txt': '600' })),
  permission('typo', 'an object that is nothing is ignored', inDest('mode: 600', '${DEST}/nope'), fourTree()),
  permission('file-with-type-directory', 'a file is no folder', inDest('mode: 600\ntype: [directory]', '${DEST}/f1.txt'), fourTree()),
  permission('file-with-pattern', 'a pattern on a file is refused', inDest('mode: 600\npattern: "*"', '${DEST}/f1.txt'), undefined, { observed: installFails }),
  permission('file-with-except', 'an exception on a file is refused', inDest('mode: 600\nexcept: [x]', '${DEST}/f1.txt'), undefined, { observed: installFails }),
  permission('twice', 'two rules for one file are refused', `${inDest('mode: 600\ntype: [file]')}${inDest('mode: 600', '${DEST}/f1.txt')}`, undefined, { observed: installFails }),
  permission('twice-by-pattern', 'also by patterns', `${inDest('mode: 600\npattern: "f*"\ntype: [file]')}${inDest('mode: 600\npattern: "*.txt"\ntype: [file]')}`, undefined, { observed: installFails }),
  permission('disjoint-patterns', 'disjoint rules are fine', `${inDest('mode: 600\npattern: "*.txt"\ntype: [file]')}${inDest('mode: 640\npattern: "*.log"\ntype: [file]')}`, fourTree({ 'f1.txt': '600', 'f2.log': '640' })),
  permission('quoted-octal', 'a quoted mode with a leading zero', inDest('mode: "0644"', '${DEST}/f1.txt'), fourTree()),
  permission('unquoted-octal', 'unquoted 0644 is YAML’s 420', inDest('mode: 0644', '${DEST}/f1.txt'), fourTree({ 'f1.txt': '420' })),
  permission('sticky-and-setuid', 'four digits', inDest('mode: 4755', '${DEST}/f1.txt'), fourTree({ 'f1.txt': '4755' })),
  permission('one-digit', 'a short mode is padded', inDest('mode: 7', '${DEST}/f1.txt'), fourTree({ 'f1.txt': '7' })),
  permission('setuid-with-owner', 'an owner in the same rule clears setuid', inDest('mode: 4755\nowner: root\ngroup: root', '${DEST}/f1.txt'), fourTree({ 'f1.txt': '755' })),
  permission('unknown-owner', 'an owner nobody knows fails', inDest('owner: no-such-user\ntype: [file]'), fourTree(), { observed: installFails }),
  permission('literal-brackets', 'brackets are no pattern', inDest('mode: 600\npattern: "f[12].*"\ntype: [file]'), fourTree()),
  permission('star-in-the-middle', 'a star anywhere in a name', inDest('mode: 600\npattern: "f*t"\ntype: [file]'), fourTree({ 'f1.txt': '600' })),
  permission('object-with-slash', 'a slash at the object’s end means nothing', inDest('mode: 600\npattern: "*.txt"\ntype: [file]', '${DEST}/'), fourTree({ 'f1.txt': '600' })),
  permission('empty-type', 'an empty type matches nothing', inDest('mode: 600\ntype: []'), fourTree()),
];

// ---- sequences

const events = ['BeforeBlockTraffic', 'AfterBlockTraffic', 'ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService', 'BeforeAllowTraffic', 'AfterAllowTraffic'];
const tracing = (version: string, failing?: string): Revision => ({
  appspec: `${head}hooks:\n${events.map((event) => `  ${event}:\n    - location: ${event}.sh\n`).join('')}`,
  revision_files: Object.fromEntries(events.map((event) => [`${event}.sh`, event === failing ? '#!/bin/sh\nexit 1\n' : trace(`${version}:${event}`)])),
});
const withTraffic = ['BeforeBlockTraffic', 'AfterBlockTraffic', ...usualEvents, 'BeforeAllowTraffic', 'AfterAllowTraffic'];
const of = (version: string, ...names: readonly string[]): readonly string[] => names.map((name) => `${version}:${name}`);
const rollback: Revision['spec'] = { DeploymentCreator: 'codeDeployRollback', DeploymentType: 'BLUE_GREEN' };
const files = (shapes: FileShapes, rest = ''): Revision => ({ appspec: toDest(rest), revision_files: shapes });
const sequence = (id: string, reason: string, previous: readonly Revision[], current: Change, observed: Partial<Observed>): DeployCase => deployment(`seq-${id}`, reason, { ...current, previous, observed });

const sequences: readonly DeployCase[] = [
  sequence('first-has-no-stop', 'a first deployment has no old scripts to run', [], { ...tracing('v1'), commands: withTraffic }, { hook_trace: of('v1', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService', 'BeforeAllowTraffic', 'AfterAllowTraffic') }),
  sequence('old-scripts-stop', 'stopping and blocking are the old revision’s', [tracing('v1')], { ...tracing('v2'), commands: withTraffic }, { hook_trace: [...of('v1', 'BeforeBlockTraffic', 'AfterBlockTraffic', 'ApplicationStop'), ...of('v2', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService', 'BeforeAllowTraffic', 'AfterAllowTraffic')] }),
  sequence('stop-after-download', 'once unpacked, the new scripts stop, too', [tracing('v1')], { ...tracing('v2'), commands: ['DownloadBundle', 'Install', 'ApplicationStop'] }, { hook_trace: of('v2', 'ApplicationStop') }),
  sequence('other-groups-scripts', 'another group’s scripts do not stop ours', [{ ...tracing('v1'), group: 'other' }], tracing('v2'), { hook_trace: of('v2', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService') }),
  sequence('failed-before-install', 'a deployment that never installed is not the last successful', [tracing('v1'), { ...tracing('v2', 'BeforeInstall'), expect: 'invalid' }], tracing('v3'), { hook_trace: [...of('v1', 'ApplicationStop'), ...of('v3', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService')] }),
  sequence('failed-after-install', 'one that installed is, although it failed later', [tracing('v1'), { ...tracing('v2', 'ApplicationStart'), expect: 'invalid' }], tracing('v3'), { hook_trace: [...of('v2', 'ApplicationStop'), ...of('v3', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService')] }),
  sequence('blue-green-rollback', 'a blue/green rollback blocks with the most recent and allows with the last successful revision', [tracing('v1'), { ...tracing('v2', 'BeforeInstall'), expect: 'invalid' }], { ...tracing('v3'), spec: rollback, commands: ['BeforeBlockTraffic', 'AfterBlockTraffic', 'ApplicationStop', 'BeforeAllowTraffic', 'AfterAllowTraffic'] }, { hook_trace: [...of('v2', 'BeforeBlockTraffic', 'AfterBlockTraffic'), ...of('v1', 'ApplicationStop', 'BeforeAllowTraffic', 'AfterAllowTraffic')] }),
  sequence('in-place-rollback', 'an in-place rollback is an ordinary deployment', [tracing('v1'), { ...tracing('v2', 'BeforeInstall'), expect: 'invalid' }], { ...tracing('v3'), spec: { DeploymentCreator: 'codeDeployRollback' }, commands: ['BeforeBlockTraffic', 'ApplicationStop'] }, { hook_trace: of('v1', 'BeforeBlockTraffic', 'ApplicationStop') }),
  sequence('update', 'a new revision replaces the old one’s files', [files({ 'd/a': '1', 'd/s/x': '1', 'd/keep': '1' })], files({ 'd/keep': '2', 'd/new': '2' }), { files_under_DEST: { keep: file('2'), new: file('2') } }),
  sequence('same-again', 'the same revision again is no conflict', [files({ 'd/a': '1', 'd/s/x': '1' })], files({ 'd/a': '1', 'd/s/x': '1' }), { files_under_DEST: { a: file('1'), s: folder, 's/x': file('1') } }),
  sequence('edited-file-is-replaced', 'an installed file that was edited is replaced', [{ ...files({ 'd/a': '1' }), then_write: { a: 'edited' } }], files({ 'd/a': '2' }), { files_under_DEST: { a: file('2') } }),
  sequence('made-folders-go', 'folders that were made go when they are empty', [{ appspec: `${head}files:\n  - source: d\n    destination: \${DEST}/x/y\n`, revision_files: { 'd/a': '1' } }], files({ 'd/b': '2' }), { files_under_DEST: { b: file('2') } }),
  sequence('stranger-in-the-way', 'a file made at run time is in the way of the next revision', [{ ...files({ 'd/a': '1' }), then_write: { b: 'stranger' } }], files({ 'd/a': '2', 'd/b': '2' }), { ...installFails, files_under_DEST: { b: file('stranger') } }),
  sequence('stranger-overwritten', 'unless it is to be overwritten', [{ ...files({ 'd/a': '1' }), then_write: { b: 'stranger' } }], files({ 'd/a': '2', 'd/b': '2' }, 'file_exists_behavior: OVERWRITE\n'), { files_under_DEST: { a: file('2'), b: file('2') } }),
  sequence('groups-side-by-side', 'two groups live side by side', [{ ...files({ 'd/a': '1' }), group: 'other' }], files({ 'd/b': '2' }), { files_under_DEST: { a: file('1'), b: file('2') } }),
  sequence('file-becomes-folder', 'a file becomes a folder', [files({ 'd/a': '1' })], files({ 'd/a/b': '2' }), { files_under_DEST: { a: folder, 'a/b': file('2') } }),
  sequence('folder-becomes-file', 'a folder becomes a file', [files({ 'd/a/b': '1' })], files({ 'd/a': '2' }), { files_under_DEST: { a: file('2') } }),
  sequence('missing-source-after-one', 'an Install that fails leaves no application behind', [files({ 'd/a': '1' })], { appspec: `${head}files:\n  - source: nope\n    destination: \${DEST}\n`, revision_files: { x: '1' } }, { ...installFails, files_under_DEST: {} }),
  sequence('after-a-failed-install', 'and the next one goes well', [files({ 'd/a': '1' }), { appspec: `${head}files:\n  - source: nope\n    destination: \${DEST}\n`, revision_files: { x: '1' }, expect: 'invalid' }], files({ 'd/b': '3' }), { files_under_DEST: { b: file('3') } }),
  sequence('permissions-again', 'permissions are set anew for each revision', [files({ 'd/a': '1' }, 'permissions:\n  - object: ${DEST}\n    mode: 600\n    type: [file]\n')], files({ 'd/a': '2' }), { files_under_DEST: { a: file('2') } }),
];

export const variations: readonly DeployCase[] = [...hooks, ...bundles, ...installs, ...permissions, ...sequences];

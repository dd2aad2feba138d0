// What a haproxy.cfg says, as far as the rules ask. Sections inherit from the `defaults` before them, or from the one that they
// name; `default-server` adds up. Pure.

import type { HaproxyBackend, HaproxyFacts, HaproxyFrontend, HaproxyServerFacts } from './haproxy-facts.ts';

interface Section {
  readonly kind: string;
  readonly name: string;
  readonly lines: readonly (readonly string[])[];
}

export function readHaproxyConfig(text: string, where: string, version?: string): HaproxyFacts {
  const sections = sectionsOf(text);
  const globals = sections.filter(({ kind }) => kind === 'global').flatMap(({ lines }) => lines);
  const resolved = withDefaults(sections);
  const sockets = globals.filter(([one, two]) => one === 'stats' && two === 'socket');
  return {
    where,
    version,
    hasServerStateFile: globals.some(([word]) => word === 'server-state-file') || globals.some(([word]) => word === 'server-state-base'),
    hardStopAfterSeconds: globals.filter(([word]) => word === 'hard-stop-after').map(([, value]) => milliseconds(value) / 1_000)[0] ?? null,
    statsSocket: sockets.length === 0 ? 'none' : sockets.some((words) => words.includes('admin')) ? 'admin' : 'lower',
    frontends: resolved.filter(({ kind }) => kind === 'frontend' || kind === 'listen').map(frontendOf),
    backends: resolved.filter(({ kind }) => kind === 'backend' || kind === 'listen').map(backendOf),
  };
}

const sectionWords = ['global', 'defaults', 'frontend', 'backend', 'listen', 'userlist', 'peers', 'resolvers', 'mailers', 'cache', 'program', 'ring', 'log-forward', 'http-errors', 'fcgi-app', 'crt-store', 'traces', 'acme', 'log-profile'];

function sectionsOf(text: string): readonly Section[] {
  const sections: { kind: string; name: string; lines: (readonly string[])[] }[] = [];
  for (const line of text.split('\n')) {
    const words = wordsOf(line);
    const [first] = words;
    if (first === undefined) continue;
    if (sectionWords.includes(first)) sections.push({ kind: first, name: words[1] ?? '', lines: [words] });
    else sections.at(-1)?.lines.push(words);
  }
  return sections;
}

/** Quotes and backslashes keep words together; # begins a comment. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|((?:\\.|[^\s"'#\\])+)|(#.*)/g)];
  const comment = words.findIndex((match) => match[4] !== undefined);
  return (comment < 0 ? words : words.slice(0, comment)).map(([, double, single, plain]) => double ?? single ?? (plain ?? '').replaceAll(/\\(.)/g, '$1'));
}

function withDefaults(sections: readonly Section[]): readonly Section[] {
  let last: readonly (readonly string[])[] = [];
  const named = new Map<string, readonly (readonly string[])[]>();
  const resolved: Section[] = [];
  for (const section of sections) {
    const heading = section.lines[0] ?? [];
    const from = heading.indexOf('from');
    const inherited = from < 0 ? null : (named.get(heading[from + 1] ?? '') ?? null);
    if (section.kind === 'defaults') {
      last = [...(inherited ?? []), ...section.lines.slice(1)];
      if (section.name !== '' && section.name !== 'from') named.set(section.name, last);
    } else if (['frontend', 'backend', 'listen'].includes(section.kind)) {
      resolved.push({ ...section, lines: [...(inherited ?? last), ...section.lines.slice(1)] });
    }
  }
  return resolved;
}

/** The last line that begins with these words, or null; one that begins with `no` takes it back. */
function lastLine(lines: Section['lines'], ...start: readonly string[]): readonly string[] | null {
  const begins = (words: readonly string[]): boolean => start.every((word, index) => words[index] === word);
  const found = lines.findLast((words) => begins(words) || (words[0] === 'no' && begins(words.slice(1))));
  return found === undefined || found[0] === 'no' ? null : found;
}

function frontendOf({ name, lines }: Section): HaproxyFrontend {
  return { name, isHttp: lastLine(lines, 'mode')?.[1] === 'http', closesIdle: lastLine(lines, 'option', 'idle-close-on-response') !== null };
}

function backendOf({ name, lines }: Section): HaproxyBackend {
  const common: string[] = [];
  const servers: HaproxyServerFacts[] = [];
  for (const words of lines) {
    if (words[0] === 'default-server') common.push(...words.slice(1));
    if (words[0] === 'server' || words[0] === 'server-template') servers.push(serverOf(words[1] ?? '', [...common, ...words.slice(3)]));
  }
  const isSticky = lines.some(([one, two]) => one === 'stick' && (two === 'on' || two === 'match' || two === 'store-request'));
  return {
    name,
    persistence: lastLine(lines, 'cookie') !== null ? 'cookie' : isSticky ? 'table' : null,
    loadsServerState: (lastLine(lines, 'load-server-state-from-file')?.[1] ?? 'none') !== 'none',
    retryOn: lastLine(lines, 'retry-on')?.slice(1) ?? null,
    sparesPosts: lines.some(([one, two]) => one === 'http-request' && two === 'disable-l7-retry'),
    checkPath: checkPathOf(lines),
    servers,
  };
}

/** `option httpchk [METHOD] PATH`, or `http-check send … uri PATH`. */
function checkPathOf(lines: Section['lines']): string | null {
  const sent = lines.findLast(([one, two]) => one === 'http-check' && two === 'send');
  const uri = sent === undefined ? undefined : sent[sent.indexOf('uri') + 1];
  if (sent?.includes('uri') === true && uri !== undefined) return uri;
  return lastLine(lines, 'option', 'httpchk')?.slice(2).find((word) => word.startsWith('/')) ?? null;
}

function serverOf(name: string, words: readonly string[]): HaproxyServerFacts {
  const valueOf = (key: string): string | undefined => {
    const at = words.lastIndexOf(key);
    return at < 0 ? undefined : words[at + 1];
  };
  const inter = valueOf('inter');
  const slowstart = valueOf('slowstart');
  return {
    name,
    weight: Number(valueOf('weight') ?? 1),
    isChecked: words.lastIndexOf('check') > words.lastIndexOf('no-check'),
    tracked: valueOf('track') ?? null,
    isBackup: words.lastIndexOf('backup') > words.lastIndexOf('no-backup'),
    interMs: inter === undefined ? undefined : milliseconds(inter),
    slowstartMs: slowstart === undefined ? undefined : milliseconds(slowstart),
    initState: valueOf('init-state') ?? null,
    cutsWhenDown: valueOf('on-marked-down') === 'shutdown-sessions',
  };
}

/** HAProxy's times are in milliseconds where no unit is said. */
function milliseconds(text: string | undefined): number {
  const [, number = '0', unit = 'ms'] = /^([0-9]+)(us|ms|s|m|h|d)?$/.exec(text ?? '') ?? [];
  return Number(number) * ({ us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1);
}

// Pairs of revisions, from one to the other of which an Install is interrupted at every point.

import type { FileShapes } from './sandbox.ts';

export interface Shape {
  readonly name: string;
  readonly preExisting?: FileShapes;
  /** Null: the first deployment. */
  readonly old: { readonly appSpec: string; readonly files: FileShapes } | null;
  readonly runtime?: FileShapes;
  readonly next: { readonly appSpec: string; readonly files: FileShapes };
}

const appSpec = (dest: string, rest = '', source = 'd'): string => `version: 0.0\nos: linux\n${rest.includes('behavior') ? rest : ''}files:\n  - source: ${source}\n    destination: ${dest}\n${rest.includes('behavior') ? '' : rest}`;

/** The shapes, for a destination folder. */
export const shapesFor = (dest: string): readonly Shape[] => [
  {
    name: 'a first deployment into a folder that is not there',
    old: null,
    next: { appSpec: appSpec(`${dest}/app/deep`), files: { 'd/a': 'a', 'd/s/b': 'bb', 'd/e': { dir: true }, 'd/l': { link: 'a' } } },
  },
  {
    name: 'an update that replaces, adds and deletes',
    preExisting: { strange: 'not ours' },
    old: { appSpec: appSpec(`${dest}/app`), files: { 'd/same': 'same', 'd/changed': 'old', 'd/gone': 'gone', 'd/sub/gone': 'x', 'd/kept/one': '1' } },
    runtime: { 'app/kept/run.log': 'log' },
    next: { appSpec: appSpec(`${dest}/app`), files: { 'd/same': 'same', 'd/changed': 'new', 'd/added': 'added', 'd/other/deep/x': 'x', 'd/kept/two': '2' } },
  },
  {
    name: 'OVERWRITE of strangers, also through a link',
    preExisting: { a: 'stranger', target: 'behind the link', b: { link: 'target' } },
    old: null,
    next: { appSpec: appSpec(dest, 'file_exists_behavior: OVERWRITE\n'), files: { 'd/a': 'ours', 'd/b': 'through', 'd/c': 'c' } },
  },
  {
    name: 'permissions on files and on folders that stay',
    old: { appSpec: appSpec(`${dest}/app`, `permissions:\n  - object: ${dest}/app\n    mode: 700\n    type: [directory]\n`), files: { 'd/s/a': 'a', 'd/b': 'b' } },
    next: { appSpec: appSpec(`${dest}/app`, `permissions:\n  - object: ${dest}/app\n    mode: 640\n    type: [file]\n  - object: ${dest}\n    pattern: app\n    mode: 711\n    type: [directory]\n`), files: { 'd/s/a': 'A', 'd/b': { content: 'B', mode: 0o755 } } },
  },
  {
    name: 'files that become folders, folders that become files, links that change',
    old: { appSpec: appSpec(dest), files: { 'd/f': 'a file', 'd/g/x': 'in a folder', 'd/g/y/z': 'deep', 'd/l': { link: 'f' }, 'd/m': { link: 'f' } } },
    next: { appSpec: appSpec(dest), files: { 'd/f/x': 'now in a folder', 'd/g': 'now a file', 'd/l': { link: 'g' }, 'd/m': 'now a file' } },
  },
  {
    name: 'a revision without files',
    old: { appSpec: appSpec(`${dest}/app`), files: { 'd/a': 'a', 'd/s/b': 'b' } },
    next: { appSpec: 'version: 0.0\nos: linux\n', files: { x: 'x' } },
  },
];

/** Two hundred files, half of them changed: too long to be interrupted everywhere in one run. */
export const manyFiles = (dest: string): Shape => {
  const files = (version: string): FileShapes => Object.fromEntries([...Array(200).keys()].map((n) => [`d/s${n % 7}/f${version === 'old' ? n : n + 20}`, n % 2 === 0 ? 'same' : `${version} ${n}`]));
  return { name: 'two hundred files', old: { appSpec: appSpec(`${dest}/app`), files: files('old') }, next: { appSpec: appSpec(`${dest}/app`), files: files('new') } };
};

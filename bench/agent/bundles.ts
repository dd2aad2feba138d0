// The bundles of the benchmark, made with the machine's own tar and zip so that the references read honest archives.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const script = '#!/bin/sh\n:\n';
const events = ['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

function appSpec(scriptsPerEvent: number): string {
  const hooks = events.flatMap((event) => [`  ${event}:`, ...Array.from({ length: scriptsPerEvent }, (_, index) => `    - location: hooks/${index}.sh\n      timeout: 60`)]);
  return `${['version: 0.0', 'os: linux', 'files:', '  - source: app', '    destination: /srv/app', ...(scriptsPerEvent === 0 ? [] : ['hooks:', ...hooks])].join('\n')}\n`;
}

function plant(folder: string, scriptsPerEvent: number): void {
  mkdirSync(join(folder, 'app'), { recursive: true });
  mkdirSync(join(folder, 'hooks'));
  writeFileSync(join(folder, 'appspec.yml'), appSpec(scriptsPerEvent));
  for (let index = 0; index < scriptsPerEvent; index += 1) writeFileSync(join(folder, `hooks/${index}.sh`), script, { mode: 0o755 });
}

/** Packs `folder` beside itself, in each format asked for; returns the archives' paths. */
function pack(folder: string, formats: readonly ('tar' | 'tgz' | 'zip')[]): readonly string[] {
  return formats.map((format) => {
    const archive = `${folder}.${format}`;
    if (format === 'zip') execFileSync('zip', ['-q', '-r', archive, '.'], { cwd: folder });
    else execFileSync('tar', [format === 'tgz' ? 'czf' : 'cf', archive, '-C', folder, '.']);
    return archive;
  });
}

/** `count` files of 1 to 4 KiB in folders of fifty, as a web application has. */
export function makeSmallFiles(folder: string, count: number): readonly string[] {
  plant(folder, 0);
  for (let index = 0; index < count; index += 1) {
    if (index % 50 === 0) mkdirSync(join(folder, `app/part-${index / 50}`));
    const line = `line of file ${index}, as text goes\n`;
    writeFileSync(join(folder, `app/part-${Math.floor(index / 50)}/file-${index}.txt`), line.repeat(1 + (index * 37) % 120));
  }
  return pack(folder, ['tgz', 'zip']);
}

let seed = 1;
/** The same in each run. */
function noise(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed;
}

/** One file of `mebibytes`, half of it counting and half of it noise, as a plain tar and as a tgz. */
export function makeBigFile(folder: string, mebibytes: number): readonly string[] {
  plant(folder, 0);
  const file = openSync(join(folder, 'app/big.bin'), 'w');
  const block = Buffer.alloc(1024 * 1024);
  for (let index = 0; index < mebibytes; index += 1) {
    for (let at = 0; at < block.length; at += 8) {
      block.writeUInt32LE((at + index) >>> 0, at);
      block.writeUInt32LE(noise(), at + 4);
    }
    writeSync(file, block);
  }
  closeSync(file);
  return pack(folder, ['tar', 'tgz']);
}

/** A bundle whose events each run `scriptsPerEvent` scripts that do nothing. */
export function makeHooks(folder: string, scriptsPerEvent: number): readonly string[] {
  plant(folder, scriptsPerEvent);
  writeFileSync(join(folder, 'app/index.html'), '<h1>hello</h1>\n');
  return pack(folder, ['tgz']);
}

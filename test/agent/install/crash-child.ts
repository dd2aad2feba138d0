// Installs and is killed at one change of the disk: node crash-child.ts FOLDER APPSPEC-FILE N [torn]

import fs from 'node:fs';
import { faultyDisk } from './faulty-disk.ts';
import { installNext } from './interrupted.ts';

const [folder, appSpecFile, at, torn] = process.argv.slice(2);
await installNext(folder!, fs.readFileSync(appSpecFile!, 'utf8'), faultyDisk(Number(at), 'kills', torn === 'torn').disk);

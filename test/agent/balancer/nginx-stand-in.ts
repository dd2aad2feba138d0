// A program that does what nginx does as far as the agent can see: a master that bears its title and has a pid file, workers that
// say so when they shut down and stay for as long as somebody holds them, -t, -T, -v and -s reload. The file that it includes
// is what makes a configuration good or bad. Real ones are under test/cutover.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Titles are written over the command line, so that must be long enough. */
const room = '-'.repeat(80);

const program = (folder: string) => `#!${process.execPath}
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const at = (name) => ${JSON.stringify(folder)} + '/' + name;
const args = process.argv.slice(2).filter((word) => word !== '${room}');
const has = (word) => args.includes(word);
const complain = () => {
  const text = fs.readFileSync(at('members.conf'), 'utf8');
  if (fs.existsSync(at('refuses'))) return 'nginx: [emerg] host not found in upstream "nowhere"';
  return /^server /m.test(text) ? null : 'nginx: [emerg] no servers are inside upstream';
};
if (has('-v')) { process.stderr.write('nginx version: nginx/1.22.1\\n'); process.exit(0); }
if (has('-T')) { process.stdout.write(fs.readFileSync(at('dump'), 'utf8')); process.exit(0); }
if (has('-t')) {
  fs.appendFileSync(at('tests'), fs.readFileSync(at('members.conf'), 'utf8') + '\\n');
  const complaint = complain();
  if (complaint === null) process.exit(0);
  process.stderr.write(complaint + '\\nnginx: configuration file /x test failed\\n');
  process.exit(1);
}
if (has('-s')) { process.kill(Number(fs.readFileSync(at('pid'), 'utf8')), 'SIGHUP'); process.exit(0); }
process.title = 'nginx: master process nginx';
fs.writeFileSync(at('pid'), String(process.pid));
let workers = [];
const begin = () => {
  const fresh = [1, 2].map(() => spawn('/bin/bash', [at('worker.sh')], { argv0: 'nginx: worker process', stdio: 'inherit' }));
  for (const old of workers) old.kill('SIGQUIT');
  workers = fresh;
  fs.appendFileSync(at('reloads'), fs.readFileSync(at('members.conf'), 'utf8') + '\\n');
};
process.on('SIGHUP', () => { if (!fs.existsSync(at('deaf'))) begin(); });
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 60000);
begin();
process.send('up');
`;

/** Ends when it is told to, or when its master has gone; stays, and says that it shuts down, for as long as there is a file `hold`. */
const worker = (folder: string) => `shutDown() { exec -a 'nginx: worker process is shutting down' /bin/bash ${folder}/old-worker.sh; }
trap shutDown QUIT
master=$PPID
while [ -d /proc/$master ]; do sleep 0.05 & wait $!; done
`;
const oldWorker = (folder: string) => `master=$PPID
while [ -e ${folder}/hold ] && [ -d /proc/$master ]; do sleep 0.05; done
`;

export const firstMembers = 'server 127.0.0.1:8081 weight=100; # web-1\nserver 127.0.0.1:8082 weight=100; # web-2\n';

export class NginxStandIn implements AsyncDisposable {
  readonly folder: string;
  #master: ChildProcess | null = null;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(members = firstMembers): Promise<NginxStandIn> {
    const self = new NginxStandIn(await mkdtemp(join(tmpdir(), 'fairlead-nginx-')));
    await mkdir(self.path('notes'));
    await writeFile(self.program, program(self.folder));
    await chmod(self.program, 0o755);
    await writeFile(self.path('worker.sh'), worker(self.folder));
    await writeFile(self.path('old-worker.sh'), oldWorker(self.folder));
    await writeFile(self.membersFile, members);
    await writeFile(self.path('dump'), `# configuration file ${self.membersFile}:\n  keepalive_timeout 65;\n`);
    await self.run();
    return self;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get program(): string {
    return this.path('nginx.cjs');
  }

  get membersFile(): string {
    return this.path('members.conf');
  }

  async run(): Promise<void> {
    const master = spawn(process.execPath, [this.program, room], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#master = master;
    await once(master, 'message');
  }

  async stop(): Promise<void> {
    const master = this.#master;
    if (master === null || master.exitCode !== null) return;
    const exited = once(master, 'exit');
    master.kill('SIGTERM');
    await exited;
  }

  members(): Promise<string> {
    return readFile(this.membersFile, 'utf8');
  }

  /** How often workers were made, the first ones included. */
  async reloads(): Promise<number> {
    return (await readFile(this.path('reloads'), 'utf8')).split('\n\n').length - 1;
  }

  /** Old workers stay from now on; what ends it lets them go. */
  async hold(): Promise<() => Promise<void>> {
    await writeFile(this.path('hold'), '');
    return () => rm(this.path('hold'), { force: true });
  }

  async leftovers(): Promise<readonly string[]> {
    return (await readdir(this.folder)).filter((name) => name.endsWith('.new'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// The nginx beside this agent, whose members are a file. A change of members is one walk:
//
//   noted ──▶ written ── nginx -t says no ──▶ put back as it was; nothing has happened
//                └── yes ──▶ reloaded ── new workers, and the old ones say that they shut down ──▶ over
//
// noted: what the file held is written down (and synced) before the file is touched, so that after a crash anywhere the walk is
// finished: `settle` asks nginx -t of the file as it lies there and puts it back or reloads. A reload is never begun while workers
// of an earlier one still run: each would keep its own generation of the configuration. Those end when their last connection does;
// that is the drain, and it is for whoever asks to look until it is over.

import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { BalancerAnswer } from '../../protocol/session/balancer-frames.ts';
import { nginxDirectives, type NginxAsk, type NginxInspection, type NginxMember } from '../../protocol/session/nginx.ts';
import type { World } from '../../world/world.ts';
import { isAllowedAddress } from './allowed-address.ts';
import { readMembers, writeMembers } from './members-file.ts';
import { countConnections, findNginx } from './nginx-processes.ts';
import type { NginxBalancer } from './read-balancers.ts';
import { refused } from './refused.ts';

export type NginxDoors = Pick<World, 'files' | 'processes' | 'clock' | 'log'>;

const testMs = 30_000;
const lookEveryMs = 25;
/** For new workers to come up; a reload that takes longer is looked for later. */
const reloadMs = 10_000;

/** What is kept beside the journal: the file as it was before the last change, and whether that change is over. */
interface Note {
  readonly former: string | null;
  readonly isOver: boolean;
}

export async function askNginx(balancer: NginxBalancer, notePath: string, ask: NginxAsk, doors: NginxDoors): Promise<BalancerAnswer> {
  const nginx = new Nginx(balancer, notePath, doors);
  if (ask.verb === 'inspect') return nginx.inspect();
  const trouble = await nginx.settle();
  if (trouble !== null) return trouble;
  return ask.verb === 'look' ? nginx.look() : nginx.apply(ask);
}

class Nginx {
  readonly #balancer: NginxBalancer;
  readonly #notePath: string;
  readonly #doors: NginxDoors;

  constructor(balancer: NginxBalancer, notePath: string, doors: NginxDoors) {
    this.#balancer = balancer;
    this.#notePath = notePath;
    this.#doors = doors;
  }

  /** Finishes what a crash, or a slow reload, left half done. Null when there is nothing left to do. */
  async settle(): Promise<BalancerAnswer | null> {
    const note = await this.#readNote();
    if (note === null || note.isOver) return null;
    const { master, oldWorkers } = await findNginx(this.#balancer, this.#doors);
    // Not running: it reads the file when it starts.
    if (master !== null && oldWorkers.length > 0) return this.#busy(oldWorkers);
    const said = await this.#test();
    if (said !== null) {
      await this.#write(note.former);
      await this.#note({ ...note, isOver: true });
      return refused(`A change of ${this.#balancer.membersFile} was cut short, and nginx -t refuses it; the file was put back: ${said}`, true);
    }
    return master === null ? (await this.#note({ ...note, isOver: true }), null) : this.#reload(note);
  }

  async look(): Promise<BalancerAnswer> {
    const { membersFile } = this.#balancer;
    const text = await this.#read();
    if (text === null) return refused(`There is no ${membersFile}. Write one server line into it (server 127.0.0.1:1 down; # -) and include it in an upstream of nginx.`, false);
    const members = readMembers(text);
    if (typeof members === 'string') return refused(`${membersFile} was changed by somebody else: ${members}. Mend it by hand, or leave only such lines in it.`, false);
    const { master, oldWorkers } = await findNginx(this.#balancer, this.#doors);
    const former = (await this.#readNote())?.former ?? null;
    const formerMembers = former === null ? null : readMembers(former);
    return {
      outcome: 'NginxSeen',
      sight: {
        isRunning: master !== null,
        digest: digestOf(text),
        members: [...members],
        formerMembers: formerMembers === null || typeof formerMembers === 'string' ? null : [...formerMembers],
        oldWorkers: oldWorkers.length,
        oldConnections: await countConnections(oldWorkers, this.#doors),
      },
    };
  }

  async apply({ basedOn, members, limits }: Extract<NginxAsk, { verb: 'apply' }>): Promise<BalancerAnswer> {
    const foreign = this.#whyForeign(members);
    if (foreign !== null) return refused(foreign, false);
    const { master, oldWorkers } = await findNginx(this.#balancer, this.#doors);
    if (master === null) return refused(`nginx does not run: there is no master process as ${this.#balancer.pidFile} says.`, true);
    const before = await this.#read();
    if (before === null || digestOf(before) !== basedOn) return refused(`${this.#balancer.membersFile} is not as it was when it was looked at.`, true, 'stale');
    const text = writeMembers(members, limits);
    if (text === before) return this.look();
    if (oldWorkers.length > 0) return this.#busy(oldWorkers);
    const note = { former: before, isOver: false };
    await this.#note(note);
    await this.#write(text);
    const said = await this.#test();
    if (said !== null) {
      await this.#write(before);
      await this.#note({ ...note, isOver: true });
      return refused(`nginx -t refuses the members, and the file was put back as it was: ${said}`, false);
    }
    return (await this.#reload(note)) ?? this.look();
  }

  async inspect(): Promise<BalancerAnswer> {
    const version = /nginx version: \S+?\/(\S+)/.exec((await this.#run(['-v'])).stderr)?.[1];
    const whole = await this.#run(['-T']);
    if (version === undefined || whole.code !== 0) return refused(`${this.#balancer.program} does not show its configuration: ${lastLine(whole.stderr)}`, true);
    const directives: NginxInspection['directives'] = [];
    for (const [, name, value] of whole.stdout.matchAll(/^[ \t]*([a-z_]+)[ \t]+([^;#{}]{1,256});/gm)) {
      if (directives.length < 200 && nginxDirectives.some((known) => known === name)) directives.push({ name: name!, value: value!.trim() });
    }
    return { outcome: 'NginxInspected', inspection: { version: version.slice(0, 64), isIncluded: whole.stdout.includes(`# configuration file ${this.#balancer.membersFile}:`), directives } };
  }

  /** Null once new workers take the connections and the old ones take none. */
  async #reload(note: Note): Promise<BalancerAnswer | null> {
    const { clock, log } = this.#doors;
    const { workers: before } = await findNginx(this.#balancer, this.#doors);
    const { code, stderr } = await this.#run(['-s', 'reload']);
    if (code !== 0) return refused(`nginx could not be told to reload: ${lastLine(stderr)}`, true);
    const deadline = clock.monotonic() + reloadMs;
    for (;;) {
      const { workers } = await findNginx(this.#balancer, this.#doors);
      if (workers.length > 0 && !workers.some((pid) => before.includes(pid))) break;
      if (clock.monotonic() > deadline) return refused(`nginx took no new configuration within ${reloadMs / 1000} s of being told to, although nginx -t finds nothing wrong: look into its error log. The reload is tried again.`, true);
      await clock.sleep(lookEveryMs);
    }
    await this.#note({ ...note, isOver: true });
    log.info({ balancer: this.#balancer.name }, 'nginx was reloaded with new members.');
    return null;
  }

  #whyForeign(members: readonly NginxMember[]): string | null {
    const { allowedAddresses, allowedPorts, name } = this.#balancer;
    const elsewhere = allowedAddresses === null ? undefined : members.find(({ address }) => !isAllowedAddress(address, allowedAddresses));
    if (elsewhere !== undefined) return `The owner of this host allows members of nginx ${name} at ${(allowedAddresses ?? []).join(', ')}, and ${elsewhere.name} is at ${elsewhere.address}.`;
    const otherPort = allowedPorts === null ? undefined : members.find(({ port }) => !allowedPorts.includes(port));
    return otherPort === undefined ? null : `The owner of this host allows members of nginx ${name} at the ports ${(allowedPorts ?? []).join(', ')}, and ${otherPort.name} is at ${otherPort.port}.`;
  }

  async #busy(oldWorkers: readonly number[]): Promise<BalancerAnswer> {
    const connections = await countConnections(oldWorkers, this.#doors);
    const held = connections === null || connections === 0 ? '' : `, with ${connections} connection${connections === 1 ? '' : 's'}`;
    return refused(`The last reload of nginx is not over: ${oldWorkers.length} worker${oldWorkers.length === 1 ? '' : 's'} of before still run${oldWorkers.length === 1 ? 's' : ''}${held}.`, true, 'busy');
  }

  /** Null when nginx finds nothing wrong. */
  async #test(): Promise<string | null> {
    const { code, stderr } = await this.#run(['-t', '-q']);
    return code === 0 ? null : lastLine(stderr.replace(/nginx: configuration file .* test failed\s*$/, ''));
  }

  #run(args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const { program, prefix, configFile } = this.#balancer;
    const where = [...(prefix === null ? [] : ['-p', prefix]), ...(configFile === null ? [] : ['-c', configFile])];
    const command = { file: program, args: [...where, ...args], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' };
    return this.#doors.processes.run(command, testMs).catch((error: unknown) => ({ code: null, stdout: '', stderr: (error as Error).message }));
  }

  async #read(): Promise<string | null> {
    const bytes = await this.#doors.files.read(this.#balancer.membersFile);
    return bytes === null ? null : Buffer.from(bytes).toString('utf8');
  }

  async #write(text: string | null): Promise<void> {
    if (text !== null) await this.#doors.files.writeAtomically(this.#balancer.membersFile, Buffer.from(text), 0o644);
  }

  async #readNote(): Promise<Note | null> {
    const bytes = await this.#doors.files.read(this.#notePath);
    return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Note);
  }

  async #note(note: Note): Promise<void> {
    await this.#doors.files.writeAtomically(this.#notePath, Buffer.from(JSON.stringify(note)));
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
}

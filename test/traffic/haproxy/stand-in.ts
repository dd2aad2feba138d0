// HAProxy's runtime API on a real unix socket, as 2.6.12 was heard to speak: the same columns, the same silences. Only what the
// router asks of it is there, and what surprises in it: `ready` after a maintenance shows the old check's result, `drain` lets
// sticky clients in, and a member marked down without a check stays down.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StandInServer {
  name: string;
  admin: number;
  isUp: boolean;
  /** What its check finds. */
  isHealthy: boolean;
  /** Null where no check is configured. */
  checks: 'passing' | 'stale' | null;
  inFlight: number;
  weight: number;
  baseWeight: number;
  cookie: string;
  sinceSeconds: number;
}

export interface StandIn {
  readonly path: string;
  readonly backends: Map<string, StandInServer[]>;
  readonly heard: string[];
  readonly process: { pid: number; uptimeSeconds: number; isStopping: boolean };
  /** Answers to any line from now on; null for its own. */
  answer: string | null;
  /** Does not do what it is told, and says nothing. */
  isDeaf: boolean;
  server(backend: string, name: string): StandInServer;
  /** Every check runs once. */
  check(): void;
  /** A reload without a state file. */
  reload(): void;
  stop(): Promise<void>;
}

export function aServer(name: string, over: Partial<StandInServer> = {}): StandInServer {
  return { name, admin: 0, isUp: true, isHealthy: true, checks: 'passing', inFlight: 0, weight: 100, baseWeight: 100, cookie: '', sinceSeconds: 100, ...over };
}

export async function standIn(backends: Readonly<Record<string, StandInServer[]>>): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-haproxy-'));
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString();
      if (!text.includes('\n')) return;
      const line = text.slice(0, text.indexOf('\n'));
      self.heard.push(line);
      socket.end(self.answer ?? line.split(';').map((command) => `${perform(self, command.trim())}\n`).join(''));
    });
  });
  const path = join(folder, 'admin.sock');
  listener.listen(path);
  await once(listener, 'listening');
  const fresh = structuredClone(backends);
  const self: StandIn = {
    path,
    backends: new Map(Object.entries(structuredClone(backends))),
    heard: [],
    process: { pid: 100, uptimeSeconds: 3_600, isStopping: false },
    answer: null,
    isDeaf: false,
    server(backend, name) {
      const found = self.backends.get(backend)?.find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is no ${backend}/${name}`);
      return found;
    },
    check() {
      for (const server of [...self.backends.values()].flat()) {
        if (server.checks === null || (server.admin & 1) !== 0) continue;
        server.checks = 'passing';
        server.isUp = server.isHealthy;
      }
    },
    reload() {
      self.process.pid += 1;
      self.process.uptimeSeconds = 0;
      for (const [backend, servers] of self.backends) {
        self.backends.set(backend, structuredClone(fresh[backend]!).map((server) => ({ ...server, isHealthy: servers.find(({ name }) => name === server.name)!.isHealthy })));
      }
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (listener.listening) await new Promise((resolve) => listener.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return self;
}

const statHeading = '# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight,act,bck,lastchg,pid,tracked,check_status,check_desc,cookie,last_chk,';
const stateHeading = '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port';

function perform(self: StandIn, command: string): string {
  if (command === 'show info') {
    const { pid, uptimeSeconds, isStopping } = self.process;
    return `Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: ${pid}\nUptime: 0d 1h00m00s\nUptime_sec: ${uptimeSeconds}\nStopping: ${isStopping ? 1 : 0}\n`;
  }
  if (command === 'show table') return '';
  const [, what, backend] = /^show (stat|servers state) (\S+)/.exec(command) ?? [];
  if (what !== undefined) {
    const servers = self.backends.get(backend!);
    if (servers === undefined) return what === 'stat' ? 'No such proxy.\n' : "Can't find backend.\n";
    if (what === 'stat') return `${[statHeading, ...servers.map((server) => statRow(backend!, server))].join('\n')}\n`;
    return `1\n${[stateHeading, ...servers.map((server, index) => stateRow(backend!, server, index))].join('\n')}\n`;
  }
  const [, verb, ofBackend, name] = /^(set server|shutdown sessions server) ([^/]+)\/(\S+)/.exec(command) ?? [];
  const server = self.backends.get(ofBackend ?? '')?.find((one) => one.name === name);
  if (server === undefined) return 'No such server.\n';
  if (self.isDeaf) return '';
  if (verb === 'shutdown sessions server') server.inFlight = 0;
  else setServer(server, command.split(' ').slice(3).join(' '));
  return '';
}

function setServer(server: StandInServer, what: string): void {
  const before = server.admin;
  if (what === 'state drain') server.admin = 8;
  else if (what === 'state maint') server.admin = 1;
  else if (what === 'state ready') server.admin = 0;
  else if (what === 'health down') server.isUp = false;
  else server.weight = Number(/^weight (\d+)$/.exec(what)![1]);
  if (what === 'state maint') server.isUp = false;
  if (what === 'state ready' && before === 1) [server.isUp, server.checks] = [true, server.checks === null ? null : 'stale'];
  if (server.admin !== before) server.sinceSeconds = 0;
}

function statusOf({ admin, isUp, checks, weight }: StandInServer): string {
  if ((admin & 1) !== 0) return 'MAINT';
  if ((admin & 8) !== 0) return 'DRAIN';
  if (checks === null) return isUp ? 'no check' : 'DOWN';
  return isUp ? (checks === 'stale' ? 'UP 1/2' : weight === 0 ? 'DRAIN' : 'UP') : 'DOWN 1/2';
}

function statRow(backend: string, server: StandInServer): string {
  const check = server.checks === null ? ['', ''] : ['L7OK', 'Layer7 check passed'];
  return [backend, server.name, 0, 0, server.inFlight, 0, '', 0, statusOf(server), server.weight, 1, 0, server.sinceSeconds, 1, '', ...check, server.cookie, '"HTTP status, as ""200"""'].join(',').concat(',');
}

function stateRow(backend: string, server: StandInServer, index: number): string {
  const { name, isUp, admin, weight, baseWeight, sinceSeconds, checks } = server;
  return [3, backend, index + 1, name, '127.0.0.1', isUp ? 2 : 0, admin, weight, baseWeight, sinceSeconds, 15, 3, 3, checks === null ? 0 : 6, 0, 0, 0, '-', 18081].join(' ');
}

// The section `balancer:` as the host's owner writes it, checked member by member. As with the policy, a misspelt key refuses the
// start: what the owner meant to forbid would be allowed. Pure.

import path from 'node:path';

/** What a controller may ask of the HAProxy beside this agent: to look, and to move servers of these backends. */
export interface HaproxyBalancer {
  readonly kind: 'haproxy';
  readonly name: string;
  readonly socket: string;
  readonly backends: readonly string[];
}

/** What a controller may ask of the nginx: to write the members into this file, from which this program is reloaded. */
export interface NginxBalancer {
  readonly kind: 'nginx';
  readonly name: string;
  readonly membersFile: string;
  readonly program: string;
  readonly pidFile: string;
  /** Null: as the program was built. */
  readonly configFile: string | null;
  readonly prefix: string | null;
  /** Where members may be: addresses, host names, IPv4 networks, `*.example.org`. Null: anywhere. */
  readonly allowedAddresses: readonly string[] | null;
  readonly allowedPorts: readonly number[] | null;
}

export type Balancer = HaproxyBalancer | NginxBalancer;

export type BalancersReading =
  | { readonly kind: 'read'; readonly balancers: readonly Balancer[] }
  /** The sentence names the key and what it should be. */
  | { readonly kind: 'refused'; readonly sentence: string };

class Unusable extends Error {}

type Section = Readonly<Record<string, unknown>>;

const haproxyKeys = ['socket', 'backends'];
const nginxKeys = ['members_file', 'program', 'pid_file', 'config_file', 'prefix', 'allowed_addresses', 'allowed_ports'];

export function readBalancers(value: unknown): BalancersReading {
  try {
    const kinds = section(value, 'balancer', ['haproxy', 'nginx']);
    const balancers = [...named(kinds['haproxy'], 'haproxy').map(readHaproxy), ...named(kinds['nginx'], 'nginx').map(readNginx)];
    if (balancers.length > 64) refuse('there are more than 64 balancers.');
    return { kind: 'read', balancers };
  } catch (error) {
    if (error instanceof Unusable) return { kind: 'refused', sentence: error.message };
    throw error;
  }
}

function named(value: unknown, kind: string): readonly { readonly name: string; readonly at: string; readonly value: unknown }[] {
  if (value === undefined || value === null) return [];
  const all = mapping(value, `balancer.${kind}`);
  return Object.entries(all).map(([name, one]) => {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) refuse(`balancer.${kind} has the name ${JSON.stringify(name)}; a name has up to 64 letters, digits and . _ -`);
    return { name, at: `balancer.${kind}.${name}`, value: one };
  });
}

function readHaproxy({ name, at, value }: { readonly name: string; readonly at: string; readonly value: unknown }): HaproxyBalancer {
  const given = section(value, at, haproxyKeys);
  const backends = texts(given, 'backends', at);
  if (backends === null || backends.length === 0) return refuse(`${at}.backends must list the backends whose servers may be moved.`);
  const bad = backends.find((backend) => !/^[A-Za-z0-9_.:-]{1,255}$/.test(backend));
  if (bad !== undefined) return refuse(`${at}.backends holds ${JSON.stringify(bad)}, which is no name of a backend.`);
  return { kind: 'haproxy', name, socket: file(given, 'socket', at) ?? refuse(`${at}.socket must be the path of HAProxy's admin socket.`), backends };
}

function readNginx({ name, at, value }: { readonly name: string; readonly at: string; readonly value: unknown }): NginxBalancer {
  const given = section(value, at, nginxKeys);
  return {
    kind: 'nginx',
    name,
    membersFile: file(given, 'members_file', at) ?? refuse(`${at}.members_file must be the path of the file that an upstream of nginx includes.`),
    program: file(given, 'program', at) ?? '/usr/sbin/nginx',
    pidFile: file(given, 'pid_file', at) ?? '/run/nginx.pid',
    configFile: file(given, 'config_file', at),
    prefix: file(given, 'prefix', at),
    allowedAddresses: texts(given, 'allowed_addresses', at),
    allowedPorts: ports(given, at),
  };
}

function section(value: unknown, at: string, keys: readonly string[]): Section {
  const given = mapping(value, at);
  const unknown = Object.keys(given).filter((key) => !keys.includes(key));
  return unknown.length === 0 ? given : refuse(`${at} has no key ${unknown.map((key) => JSON.stringify(key)).join(', ')}; the keys are ${keys.join(', ')}.`);
}

function mapping(value: unknown, at: string): Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Section) : refuse(`${at} must be a mapping of names to values.`);
}

function file(given: Section, key: string, at: string): string | null {
  const value = given[key];
  if (value === undefined || value === null) return null;
  const isPlain = typeof value === 'string' && path.posix.isAbsolute(value) && !value.includes('\0') && !value.split('/').includes('..');
  return isPlain ? path.posix.normalize(value) : refuse(`${at}.${key} must be an absolute path without "..", not ${JSON.stringify(value)}.`);
}

function texts(given: Section, key: string, at: string): readonly string[] | null {
  const value = given[key];
  if (value === undefined || value === null) return null;
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '') ? (value as string[]) : refuse(`${at}.${key} must be a list of texts.`);
}

function ports(given: Section, at: string): readonly number[] | null {
  const value = given['allowed_ports'];
  if (value === undefined || value === null) return null;
  return Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 1 && one <= 65_535) ? (value as number[]) : refuse(`${at}.allowed_ports must be a list of ports.`);
}

function refuse(sentence: string): never {
  throw new Unusable(sentence);
}

// The flags of a traffic router's settings, and the settings in words.

import type { Command } from 'commander';
import { collect, parseCount, parseDurationSeconds } from './flags.ts';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import type { RouterCredentials, RouterSettings } from '../protocol/model/traffic-router.ts';
import type { InputOf } from '../protocol/operations/operation.ts';
import type { putTrafficRouter } from '../protocol/operations/put-traffic-router.ts';

export interface RouterFlags {
  readonly none?: boolean;
  readonly haproxy?: readonly string[];
  readonly backend?: readonly string[];
  readonly memberTag?: string;
  readonly sticky?: string;
  readonly cutAfter?: string;
  readonly reloadGrace?: string;
  readonly nginx?: readonly string[];
  readonly port?: string;
  readonly portTag?: string;
  readonly addressTag?: string;
  readonly maxFails?: string;
  readonly failTimeout?: string;
  readonly elbv2?: readonly string[];
  readonly region?: string;
  readonly groupTag?: string;
  readonly rule?: string;
  readonly credentialsFile?: string;
  readonly settings?: string;
}

export function routerOptions(command: Command): Command {
  return command
    .option('--none', 'blocks and allows at once: for hosts whose traffic is moved by their own hooks')
    .option('--haproxy <address>', 'admin socket of a HAProxy: unix:/run/haproxy/admin.sock or tcp:HOST:PORT, or agent:INSTANCE/NAME as an agent beside it offers it; repeat for each node', collect)
    .option('--backend <name>', 'with --haproxy: a backend whose servers the instances are; repeat for more', collect)
    .option('--member-tag <key>', 'the tag that gives an instance’s name at the balancer; its own name when not given')
    .option('--sticky <duration>', 'with --haproxy: how long a draining member goes on with clients that stick to it; 10s when not given')
    .option('--cut-after <duration>', 'with --haproxy: what is still open so long after a member was blocked is cut')
    .option('--reload-grace <duration>', 'with --haproxy: how long after its start a process may have another behind it; 30s when not given')
    .option('--nginx <address>', 'an nginx, as the agent beside it offers it: agent:INSTANCE/NAME; repeat for each node', collect)
    .option('--port <n>', 'with --nginx and --elbv2: where members listen')
    .option('--port-tag <key>', 'with --nginx and --elbv2: the tag that gives an instance’s port')
    .option('--address-tag <key>', 'with --nginx and --elbv2: the tag that gives an instance’s address; the one its agent connects from when not given')
    .option('--max-fails <n>', 'with --nginx: max_fails of each member')
    .option('--fail-timeout <duration>', 'with --nginx: fail_timeout of each member')
    .option('--elbv2 <target group>', 'a target group of AWS by name or ARN; with --group-tag as TAG-VALUE=TARGET-GROUP; repeat for more', collect)
    .option('--region <region>', 'with --elbv2')
    .option('--group-tag <key>', 'with --elbv2: the tag by which instances belong to one target group or another')
    .option('--rule <arn>', 'with --elbv2: a rule that forwards to all of them; shares are weights there')
    .option('--credentials-file <file>', 'with --elbv2: JSON with accessKeyId and secretAccessKey, stored encrypted; - reads standard input')
    .option('--settings <file>', 'the router in JSON, as the API takes it, for what no flag says; - reads standard input');
}

/** As PutTrafficRouter takes it. Throws a Refusal. */
export async function routerOf(flags: RouterFlags, around: Surroundings): Promise<Pick<InputOf<typeof putTrafficRouter>, 'router' | 'credentials'>> {
  const kinds = [flags.none, flags.haproxy, flags.nginx, flags.elbv2, flags.settings].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) throw new Refusal('Give exactly one of --haproxy, --nginx, --elbv2, --none and --settings.');
  if (flags.settings !== undefined) return { router: await readJson<RouterSettings>(flags.settings, around) };
  if (flags.none === true) return { router: { kind: 'none' } };
  if (flags.nginx !== undefined) {
    return {
      router: {
        kind: 'nginx',
        nodes: flags.nginx.map((address) => ({ address })),
        ...(flags.memberTag === undefined ? {} : { memberTagKey: flags.memberTag }),
        ...placeFlags(flags),
        ...(flags.maxFails === undefined ? {} : { maxFails: parseCount(flags.maxFails, '--max-fails', 0, 1_000) }),
        ...(flags.failTimeout === undefined ? {} : { failTimeoutSeconds: parseDurationSeconds(flags.failTimeout) }),
      },
    };
  }
  if (flags.elbv2 !== undefined) {
    const groupOf = (text: string): { readonly name: string; readonly tagValue?: string } => {
      const at = flags.groupTag === undefined ? -1 : text.indexOf('=');
      return at < 0 ? { name: text } : { name: text.slice(at + 1), tagValue: text.slice(0, at) };
    };
    return {
      router: {
        kind: 'elbv2',
        targetGroups: flags.elbv2.map(groupOf),
        ...(flags.region === undefined ? {} : { region: flags.region }),
        ...(flags.groupTag === undefined ? {} : { groupTagKey: flags.groupTag }),
        ...(flags.rule === undefined ? {} : { ruleArn: flags.rule }),
        ...placeFlags(flags),
      },
      ...(flags.credentialsFile === undefined ? {} : { credentials: await readJson<RouterCredentials>(flags.credentialsFile, around) }),
    };
  }
  if (flags.backend === undefined) throw new Refusal('--haproxy needs --backend.');
  return {
    router: {
      kind: 'haproxy',
      nodes: (flags.haproxy ?? []).map((address) => ({ address })),
      backends: [...flags.backend],
      ...(flags.memberTag === undefined ? {} : { memberTagKey: flags.memberTag }),
      ...(flags.sticky === undefined ? {} : { stickySeconds: parseDurationSeconds(flags.sticky) }),
      ...(flags.cutAfter === undefined ? {} : { cutAfterSeconds: parseDurationSeconds(flags.cutAfter) }),
      ...(flags.reloadGrace === undefined ? {} : { reloadGraceSeconds: parseDurationSeconds(flags.reloadGrace) }),
    },
  };
}

function placeFlags({ port, portTag, addressTag }: RouterFlags): { readonly port?: number; readonly portTagKey?: string; readonly addressTagKey?: string } {
  return {
    ...(port === undefined ? {} : { port: parseCount(port, '--port', 1, 65_535) }),
    ...(portTag === undefined ? {} : { portTagKey: portTag }),
    ...(addressTag === undefined ? {} : { addressTagKey: addressTag }),
  };
}

/** What it may hold is for the API to say. */
async function readJson<Value>(file: string, around: Surroundings): Promise<Value> {
  const text = file === '-' ? await around.readStdin() : await textOf(file, around);
  try {
    return JSON.parse(text) as Value;
  } catch {
    // The text may be a secret: it is not shown.
    throw new Refusal(`${showPrintable(file)} holds no JSON.`);
  }
}

async function textOf(file: string, around: Surroundings): Promise<string> {
  const bytes = await around.readFile(file);
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  return Buffer.from(bytes).toString('utf8');
}

export function routerWords(router: RouterSettings): string {
  switch (router.kind) {
    case 'none':
      return 'blocks and allows at once';
    case 'haproxy':
      return `${router.backends.length === 1 ? 'backend' : 'backends'} ${router.backends.join(', ')} at ${router.nodes.map(({ address }) => address).join(', ')}`;
    case 'nginx':
      return `members at ${router.nodes.map(({ address }) => address).join(', ')}`;
    case 'elbv2':
      return `target ${router.targetGroups.length === 1 ? 'group' : 'groups'} ${router.targetGroups.map(({ name }) => name).join(', ')}${router.region === undefined ? '' : ` in ${router.region}`}`;
  }
}

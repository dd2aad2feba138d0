// The file of an nginx upstream's members: `server` lines and nothing else, to be included within an upstream block that the
// operator wrote. Pure. A line that is no member of ours was written by somebody else, and is not lost: the file is refused.
//
//   server 10.0.0.5:8080 weight=100; # web-1
//   server 10.0.0.6:8080 weight=100 down; # web-2 blocked
//   server 10.0.0.7:8080 weight=1 down; # web-3 share=0
//
// An operator may write the first ones by hand: ADDRESS:PORT and the member's name behind #.

import type { NginxLimits, NginxMember } from '../../protocol/session/nginx.ts';

const heading = '# Members of an upstream, written by fairlead-agent at every change. One line is one member: # and its name.';
/** nginx takes no upstream without a server. */
const nobody = 'server 127.0.0.1:1 down; # -';

export function writeMembers(members: readonly NginxMember[], { maxFails, failTimeoutSeconds }: NginxLimits): string {
  const limits = [...(maxFails === undefined ? [] : [`max_fails=${maxFails}`]), ...(failTimeoutSeconds === undefined ? [] : [`fail_timeout=${failTimeoutSeconds}s`])];
  const lines = members.map(({ name, address, port, share, isBlocked }) => {
    const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    const isDown = isBlocked || share === 0;
    const words = ['server', where, `weight=${Math.max(1, share)}`, ...limits, ...(isDown ? ['down'] : [])];
    return `${words.join(' ')}; # ${[name, ...(isBlocked ? ['blocked'] : []), ...(share === 0 ? ['share=0'] : [])].join(' ')}`;
  });
  return `${[heading, ...(lines.length === 0 ? [nobody] : lines)].join('\n')}\n`;
}

/** The members, or what is wrong with which line. */
export function readMembers(text: string): readonly NginxMember[] | string {
  const members: NginxMember[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#') || line === nobody) continue;
    const member = readMember(line);
    if (member === null) return `line ${index + 1} is not of the form: server ADDRESS:PORT; # NAME`;
    if (members.some(({ name }) => name === member.name)) return `line ${index + 1} names ${member.name} again`;
    members.push(member);
  }
  return members;
}

function readMember(line: string): NginxMember | null {
  const match = /^server\s+(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})((?:\s+[a-z_]+(?:=[A-Za-z0-9]+)?)*)\s*;\s*#\s*([A-Za-z0-9._+=,@:-]+)((?:\s+(?:blocked|share=0))*)\s*$/.exec(line);
  if (match === null) return null;
  const [, ipv6, host, port, parameters = '', name = '', marks = ''] = match;
  const words = parameters.trim().split(/\s+/).filter((word) => word !== '');
  if (!words.every((word) => /^(?:down|weight=\d+|max_fails=\d+|fail_timeout=\d+s?)$/.test(word))) return null;
  const weight = words.map((word) => /^weight=(\d+)$/.exec(word)?.[1]).find((number) => number !== undefined);
  const isShareless = marks.includes('share=0');
  const share = isShareless ? 0 : Math.min(100, Math.max(1, Number(weight ?? 100)));
  // What is down and bears no mark was taken out by hand.
  return { name, address: ipv6 ?? host ?? '', port: Number(port), share, isBlocked: words.includes('down') && (!isShareless || marks.includes('blocked')) };
}

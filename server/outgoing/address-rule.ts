// Which addresses a URL from the API may lead this controller to. It runs inside the network that it deploys to, so private
// addresses are where its neighbours live; but nobody's webhook lives at the metadata service of a cloud, and whoever may
// only set up a trigger is not to knock at this host's own doors.

import { BlockList, isIP } from 'node:net';

/** Link-local (metadata services among them), unspecified, multicast and reserved: never. */
const never = new BlockList();
for (const [network, bits] of [['169.254.0.0', 16], ['0.0.0.0', 8], ['224.0.0.0', 4], ['240.0.0.0', 4], ['100.100.100.200', 32]] as const) never.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [['fe80::', 10], ['::', 128], ['ff00::', 8], ['fd00:ec2::254', 128]] as const) never.addSubnet(network, bits, 'ipv6');

const own = new BlockList();
own.addSubnet('127.0.0.0', 8, 'ipv4');
own.addAddress('::1', 'ipv6');

/** Why the address (of either family, IPv4 inside IPv6 included) may not be connected to, or null. */
export function refuseAddress(address: string, mayBeThisHost: boolean): string | null {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
  if (never.check(plain, family)) return `is at ${address}, a link-local, multicast or metadata address, which is never connected to.`;
  if (!mayBeThisHost && own.check(plain, family)) return `is this very host (${address}), which is not connected to unless the configuration says allow-insecure.`;
  return null;
}

// Where the host's owner lets members be. Pure.

/** An entry is an address or host name, an IPv4 network such as 10.1.0.0/16, or `*.example.org`. */
export function isAllowedAddress(address: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => {
    if (entry.startsWith('*.')) return address.toLowerCase().endsWith(entry.slice(1).toLowerCase()) && ipv4(address) === null;
    const network = /^([0-9.]+)\/([0-9]{1,2})$/.exec(entry);
    if (network === null) return address.toLowerCase() === entry.toLowerCase();
    const [base, one, bits] = [ipv4(network[1]!), ipv4(address), Number(network[2])];
    if (base === null || one === null || bits > 32) return false;
    const size = 2 ** (32 - bits);
    return Math.floor(base / size) === Math.floor(one / size);
  });
}

function ipv4(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

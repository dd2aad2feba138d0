// Under what names a controller's own certificate has to be good: those of its host, as far as the host knows them.

import { hostname, networkInterfaces } from 'node:os';

/** The names for clients first. `listen` is an address or name to listen on, `more` what the operator adds. */
export function hostNames(listen: string, more: readonly string[]): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []).filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0).map(({ address }) => address);
  const own = ['0.0.0.0', '::', ''].includes(listen) ? [] : [listen];
  return [...new Set([...more, ...own, hostname(), ...addresses, 'localhost', '127.0.0.1', '::1'])];
}

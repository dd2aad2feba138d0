// Which authorities TLS trusts.

import { getCACertificates } from 'node:tls';
import type { Trust } from '../network.ts';

/** For `ca` of node:tls and all that is built on it. */
export function authorities(trust: Trust): string[] {
  return typeof trust === 'string' ? [...getCACertificates('default'), trust] : [trust.only];
}

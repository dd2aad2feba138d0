// Bundles made of nothing much.

import { tar } from '../../agent/bundle/tar-bytes.ts';

/** A bundle that can be deployed, of about that many bytes, which no two calls with different seeds share. */
export function bundleOf(bytes: number, seed = 1): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 1) content[at] = (at * 31 + seed * 7919) % 251;
  return tar({ name: 'appspec.yml', content: 'version: 0.0\nos: linux\n' }, { name: 'big', content });
}

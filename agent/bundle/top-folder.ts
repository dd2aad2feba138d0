// GitHub's archives, and many made by hand, wrap everything in one folder. As the original does, that folder is taken away,
// once, when it is the only thing at the top and holds something that looks like an AppSpec.

import path from 'node:path';
import * as disk from './disk.ts';

/** Whether a name looks like an AppSpec's, as loosely as the original looks. */
export const namesAppSpec = (name: string): boolean => /appspec/i.test(name);

/**
 * Takes away the single top folder of an unpacked bundle, if it has one with an AppSpec inside. Returns whether it did.
 * The folder changes places with the whole tree by renames, so that a crash leaves either form (and, at worst, an empty
 * sibling named `<name>.stripped`, which the next call uses up).
 */
export const stripTopFolder = (destination: string): boolean => {
  const [only, ...others] = disk.readdirSync(destination, { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory()) return false;
  const top = path.join(destination, only.name);
  if (!disk.readdirSync(top).some(namesAppSpec)) return false;
  const aside = `${destination}.stripped`;
  disk.removeTree(aside);
  disk.renameSync(top, aside);
  disk.rmdirSync(destination);
  disk.renameSync(aside, destination);
  disk.syncFolder(path.dirname(destination));
  return true;
};

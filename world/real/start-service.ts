// Starts a service of this host through systemd, now and at each boot.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const patienceMs = 120_000;

/** Throws an Error with a sentence. */
export async function startService(unit: string): Promise<void> {
  const systemctl = (...args: readonly string[]): Promise<unknown> => promisify(execFile)('systemctl', [...args], { timeout: patienceMs });
  try {
    await systemctl('enable', unit);
    // One that runs already may have begun before it was enrolled.
    await systemctl('restart', unit);
  } catch (error) {
    const { code, stderr = '', message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === 'ENOENT') throw new Error(`${unit} cannot be started: there is no systemd on this host. Start the agent yourself: fairlead agent`);
    throw new Error(`${unit} cannot be started: ${stderr.trim().split('\n')[0] || message}. See: systemctl status ${unit}`, { cause: error });
  }
}

// A GET to an alarm's source with its headers, as both kinds that speak HTTP need it. An administrator named the address; it
// may be anywhere but at the addresses that are never connected to.

import { ask, AskTrouble, type Answer } from '../outgoing/ask.ts';
import { refuseAddress } from '../outgoing/address-rule.ts';
import { AlarmTrouble, type Headers } from './alarm-source.ts';

/** The answer, whatever its status. Throws AlarmTrouble. */
export async function askSource(url: URL, headers: Headers, signal: AbortSignal): Promise<Answer> {
  try {
    return await ask({
      method: 'GET',
      url,
      headers: { accept: 'application/json', ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])) },
      signal,
      mostBytes: 4 * 1024 * 1024,
      refuseAddress: (address) => refuseAddress(address, true),
    });
  } catch (error) {
    throw error instanceof AskTrouble ? new AlarmTrouble(error.message) : error;
  }
}

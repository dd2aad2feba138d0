// The agents against the controller once a story is over: what either has on its disk is the same, and it is not much.

import { openJournal } from '../../agent/journal.ts';
import type { Fleet } from './fleet.ts';

/** Of an agent's whole disk. */
const mostBytes = 256 * 1024;

interface Standing {
  readonly host: string;
  readonly journal: { readonly lastCommand: number; readonly lastReport: number; readonly running: number };
  readonly controller: { readonly lastCommand: number; readonly lastReport: number; readonly running: number };
}

export async function checkAgents(fleet: Fleet): Promise<void> {
  for (const { host, journal, controller } of await standings(fleet)) {
    if (!isSame({ host, journal, controller })) fleet.violations.push(`the journal of ${host} holds ${JSON.stringify(journal)}; the controller ${JSON.stringify(controller)}`);
  }
  for (const { host } of fleet.members) if (host.disk.bytes > mostBytes) fleet.violations.push(`the agent of ${host.name} has filled ${host.disk.bytes} bytes`);
}

/** Whether every agent has heard all, and told all. */
export async function isAllTold(fleet: Fleet): Promise<boolean> {
  return (await standings(fleet)).every(isSame);
}

function isSame({ journal, controller }: Standing): boolean {
  return JSON.stringify(journal) === JSON.stringify(controller);
}

/** Of those that have enrolled. */
async function standings(fleet: Fleet): Promise<readonly Standing[]> {
  const rows = await fleet.store.db.selectFrom('instances').select(['name', 'last_command', 'last_report']).execute();
  const found: Standing[] = [];
  for (const { host, isGone } of fleet.members) {
    if (isGone) continue;
    const row = rows.find(({ name }) => name === host.name);
    if (row === undefined) continue;
    const { state } = await openJournal(host.disk.door(() => true), '/var/lib/fairlead-agent/journal/journal.log');
    found.push({
      host: host.name,
      journal: { lastCommand: state.lastCommand, lastReport: state.lastReport, running: state.attempts.size },
      controller: { lastCommand: row.last_command, lastReport: row.last_report, running: 0 },
    });
  }
  return found;
}

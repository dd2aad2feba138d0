// Who is taken away after a deployment, and why not yet, in sentences: the planner is asked again.

import { releaseHoldSentence } from '../protocol/model/fleet-release.ts';
import { loadReleases } from './deployer/load-releases.ts';
import { planReleases } from './planner/releases.ts';
import { providedFleets } from './operations/provided-fleet.ts';
import type { Database } from './store/store.ts';
import type { DeploymentsTable } from './store/tables.ts';

const mostNamed = 10;

/** Call it with a transaction. */
export async function releaseSentences(db: Database, row: DeploymentsTable, now: number, listeningSince: number): Promise<readonly string[]> {
  const fleet = (await providedFleets(db, [row])).get(row.deployment_id);
  if (fleet === undefined || fleet.releases.length === 0) return [];
  const loaded = await loadReleases(db, now, listeningSince);
  const holds = loaded === null ? [] : planReleases(loaded.snapshot).holds.filter(({ host }) => host.deploymentId === row.deployment_id);
  const named = (state: string): readonly string[] => fleet.releases.filter((one) => one.state === state).map(({ instanceName }) => instanceName);
  const answerOf = (state: string): string => fleet.releases.find((one) => one.state === state && one.answer !== undefined)?.answer ?? '';
  return [
    ...holds.slice(0, mostNamed).map(({ host, hold }) => releaseHoldSentence(host.name, hold)),
    ...about(named('Asked'), (who) => `The fleet provider ${fleet.fleetProvider} is asked to take away ${who}.${answerOf('Asked') === '' ? '' : ` Last it was: ${answerOf('Asked')}`}`),
    ...about(named('Released'), (who) => `The fleet provider ${fleet.fleetProvider} has taken away ${who}.`),
    ...about(named('Unanswered'), (who) => `The fleet provider ${fleet.fleetProvider} was asked to take away ${who}, and never said yes: ${answerOf('Unanswered')} End what is still there by hand, then: fairlead instance deregister NAME.`),
  ];
}

function about(names: readonly string[], sentence: (who: string) => string): readonly string[] {
  return names.length === 0 ? [] : [sentence(`${names.slice(0, mostNamed).join(', ')}${names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''}`)];
}

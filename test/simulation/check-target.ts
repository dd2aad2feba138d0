// A target of a deployment against what ran on its host.

import { isDeepStrictEqual } from 'node:util';
import { routerEvents } from '../../protocol/model/lifecycle-order.ts';
import { DeploymentDocument, type StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable, TargetsTable } from '../../server/store/tables.ts';
import type { Fleet } from './fleet.ts';

/** Longer than any fault lasts that does not last to the end: by then a report must have arrived. */
const reportWithinMs = 300_000;

export function checkTarget(fleet: Fleet, deployment: DeploymentsTable, { target_id: host, status }: TargetsTable, events: StoredEvents): void {
  const { deployment_id: deploymentId } = deployment;
  const member = fleet.members.find((candidate) => candidate.host.name === host);
  if (member === undefined) return; // a ghost: nothing ever ran there
  const scripts = [...member.host.scripts.values()];
  const mine = scripts.filter((script) => script.deploymentId === deploymentId);
  const names = events.map((event) => event.name);
  const order = mine.map((script) => names.indexOf(script.event));
  const isRetry = (i: number): boolean => order[i] === order[i - 1] && fleet.decisions.retries(deploymentId, host) > 0;
  if (order.some((position, i) => i > 0 && position <= order[i - 1]! && !isRetry(i))) fleet.violations.push(`events of ${deploymentId} ran out of order on ${host}`);
  const { revision } = readDocument(DeploymentDocument, deployment.document, deploymentId);
  const astray = fleet.starts.find(({ host: where, command }) => where === host && command.deploymentId === deploymentId && !isDeepStrictEqual(command.revision, revision));
  if (astray !== undefined) fleet.violations.push(`${astray.command.event} of ${deploymentId} ran another revision on ${host}: ${JSON.stringify(astray.command.revision)}`);
  for (const event of events) {
    const ran = mine.find((script) => script.attemptId === event.attemptId);
    if (event.status === 'InProgress') fleet.violations.push(`${event.name} of ${deploymentId} on ${host} never ended`);
    // Of the routers' events no host knows; check-rotation.ts does.
    if (routerEvents.includes(event.name)) continue;
    if (event.status === 'Succeeded' && ran?.state !== 'succeeded') {
      fleet.violations.push(`the store says ${event.name} of ${deploymentId} succeeded on ${host}; there it ${ran?.state ?? 'never ran'}`);
    }
    const isGivenUp = event.givenUp !== undefined && event.givenUp !== null;
    const givenUpAt = fleet.chronicle.attempts.get(event.attemptId ?? '')?.endedAt ?? null;
    if (isGivenUp && !member.wasLost && ran !== undefined && ran.endedAt !== null && givenUpAt !== null && fleet.clock.now() - fleet.clock.monotonic() + givenUpAt - ran.endedAt > reportWithinMs) {
      fleet.violations.push(`${event.name} of ${deploymentId} on ${host} had ended long before the server gave it up: its report was lost`);
    }
    if (event.status === 'Failed' && !isGivenUp && ran?.state === 'succeeded') {
      fleet.violations.push(`the store says ${event.name} of ${deploymentId} failed on ${host} (${event.diagnostics?.message ?? ''}); there it succeeded`);
    }
    if (/reboot/.test(event.diagnostics?.message ?? '') && ran?.state !== 'rebooted') {
      fleet.violations.push(`${event.name} of ${deploymentId} on ${host} is called interrupted; there it ${ran?.state ?? 'never ran'}`);
    }
    // What failed and was ignored may never have begun.
    if (status === 'Succeeded' && event.status !== 'Failed' && ran === undefined) fleet.violations.push(`${host} counts as succeeded in ${deploymentId} and ${event.name} never ran there`);
  }
  if (status === 'Succeeded' && mine.at(-1)?.event !== names.at(-1)) fleet.violations.push(`${host} counts as succeeded in ${deploymentId} without its last event`);
}

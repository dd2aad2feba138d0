// Judgements about what agent and controller have in common: disks, clocks, certificates, files that are nobody else's, and
// units. Pure.

import type { CertificateFact, ControllerFact, DiskFact, PathFact } from '../../world/host-facts.ts';
import { problem, warning, well } from './finding.ts';
import type { Finding } from './finding.ts';

const mebi = 1024 * 1024;
const day = 86_400_000;

export function judgeDisk(path: string, disk: DiskFact | null): Finding {
  if (disk === null) return warning('disk', `How full the disk of ${path} is cannot be seen.`, 'Run this as root.');
  const free = `${Math.round(disk.freeBytes / mebi)} MiB are free for ${path}`;
  const remedy = 'Free some space: bundles of revisions that are kept (max_revisions of an agent), logs, or give the folder a disk of its own.';
  if (disk.freeBytes < 64 * mebi) return problem('disk', `Only ${free}: deployments will fail.`, remedy);
  if (disk.freeInodes !== null && disk.freeInodes < 1_000) return problem('disk', `Only ${disk.freeInodes} more files can be made on the disk of ${path}.`, remedy);
  if (disk.freeBytes < 1024 * mebi) return warning('disk', `Only ${free}.`, remedy);
  return well('disk', `${free}.`);
}

/** Signatures of requests hold for five minutes, links to bundles for an hour; one minute off is soon more. */
export function judgeClock(controller: ControllerFact): Finding | null {
  if (controller.kind === 'silent' || controller.clockAheadMs === null) return null;
  const offMs = Math.abs(controller.clockAheadMs);
  const seconds = (offMs / 1_000).toFixed(0);
  if (offMs <= controller.withinMs + 2_000) return well('clock', 'The clock agrees with the controller’s, as exactly as that can be asked.');
  const sentence = `The clock of this host is ${seconds} s ${controller.clockAheadMs > 0 ? 'behind' : 'ahead of'} the controller’s.`;
  const remedy = 'Keep both right with a time service: systemctl enable --now systemd-timesyncd, or chrony.';
  return offMs > 60_000 ? problem('clock', sentence, remedy) : warning('clock', sentence, remedy);
}

export function judgeClockKept(isKept: boolean | null): Finding {
  if (isKept === true) return well('clock', 'The clock is kept right by a time service.');
  return warning('clock', isKept === null ? 'Whether a time service keeps the clock right cannot be seen.' : 'No time service has set the clock of this host.', 'Agents and signed requests need a right clock: systemctl enable --now systemd-timesyncd, or chrony.');
}

export function judgeCertificate({ expiresAt, names }: CertificateFact, now: number, remedy: string): Finding {
  const days = Math.floor((expiresAt - now) / day);
  const of = `The certificate for ${names.join(', ') || 'no name'}`;
  if (days < 0) return problem('TLS', `${of} has expired.`, remedy);
  if (days < 14) return warning('TLS', `${of} expires in ${days} days.`, remedy);
  return well('TLS', `${of} is good for ${days} days.`);
}

/** A path that must belong to `owner` (a name, or null for whoever it is) and allow others no more than `mode`. */
export function judgeOwn(path: string, fact: PathFact, { owner, mode }: { readonly owner: string | null; readonly mode: number }): Finding {
  if (fact.kind === 'absent') return problem('permissions', `${path} is not there.`, 'It is made by the first start: look at the log for why that failed.');
  if (fact.kind === 'hidden') return warning('permissions', `${path} cannot be seen by this user.`, 'Run this as root.');
  const octal = (bits: number): string => `0${bits.toString(8)}`;
  if (owner !== null && fact.owner !== owner) return problem('permissions', `${path} belongs to ${fact.owner}, not to ${owner}.`, `chown ${owner} ${path}`);
  if ((fact.mode & ~mode) !== 0) return problem('permissions', `${path} has mode ${octal(fact.mode)}, which lets in more than it should.`, `chmod ${octal(fact.mode & mode)} ${path}`);
  return well('permissions', `${path} is ${fact.owner}’s alone (${octal(fact.mode)}).`);
}

export interface UnitWishes {
  readonly name: string;
  /** Properties that the shipped unit has, and why they matter. */
  readonly properties: Readonly<Record<string, { readonly value: string; readonly why: string }>>;
}

/** What a drop-in, or a unit of one's own, has made of the shipped unit. */
export function judgeUnit({ name, properties }: UnitWishes, unit: ReadonlyMap<string, string> | null): readonly Finding[] {
  if (unit === null) return [warning('unit', `systemd knows no ${name}.`, 'Install the package; or start the program by other means, and see to its restarts.')];
  const findings: Finding[] = [];
  const dropIns = unit.get('DropInPaths') ?? '';
  if (unit.get('NeedDaemonReload') === 'yes') findings.push(warning('unit', `${name} has changed on the disk since systemd read it.`, 'systemctl daemon-reload'));
  if (!['enabled', 'enabled-runtime'].includes(unit.get('UnitFileState') ?? '')) findings.push(warning('unit', `${name} is ${unit.get('UnitFileState') || 'not enabled'}: it does not start with the host.`, `systemctl enable ${name}`));
  for (const [property, { value, why }] of Object.entries(properties)) {
    const found = unit.get(property) ?? '';
    if (found !== value) findings.push(problem('unit', `${property} of ${name} is ${found === '' ? 'not set' : found}, not ${value}: ${why}`, `Take ${property} out of the drop-ins${dropIns === '' ? '' : ` (${dropIns})`}, then systemctl daemon-reload && systemctl restart ${name}`));
  }
  return findings.length === 0 ? [well('unit', `${name} is as it was shipped, in what matters${dropIns === '' ? '' : ` (with drop-ins ${dropIns})`}.`)] : findings;
}

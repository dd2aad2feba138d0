// What is well and what is not with a controller, on its own host. Pure.

import type { CertificateFact, ControllerFact, DiskFact, PathFact } from '../../world/host-facts.ts';
import { problem, warning, well } from './finding.ts';
import type { Finding } from './finding.ts';
import { judgeCertificate, judgeClockKept, judgeDisk, judgeOwn, judgeUnit } from './judge-host.ts';

/** How its database looks from beside it. */
export type DatabaseFact =
  | { readonly kind: 'well'; readonly words: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'newer'; readonly sentence: string }
  | { readonly kind: 'broken'; readonly why: string };

export interface ServerFacts {
  readonly now: number;
  readonly dataFolder: string;
  readonly folder: PathFact;
  readonly keyFile: string;
  readonly key: PathFact;
  readonly disk: DiskFact | null;
  readonly database: DatabaseFact;
  readonly url: string;
  readonly controller: ControllerFact;
  /** Null where it speaks plain text. */
  readonly certificate: (CertificateFact & { readonly isKeyItsOwn: boolean }) | { readonly why: string } | null;
  readonly isLoopback: boolean;
  readonly isClockKept: boolean | null;
  readonly unit: ReadonlyMap<string, string> | null;
}

const wishes = {
  name: 'fairlead-server.service',
  properties: {
    Type: { value: 'notify', why: 'systemd does not learn when it is ready.' },
    Restart: { value: 'always', why: 'it stays down when it ends.' },
    NoNewPrivileges: { value: 'yes', why: 'it could gain rights that it does not need.' },
  },
} as const;

export function judgeServer(facts: ServerFacts): readonly Finding[] {
  const { now, dataFolder, folder, keyFile, key, disk, url, controller, certificate, isClockKept, unit } = facts;
  const owner = folder.kind === 'there' ? folder.owner : null;
  return [
    controller.kind === 'answered' && controller.status === 200
      ? well('controller', `The controller answers at ${url}.`)
      : problem('controller', `The controller does not answer at ${url}: ${controller.kind === 'silent' ? controller.why : `HTTP ${controller.status}`}.`, 'systemctl start fairlead-server, and journalctl -u fairlead-server for why it does not.'),
    judgeOwn(dataFolder, folder, { owner: null, mode: 0o700 }),
    judgeOwn(keyFile, key, { owner, mode: 0o600 }),
    judgeDisk(dataFolder, disk),
    judgeDatabase(facts.database, dataFolder),
    ...judgeTls(certificate, facts.isLoopback, now),
    judgeClockKept(isClockKept),
    ...judgeUnit(wishes, unit),
  ];
}

function judgeDatabase(database: DatabaseFact, dataFolder: string): Finding {
  switch (database.kind) {
    case 'well':
      return well('database', database.words);
    case 'absent':
      return warning('database', `There is no database in ${dataFolder} yet.`, 'The first start makes it.');
    case 'hidden':
      return warning('database', 'The database cannot be looked at by this user.', 'Run this as root.');
    case 'newer':
      return problem('database', database.sentence, 'Install the newer package again, or restore a backup made with this version (fairlead server restore).');
    case 'broken':
      return problem('database', `The database is not whole: ${database.why}.`, 'Stop the server and restore the last backup (fairlead server restore).');
  }
}

function judgeTls(certificate: ServerFacts['certificate'], isLoopback: boolean, now: number): readonly Finding[] {
  if (certificate === null) {
    return [isLoopback ? well('TLS', 'It speaks plain text, to this host alone.') : problem('TLS', 'It speaks plain text on an address that others can reach: credentials and bundles can be read on the way.', 'Set tls-certificate and tls-key in /etc/fairlead/server.yml, and take insecure-plaintext out.')];
  }
  if ('why' in certificate) return [problem('TLS', `The certificate or its key cannot be used: ${certificate.why}.`, 'Check tls-certificate and tls-key in /etc/fairlead/server.yml; the user fairlead-server must be able to read both.')];
  if (!certificate.isKeyItsOwn) return [problem('TLS', 'tls-key is not the key of tls-certificate.', 'Put the two that belong together into /etc/fairlead/server.yml.')];
  return [judgeCertificate(certificate, now, 'Renew it, and systemctl restart fairlead-server.')];
}

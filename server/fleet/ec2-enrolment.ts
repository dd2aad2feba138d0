// Whether an EC2 instance is let in by what AWS says of it. Each instance is so once and never again: a document can be read by
// anybody on its host and stays good, so it is worth nothing after the first key. Whoever needs another takes a join token.

import { Failure } from '../../protocol/errors.ts';
import type { IdentityDocument } from '../ec2/identity-document.ts';
import { readIdentityDocument } from '../ec2/identity-document.ts';
import type { Ec2Enrolment } from '../ec2/settings.ts';
import { wasEverEnrolled } from '../store/instances.ts';
import type { Database } from '../store/store.ts';

/** Clocks of AWS and of the controller. */
const toleranceMs = 60_000;

/** The document, when it is AWS's and of one that may. Throws InvalidIdentityDocumentException, which says nothing to strangers. */
export async function requireIdentity(shown: string, instanceName: string, settings: Ec2Enrolment | null, now: number): Promise<IdentityDocument> {
  if (settings === null) throw new Failure('InvalidIdentityDocumentException', 'This controller lets no EC2 instance in by its identity document: give it a join token, or name the account in the section ec2 of its configuration.');
  const document = await readIdentityDocument(shown, settings.regions, settings.certificates);
  if (document === null || !settings.accounts.includes(document.accountId)) throw new Failure('InvalidIdentityDocumentException');
  if (document.instanceId !== instanceName) {
    throw new Failure('InvalidIdentityDocumentException', `The identity document is that of ${document.instanceId}, and the agent calls itself ${instanceName}. Leave the name out of its configuration.`, 'instanceName');
  }
  const launchedAt = Date.parse(document.pendingTime);
  if (!(launchedAt <= now + toleranceMs && now <= launchedAt + settings.withinMs + toleranceMs)) {
    throw new Failure('InvalidIdentityDocumentException', `${instanceName} was launched at ${document.pendingTime}, and may enrol by its identity document for ${settings.withinMs / 60_000} minutes after that. Give it a join token: fairlead token create --name ${instanceName}`);
  }
  return document;
}

/** For whoever has not shown the key that the instance has. Throws InvalidIdentityDocumentException. */
export async function refuseSecond(tx: Database, instanceName: string): Promise<void> {
  if (await wasEverEnrolled(tx, instanceName)) {
    throw new Failure('InvalidIdentityDocumentException', `${instanceName} was enrolled before, and an identity document lets an instance in once. Give it a join token: fairlead token create --name ${instanceName}`);
  }
}

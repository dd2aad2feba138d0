// The section `ec2` of the controller's configuration: whose instances enrol by what AWS says of them.

import Type, { type Static, type TObject } from 'typebox';
import { awsCertificates, type RegionCertificates } from './identity-document.ts';

export const ec2Sections = {
  ec2: Type.Optional(
    Type.Object(
      {
        accounts: Type.Array(Type.String({ pattern: '^\\d{12}$' }), { minItems: 1, description: 'Accounts whose instances may enrol by their identity document.' }),
        regions: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Regions they may be in; all that AWS has published a certificate for when not given.' })),
        'within-minutes': Type.Optional(Type.Integer({ minimum: 1, maximum: 525_600, description: 'How long after its launch an instance may enrol; 5 when not given.' })),
      },
      { additionalProperties: false, description: 'EC2 instances that need no join token.' },
    ),
  ),
};
export type Ec2Sections = Static<TObject<typeof ec2Sections>>;

export interface Ec2Enrolment {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly withinMs: number;
  readonly certificates: RegionCertificates;
}

/** Null where no instance may. Throws an Error with a sentence. */
export function decideEc2Enrolment({ ec2 }: Ec2Sections): Ec2Enrolment | null {
  if (ec2 === undefined) return null;
  const known = Object.keys(awsCertificates);
  const stranger = ec2.regions?.find((region) => !known.includes(region));
  if (stranger !== undefined) throw new Error(`ec2: regions: there is no certificate of AWS for ${JSON.stringify(stranger)}. Known are ${known.join(', ')}.`);
  return { accounts: ec2.accounts, regions: ec2.regions ?? known, withinMs: 60_000 * (ec2['within-minutes'] ?? 5), certificates: awsCertificates };
}

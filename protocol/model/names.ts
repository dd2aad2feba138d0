// What a name may look like, and the ids. CodeDeploy's limits: 1 to 100 letters, digits and . _ + = , @ -

import Type from 'typebox';

export const namePattern = '^[A-Za-z0-9._+=,@-]+$';

export const ApplicationName = Type.String({
  maxLength: 100,
  pattern: namePattern,
  description: 'Name of an application: 1 to 100 letters, digits and . _ + = , @ -',
  'x-invalid': 'InvalidApplicationNameException',
});
export const DeploymentGroupName = Type.String({
  maxLength: 100,
  pattern: namePattern,
  description: 'Name of a deployment group, unique within its application.',
  'x-invalid': 'InvalidDeploymentGroupNameException',
});
export const DeploymentConfigName = Type.String({
  maxLength: 100,
  pattern: namePattern,
  description: 'Name of a deployment config; the predefined ones start with CodeDeployDefault.',
  'x-invalid': 'InvalidDeploymentConfigNameException',
});
export const InstanceName = Type.String({
  maxLength: 100,
  pattern: namePattern,
  description: 'Name of an instance. EC2 instances are named by their id (i-…); all others are on-premises instances.',
  'x-invalid': 'InvalidInstanceNameException',
});
export const deploymentIdPattern = '^d-[A-Z0-9]{9}$';
export const DeploymentId = Type.String({
  pattern: deploymentIdPattern,
  description: 'Id of a deployment: d- and nine capital letters or digits.',
  'x-invalid': 'InvalidDeploymentIdException',
});
export const promotionIdPattern = '^p-[A-Z0-9]{9}$';
export const PromotionId = Type.String({
  pattern: promotionIdPattern,
  description: 'Id of a promotion: p- and nine capital letters or digits.',
  'x-invalid': 'InvalidInputException',
});
export const Description = Type.String({
  maxLength: 256,
  description: 'A comment, up to 256 characters.',
  'x-invalid': 'DescriptionTooLongException',
});
export const NextToken = Type.String({
  description: 'The nextToken of the previous page; leave out for the first.',
  'x-invalid': 'InvalidNextTokenException',
});

/** EC2 instances are known by their id; everything else is an on-premises instance. */
export function isEc2InstanceName(name: string): boolean {
  return name.startsWith('i-');
}

/** Nine characters drawn by `below`, as in CodeDeploy: d-XXXXXXXXX. */
export function newDeploymentId(below: (n: number) => number): string {
  return `d-${randomWord(9, below)}`;
}

const capitalsAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A word of capital letters and digits. */
export function randomWord(length: number, below: (n: number) => number): string {
  let word = '';
  for (let i = 0; i < length; i += 1) word += capitalsAndDigits[below(capitalsAndDigits.length)];
  return word;
}

/** A UUID (version 4) from 16 random bytes. */
export function uuid(bytes: Uint8Array): string {
  const b = Uint8Array.from(bytes);
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

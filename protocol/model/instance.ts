// A registered on-premises instance.

import Type, { type Static } from 'typebox';
import { InstanceName } from './names.ts';
import { word } from './shape.ts';
import { Tag } from './tag.ts';
import { InstantType } from './timestamp.ts';

export const RegistrationStatus = word(['Registered', 'Deregistered'], 'InvalidRegistrationStatusException');
export type RegistrationStatus = Static<typeof RegistrationStatus>;

export const InstanceInfo = Type.Object({
  instanceName: InstanceName,
  iamSessionArn: Type.Optional(Type.String()),
  iamUserArn: Type.Optional(Type.String()),
  instanceArn: Type.String(),
  registerTime: InstantType,
  deregisterTime: Type.Optional(InstantType),
  tags: Type.Array(Tag),
});
export type InstanceInfo = Static<typeof InstanceInfo>;

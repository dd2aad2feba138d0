import Type from 'typebox';
import { operation } from './operation.ts';
import { EnrolledInstance } from '../model/enrolled-instance.ts';

export const listInstances = operation({
  name: 'ListInstances',
  route: 'GET /v1/instances',
  summary: 'Lists every instance known here, EC2 and on-premises, with its tags and whether its agent is connected.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({}),
  output: Type.Object({ instances: Type.Array(EnrolledInstance) }),
  errors: [],
});

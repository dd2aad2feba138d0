import Type from 'typebox';
import { operation } from './operation.ts';

export const deleteFreeze = operation({
  name: 'DeleteFreeze',
  route: 'DELETE /v1/freezes/:freezeName',
  summary: 'Lifts a freeze for good; what it held goes on.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ freezeName: Type.String({ description: 'Its name.' }) }),
  output: Type.Object({}),
  errors: ['NotFoundException'],
});

import Type from 'typebox';
import { operation } from './operation.ts';
import { BundleSignature } from '../model/bundle-signature.ts';
import { ApplicationName, Description } from '../model/names.ts';
import { RevisionLocation } from '../model/revision.ts';
import { required } from '../model/shape.ts';

export const registerApplicationRevision = operation({
  name: 'RegisterApplicationRevision',
  route: 'POST /v1/applications/:applicationName/revisions',
  summary: 'Registers a revision: where a bundle lies. Nothing is fetched yet.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    description: Type.Optional(Description),
    revision: required('RevisionRequiredException', RevisionLocation),
    /** An extension: its owner's word for the bundle, handed to the hosts with it. */
    signature: Type.Optional(BundleSignature),
  }),
  output: null,
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DescriptionTooLongException', 'InvalidApplicationNameException', 'InvalidRevisionException', 'RevisionRequiredException'],
});

// All tags fit on one page, so no nextToken was ever given.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { findTagged, parseTagArn } from './tagged-resource.ts';

export const listTagsForResource: Handler<typeof registry.listTagsForResource> = async ({ store }, { ResourceArn, NextToken }) => {
  const named = parseTagArn(ResourceArn);
  if (NextToken !== undefined && NextToken !== '') throw new Failure('ValidationException', 'The tags of a resource are one page; leave NextToken out.', 'NextToken');
  const resource = await findTagged(store.db, named);
  if (resource.kind === 'unknown') throw new Failure('InvalidArnException', resource.failure.message, 'ResourceArn');
  return { Tags: resource.tags };
};

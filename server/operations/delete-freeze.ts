// An unknown name is refused: whoever lifts a freeze wants to know that it is lifted.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { deleteFreeze as deleteRow } from '../store/freezes.ts';
import type { Handler } from './services.ts';

export const deleteFreeze: Handler<typeof registry.deleteFreeze> = async ({ store, wakeAll }, { freezeName }) => {
  await store.transaction(async (tx) => {
    if (await deleteRow(tx, freezeName)) return;
    throw new Failure('NotFoundException', `There is no freeze ${freezeName}. List them with ListFreezes.`, 'freezeName');
  });
  wakeAll();
  return {};
};

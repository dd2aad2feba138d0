// All pages of a list operation, one after another, as one stream of items.

import type { Client } from './client.ts';
import type { InputOf, OperationDefinition, OutputOf } from '../protocol/operations/operation.ts';

/** The items of every page. `itemsOf` picks them from one answer. */
export async function* eachItem<D extends OperationDefinition, Item>(
  client: Client,
  definition: D,
  input: InputOf<D>,
  itemsOf: (page: OutputOf<D>) => readonly Item[],
): AsyncGenerator<Item> {
  let nextToken: string | undefined;
  do {
    const page = await client.call(definition, { ...(input as object), ...(nextToken === undefined ? {} : { nextToken }) } as InputOf<D>);
    yield* itemsOf(page);
    const token = (page as { readonly nextToken?: unknown } | null)?.nextToken;
    // The same token twice would go round for ever.
    nextToken = typeof token === 'string' && token !== '' && token !== nextToken ? token : undefined;
  } while (nextToken !== undefined);
}

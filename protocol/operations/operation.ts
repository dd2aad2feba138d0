// What an operation definition is: the public contract without behaviour. Handlers live in server/operations under
// the same file name; REST, AWS JSON, OpenAPI, the client and the CLI are all derived from these values.

import type { Static, TSchema } from 'typebox';
import type { ErrorCode } from '../errors.ts';

export interface OperationDefinition<Input extends TSchema = TSchema, Output extends TSchema | null = TSchema | null> {
  /** CodeDeploy's name where it has one. */
  readonly name: string;
  /** `METHOD /path/:member`: members named in the path are taken out of the same input object. */
  readonly route: string;
  readonly summary: string;
  /** 'read' never changes anything; 'write' is audited. */
  readonly access: 'read' | 'write';
  /** 'rest' marks operations that CodeDeploy does not have. */
  readonly faces: 'both' | 'rest';
  /** Unsupported ones answer OperationNotSupportedException with their summary: catalogued, never a 404. */
  readonly isSupported: boolean;
  readonly input: Input;
  /** An extension: what our own face takes for a required member that is left out. */
  readonly restDefaults?: Readonly<Record<string, string>>;
  /** null where CodeDeploy answers nothing. */
  readonly output: Output;
  /** The errors this operation declares, besides those any request may meet. */
  readonly errors: readonly ErrorCode[];
}

/** Keeps `isSupported` as the literal it is, so that a table of handlers can be held against it by the compiler. */
export function operation<Input extends TSchema, Output extends TSchema | null, const Supported extends boolean>(
  definition: OperationDefinition<Input, Output> & { readonly isSupported: Supported },
): OperationDefinition<Input, Output> & { readonly isSupported: Supported } {
  return definition;
}

export type InputOf<D> = D extends OperationDefinition<infer I, infer _O> ? Static<I> : never;
export type OutputOf<D> =
  D extends OperationDefinition<infer _I, infer O> ? (O extends TSchema ? Static<O> : null) : never;

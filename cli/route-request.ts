// From a definition's route and an input to a request line: members named in the path go there, the rest into the query
// of a GET or DELETE and into the body of all others. Lists repeat their key in a query; objects stand there as JSON.

import { Refusal } from './refusal.ts';
import type { OperationDefinition } from '../protocol/operations/operation.ts';

export interface RoutedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Null where the method carries none. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** Throws a Refusal for a name that no path can carry, an Error when a member of the path is absent: the caller's defect. */
export function routeRequest(definition: Pick<OperationDefinition, 'name' | 'route'>, input: Readonly<Record<string, unknown>>): RoutedRequest {
  const [method, pattern] = definition.route.split(' ') as [string, string];
  const inPath = new Set<string>();
  const path = pattern.replace(/:(\w+)/g, (_, member: string) => {
    const value = input[member];
    if (typeof value !== 'string' || value === '') throw new Error(`${definition.name} needs ${member} for its path`);
    // As a segment of a path these mean another place, however they are escaped.
    if (value === '.' || value === '..') throw new Refusal(`The name "${value}" cannot stand in an address. Use the AWS CLI for it, or another name.`);
    inPath.add(member);
    return encodeURIComponent(value);
  });
  const rest = Object.entries(input).filter(([member, value]) => !inPath.has(member) && value !== undefined);
  if (method !== 'GET' && method !== 'DELETE') return { method, target: path, body: Object.fromEntries(rest) };
  const query = new URLSearchParams();
  for (const [member, value] of rest) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      query.append(member, typeof item === 'object' ? JSON.stringify(item) : String(item));
    }
  }
  return { method, target: query.size === 0 ? path : `${path}?${query}`, body: null };
}

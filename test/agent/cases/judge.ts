// What is different between what the original was seen to do and what ours did. Pure; an empty list is parity.

import assert from 'node:assert/strict';
import type { AppSpecVerdict } from '../../../hooks/appspec/parse.ts';
import type { DeployCase, Observed, ParseCase } from './agent-case.ts';

/** Differences in words; `expected` and `observed` are what the table shows. */
export interface Judgement {
  readonly expected: string;
  readonly observed: string;
  readonly differences: readonly string[];
}

export function judgeParse(example: ParseCase, verdict: AppSpecVerdict): Judgement {
  const observed = verdict.kind === 'accepted' ? 'valid' : 'invalid';
  const differences = observed === example.expect ? [] : [`${observed} instead of ${example.expect}`];
  if (verdict.kind === 'accepted' && example.parsed !== undefined) differences.push(...missing(verdict.appSpec, example.parsed, 'parsed'));
  return { expected: example.expect, observed, differences };
}

/** What of the observed subset does not hold. Timeouts have their unit in our name for them. */
function missing(actual: unknown, expected: unknown, path: string): readonly string[] {
  if (expected === null || typeof expected !== 'object') return actual === expected ? [] : [`${path} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
  if (Array.isArray(expected) && expected.length === 0) return Array.isArray(actual) && actual.length === 0 ? [] : [`${path} is not empty`];
  if (actual === null || typeof actual !== 'object') return [`${path} is ${JSON.stringify(actual)}`];
  return Object.entries(expected).flatMap(([key, value]) => missing((actual as Readonly<Record<string, unknown>>)[key === 'timeout' ? 'timeoutSeconds' : key], value, `${path}.${key}`));
}

export function judgeDeploy(example: DeployCase, ours: Observed): Judgement {
  const theirs = example.observed;
  const differences: string[] = [];
  const compare = (what: string, expected: unknown, actual: unknown): void => {
    if (!isSame(expected, actual)) differences.push(`${what}: ${short(actual)} instead of ${short(expected)}`);
  };
  compare('events', theirs.events, ours.events);
  compare('error code', theirs.error_code, ours.error_code);
  compare('script', theirs.script_name, ours.script_name);
  if (theirs.log !== undefined) compare('log', theirs.log, ours.log);
  else if (theirs.log_length !== undefined) compare('length of the log', theirs.log_length, ours.log_length);
  const tree = theirs.files_under_DEST ?? (example.expect === 'valid' ? {} : undefined);
  if (tree !== undefined) compare('files', tree, ours.files_under_DEST);
  if (theirs.hook_trace !== undefined) compare('hooks that ran', theirs.hook_trace, ours.hook_trace);
  return { expected: inShort(theirs), observed: inShort(ours), differences };
}

function isSame(expected: unknown, actual: unknown): boolean {
  try {
    assert.deepStrictEqual(actual, expected);
    return true;
  } catch {
    return false;
  }
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 300 ? text : `${text.slice(0, 297)}...`;
};

const inShort = ({ failed_event: failed, error_code: code }: Observed): string => (failed === undefined ? 'valid' : `${failed} fails (${code})`);

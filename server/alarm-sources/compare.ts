// Comparisons in an alarm's definition.

import type { Comparison } from '../../protocol/model/alarm.ts';

export const comparisonSigns: Readonly<Record<Comparison, string>> = { GREATER: '>', GREATER_OR_EQUAL: '>=', LESS: '<', LESS_OR_EQUAL: '<=', EQUAL: '=', NOT_EQUAL: '≠' };

/** Whether `left comparison right` holds; null where the two cannot be compared in order (text, or what is no number). */
export function holds(left: unknown, comparison: Comparison, right: string | number | boolean): boolean | null {
  switch (comparison) {
    case 'EQUAL':
      return left === right;
    case 'NOT_EQUAL':
      return left !== right;
  }
  if (typeof left !== 'number' || typeof right !== 'number' || Number.isNaN(left)) return null;
  switch (comparison) {
    case 'GREATER':
      return left > right;
    case 'GREATER_OR_EQUAL':
      return left >= right;
    case 'LESS':
      return left < right;
    case 'LESS_OR_EQUAL':
      return left <= right;
  }
}

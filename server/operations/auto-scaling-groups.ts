// Names of Auto Scaling groups, of a group or of one blue/green deployment.

import { Failure } from '../../protocol/errors.ts';

const mostGroups = 10;

/** Throws InvalidAutoScalingGroupException. */
export function checkAutoScalingGroups(names: readonly string[], field: string): void {
  if (names.length > mostGroups) throw invalid(`${field} has ${names.length} names, but at most ${mostGroups} are allowed.`, field);
  names.forEach((name, index) => {
    if (name === '') throw invalid('The name of an Auto Scaling group is empty.', field);
    if (names.indexOf(name) !== index) throw invalid(`The Auto Scaling group ${name} is named twice.`, field);
  });
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidAutoScalingGroupException', sentence, field);
}

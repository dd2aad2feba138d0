// How much goes wrong: from nothing at all to far more than any fleet sees.

import type { FaultRates } from './faults.ts';

export const rates = {
  calm: { agentKills: 0, hostReboots: 0, controllerKills: 0, breaks: 0, cuts: 0, lostAgents: 0, hostSteps: 0, controllerSteps: 0, balancerReloads: 1, crashes: 0, scriptFails: 0.02, frameBreaks: 0 },
  rough: { agentKills: 3, hostReboots: 1, controllerKills: 2, breaks: 4, cuts: 2, lostAgents: 0, hostSteps: 1, controllerSteps: 1, balancerReloads: 2, crashes: 3, scriptFails: 0.02, frameBreaks: 0.005 },
  hostile: { agentKills: 10, hostReboots: 4, controllerKills: 8, breaks: 12, cuts: 6, lostAgents: 1, hostSteps: 2, controllerSteps: 2, balancerReloads: 6, crashes: 10, scriptFails: 0.01, frameBreaks: 0.03 },
} as const satisfies Record<string, FaultRates>;

export type Weather = keyof typeof rates;

/** Each seed has its weather: mostly rough. */
export function weatherOf(seed: number): Weather {
  return seed % 5 === 0 ? 'calm' : seed % 5 === 1 ? 'hostile' : 'rough';
}

// Server and agent end before they begin when a setting is wrong or a port is taken: they throw an Error whose message says
// so. That is a refusal, not a defect; what only a programmer could have caused keeps its stack.

import { Refusal } from './refusal.ts';

/** The program's exit status. Throws a Refusal with its sentence when it could not start. */
export async function startedOrRefused(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Error && !isDefect(error) ? new Refusal(error.message) : error;
  }
}

function isDefect(error: Error): boolean {
  const isProgrammers = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError || error instanceof SyntaxError;
  return isProgrammers || String((error as NodeJS.ErrnoException).code ?? '').startsWith('ERR_');
}

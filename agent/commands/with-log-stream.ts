// Executors whose hooks' output goes to the log stream. An attempt's output ends with the attempt, whatever events of the
// host's own were run as parts of it; when the agent leaves it stays open, since the scripts run on.

import type { Executor, Executors } from '../executors.ts';
import type { LogStream } from '../log-stream.ts';

export function withLogStream(executors: Executors, logs: LogStream): Executors {
  const logged =
    (executor: Executor): Executor =>
    async (command, context) => {
      const output = logs.attempt(command.attemptId);
      try {
        return await executor(command, { ...context, onOutput: (line) => output.add(line) });
      } finally {
        // Before the report: what was kept of the scripts goes with it.
        if (!context.leaving.aborted) await output.end();
      }
    };
  return {
    ...executors,
    async recover(openAttempts) {
      await executors.recover(openAttempts);
      logs.recover(openAttempts);
    },
    install: logged(executors.install),
    runHooks: logged(executors.runHooks),
  };
}

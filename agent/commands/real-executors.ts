// The executors that really do it, on this host's disk and with this host's processes.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import type { World } from '../../world/world.ts';
import { archiveLayout } from '../archive-layout.ts';
import type { AgentConfig } from '../config.ts';
import type { Executor, Executors } from '../executors.ts';
import { holdByLockFile } from '../policy/await-lock.ts';
import { openGate } from '../policy/gate.ts';
import { bulkThreads } from './bulk.ts';
import { makeDownloadBundle } from './download-bundle.ts';
import { makeInstall } from './install.ts';
import { withOnFailure } from './on-failure.ts';
import { makeRunHooks } from './run-event.ts';
import { holdWhileStuck } from './stuck.ts';

/** The executors for a configuration. `ca` is the PEM of an authority to trust besides the system's, or null. */
export function realExecutors(config: AgentConfig, world: World, ca: string | null): Executors {
  const { files, processes, log } = world;
  const { root, maxRevisions } = config;
  const layout = archiveLayout(config.dataFolder);
  const bulk = bulkThreads(processes);
  const gate = openGate(config.policy, world, layout);
  const begun = holdByLockFile(config.policy, world, config.dataFolder);
  const hooks = { world, layout, root, hookEnvironment: config.hookEnvironment, hookGraceMs: config.hookGraceMs, gate };
  const unhindered = (executor: Executor): Executor => holdWhileStuck({ world, layout }, executor);
  return {
    async recover(openAttempts) {
      if ((await files.list(layout.instructionsFolder)).some((name) => name.includes('-transaction-'))) {
        for (const sentence of await bulk('recover', { dataFolder: layout.dataFolder })) log.warn({}, sentence);
      }
      for (const attemptId of await files.list(dirname(layout.hookAttempt('any')))) if (!openAttempts.has(attemptId)) await files.remove(layout.hookAttempt(attemptId));
    },
    downloadBundle: unhindered(begun.hold(makeDownloadBundle({ world, layout, bulk, maxRevisions, ca, ...(config.proxy === undefined ? {} : { proxy: config.proxy }), isPlaintextAllowed: config.isPlaintextAllowed, gate }))),
    install: unhindered(withOnFailure(hooks, makeInstall({ files, layout, bulk, root, gate }))),
    runHooks: unhindered(begun.hold(withOnFailure(hooks, makeRunHooks(hooks)))),
    async ended({ attemptId }) {
      await files.remove(layout.hookAttempt(attemptId));
    },
    async finish({ deploymentGroupId, deploymentId, status }) {
      await begun.forget(deploymentId);
      if (status !== 'Succeeded') return;
      await files.makeFolder(layout.instructionsFolder);
      await files.writeAtomically(layout.group(deploymentGroupId).lastSuccessfulInstall, Buffer.from(layout.deployment(deploymentGroupId, deploymentId).folder));
    },
  };
}

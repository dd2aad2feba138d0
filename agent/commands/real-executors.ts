// The executors that really do it, on this host's disk and with this host's processes.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import { shippedSupervisor } from '../../hooks/engine.ts';
import { releaseUnits } from '../../hooks/release-units.ts';
import { unitPrefixOf } from '../../hooks/supervisor-files.ts';
import type { World } from '../../world/world.ts';
import { archiveLayout } from '../archive-layout.ts';
import type { AgentConfig } from '../config.ts';
import type { Executor, Executors } from '../executors.ts';
import { holdByLockFile } from '../policy/await-lock.ts';
import { openGate } from '../policy/gate.ts';
import { bulkHelpers } from './bulk.ts';
import type { Bulk } from './bulk.ts';
import { makeDownloadBundle } from './download-bundle.ts';
import { makeInstall } from './install.ts';
import { withOnFailure } from './on-failure.ts';
import { makeRunHooks } from './run-event.ts';
import { holdWhileStuck } from './stuck.ts';

/** The executors for a configuration. `ca` is the PEM of an authority to trust besides the system's when bundles are fetched, or null. */
export function realExecutors(config: AgentConfig, world: World, ca: () => string | null, bulk: Bulk = bulkHelpers(world, config.dataFolder)): Executors {
  const { files, log } = world;
  const { root, maxRevisions, limits } = config;
  const layout = archiveLayout(config.dataFolder);
  const gate = openGate(config.policy, world, layout);
  const begun = holdByLockFile(config.policy, world, config.dataFolder);
  const hooks = { world, layout, root, hookEnvironment: config.hookEnvironment, hookGraceMs: config.hookGraceMs, ...(config.redact === undefined ? {} : { redact: config.redact }), limits, gate };
  const unhindered = (executor: Executor): Executor => holdWhileStuck({ world, layout }, executor);
  // Beside everything else: nobody has to wait for it.
  const release = (isReported: (unit: string) => boolean): void => {
    releaseUnits(world, shippedSupervisor(), isReported).catch((error: Error) => {
      log.warn({ reason: error.message }, 'Units of hooks that have ended could not be let go of; it is tried again after the next event.');
    });
  };
  return {
    async recover(openAttempts) {
      const hasTransactions = (await files.list(layout.instructionsFolder)).some((name) => name.includes('-transaction-'));
      // Before anything it works on is touched.
      if (hasTransactions || openAttempts.size > 0) await bulk.sweep();
      if (hasTransactions) {
        for (const sentence of await bulk.work('recover', { dataFolder: layout.dataFolder })) log.warn({}, sentence);
      }
      const open = [...openAttempts].map(unitPrefixOf);
      release((unit) => !open.some((prefix) => unit.startsWith(prefix)));
      for (const attemptId of await files.list(dirname(layout.hookAttempt('any')))) if (!openAttempts.has(attemptId)) await files.remove(layout.hookAttempt(attemptId));
    },
    downloadBundle: unhindered(begun.hold(makeDownloadBundle({ world, layout, bulk, maxRevisions, limits, ca, ...(config.proxy === undefined ? {} : { proxy: config.proxy }), isPlaintextAllowed: config.isPlaintextAllowed, gate }))),
    install: unhindered(withOnFailure(hooks, makeInstall({ files, layout, bulk: bulk.work, root, limits, gate }))),
    runHooks: unhindered(begun.hold(withOnFailure(hooks, announcing(bulk, makeRunHooks(hooks))))),
    async ended({ attemptId }) {
      release((unit) => unit.startsWith(unitPrefixOf(attemptId)));
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

/** The bundle comes right after ApplicationStop: whoever unpacks it may as well start now. */
function announcing(bulk: Bulk, executor: Executor): Executor {
  return (command, context) => {
    if (command.event === 'ApplicationStop') bulk.expect();
    return executor(command, context);
  };
}

// One release on its way: pushed, deployed, followed to the end with its rollback, and what was seen underway.

import type { DemoOptions } from './run-demo.ts';
import type { Client } from '../../cli/client.ts';
import type { EndStatus } from '../../cli/deployment-end.ts';
import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import { liveProgress, plainProgress } from '../../cli/progress.ts';
import type { Progress } from '../../cli/progress.ts';
import { pushFolder } from '../../cli/push-folder.ts';
import { outcomeSentence, watchDeployment } from '../../cli/watch.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { realClock } from '../../world/real/clock.ts';
import { readFile } from 'node:fs/promises';

export interface DeployedRelease {
  readonly deploymentId: string;
  readonly status: EndStatus;
  readonly errorCode: string | null;
  readonly targets: readonly { readonly name: string; readonly status: string; readonly failedEvent: string | null }[];
  /** The most targets that any picture showed in progress, those of the rollback not counted. */
  readonly mostInProgress: number;
  readonly rollback: { readonly deploymentId: string; readonly status: EndStatus; readonly creator: string | null } | null;
}

export interface DeployRequest {
  readonly client: Client;
  readonly folder: string;
  readonly applicationName: string;
  readonly deploymentGroupName: string;
  readonly config: string;
  /** Of a blue/green deployment: where to. */
  readonly targetInstances?: TargetInstances;
  readonly out: DemoOptions['out'];
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export async function deployRelease({ client, folder, applicationName, deploymentGroupName, config, targetInstances, out, signal, say }: DeployRequest): Promise<DeployedRelease> {
  const request = { folder, applicationName, bundleType: 'tgz', key: null, description: null, createsApplication: false } as const;
  const around = { env: {}, readFile: (file: string) => readIfThere(file), rooms: { checkAppSpec: async (bytes: Uint8Array) => parseAppSpecBytes(bytes) } };
  const uploaded = await pushFolder(request, client, around, say);
  const { deploymentId } = await client.call(createDeployment, {
    applicationName,
    deploymentGroupName,
    revision: uploaded.revision,
    deploymentConfigName: config,
    ...(targetInstances === undefined ? {} : { targetInstances }),
  });
  let mostInProgress = 0;
  const shown = progressOn(out);
  const progress: Progress = {
    ...shown,
    show(before, change) {
      if (change.deployment.deploymentId === deploymentId) mostInProgress = Math.max(mostInProgress, countInProgress(change));
      shown.show(before, change);
    },
  };
  try {
    const outcome = await watchDeployment(client, realClock, deploymentId, progress, signal);
    progress.end();
    say(outcomeSentence(outcome));
    const { end, last, rollback } = outcome;
    return {
      deploymentId,
      status: end,
      errorCode: last.deployment.errorInformation?.code ?? null,
      targets: last.targets.map(({ instanceTarget: target }) => ({
        name: target.targetId,
        status: target.status,
        failedEvent: target.lifecycleEvents.find((event) => event.status === 'Failed')?.lifecycleEventName ?? null,
      })),
      mostInProgress,
      rollback: rollback === null ? null : { deploymentId: rollback.last.deployment.deploymentId ?? '', status: rollback.end, creator: rollback.last.deployment.creator ?? null },
    };
  } finally {
    progress.end();
  }
}

const countInProgress = (change: DeploymentChange): number => change.targets.filter((target) => target.instanceTarget.status === 'InProgress').length;

function progressOn(out: DemoOptions['out']): Progress {
  const sink = { write: (text: string) => void out.write(text), isTerminal: out.isTTY === true, columns: () => out.columns ?? 80, rows: () => out.rows ?? 24 };
  return sink.isTerminal ? liveProgress(sink, realClock) : plainProgress(sink, sink);
}

async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

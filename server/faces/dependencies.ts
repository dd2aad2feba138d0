// What the faces need from the rest of the server, as narrow seams. `server.ts` wires them.

import type { Connection } from '../../world/network.ts';
import type { World } from '../../world/world.ts';
import type { Dispatch } from '../operations/handler.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { DeploymentInfo } from '../../protocol/model/deployment.ts';
import type { DeploymentTarget } from '../../protocol/model/target.ts';
import type { LogPage } from '../../protocol/model/log-piece.ts';
import type { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';

export interface FaceDependencies {
  readonly world: World;
  readonly dispatch: Dispatch;
  readonly accessKeys: AccessKeys;
  readonly artifacts: Artifacts;
  readonly enroll: (request: EnrollRequest) => Promise<EnrollAnswer>;
  /** Null when ready; else a sentence saying what is missing. */
  readonly whyNotReady: () => Promise<string | null>;
  /** Every change of a deployment from now on, the present state first; ends when the deployment has. Throws Failure. */
  readonly watchDeployment: (deploymentId: string, signal: AbortSignal) => AsyncIterable<DeploymentChange>;
  /** What hooks print, from `after` on, page by page; ends when the deployment has and its output has arrived. Throws Failure. */
  readonly followLogs: (question: LogQuestion, signal: AbortSignal) => AsyncIterable<LogPage>;
  /** Hands over an agent's WebSocket, not yet authenticated. */
  readonly acceptSession: (connection: Connection) => void;
}

export type LogQuestion = InputOf<typeof getDeploymentLogs>;

/** One picture of a deployment, whole: the reader needs no history. */
export interface DeploymentChange {
  readonly deployment: DeploymentInfo;
  readonly targets: readonly DeploymentTarget[];
  readonly waitingOn: readonly Waiting[];
  readonly sentences: readonly string[];
}

export interface AccessKeys {
  /** The secret of a live key, decrypted; null for unknown and revoked ones. */
  secretOf(accessKeyId: string): Promise<string | null>;
}

export interface Artifacts {
  /**
   * Stores an uploaded bundle under (application, key): streamed to disk, hashed, size bounded, checked to be a bundle
   * with a valid AppSpec, then recorded. Throws Failure (InvalidBundleException, RequestEntityTooLargeException,
   * ApplicationDoesNotExistException) and leaves nothing behind.
   */
  receive(upload: Upload): Promise<StoredUpload>;
  /** The file behind a signed URL's parameters, or null when the signature, time or digest is wrong. */
  openSigned(sha256: string, expires: string, signature: string): Promise<{ readonly path: string; readonly size: number } | null>;
}

export interface Upload {
  readonly applicationName: string;
  /** Object key in the controller's bucket; null lets the server choose `<application>/<sha256>.<type>`. */
  readonly key: string | null;
  readonly bundleType: 'tar' | 'tgz' | 'zip';
  /** Its owner's word for it, kept beside it for the hosts. */
  readonly signature?: BundleSignature | null;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface StoredUpload {
  readonly bucket: string;
  readonly key: string;
  readonly bundleType: 'tar' | 'tgz' | 'zip';
  readonly sha256: string;
  readonly size: number;
  readonly warnings: readonly string[];
  readonly signature?: BundleSignature;
}

export interface EnrollRequest {
  readonly token: string;
  readonly instanceName: string;
  /** Raw Ed25519 public key, base64 (32 bytes). */
  readonly publicKey: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly agentVersion: string;
  readonly remote: string;
}

export interface EnrollAnswer {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly instanceArn: string;
  readonly controllerId: string;
}

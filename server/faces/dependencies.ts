// What the faces need from the rest of the server, as narrow seams. `server.ts` wires them.

import type { SignatureLedger } from './replays.ts';
import type { Connection } from '../../world/network.ts';
import type { World } from '../../world/world.ts';
import type { Access } from '../access/access.ts';
import type { Authorize } from '../access/authorize.ts';
import type { Origin } from '../audit/entry.ts';
import type { Refused } from '../audit/refusal.ts';
import type { Failure } from '../../protocol/errors.ts';
import type { Dispatch } from '../operations/handler.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import type { PromotionChange } from '../../protocol/model/promotion-change.ts';
import type { LogPage } from '../../protocol/model/log-piece.ts';
import type { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import type { ArchiveType, StoredBundle } from '../../protocol/model/stored-bundle.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';

export interface FaceDependencies {
  readonly world: World;
  readonly dispatch: Dispatch;
  readonly accessKeys: AccessKeys;
  /** For the routes beside the operations; dispatch asks for itself. */
  readonly authorize: Authorize;
  /** Records that a write beside the operations was refused for want of access. */
  readonly recordRefusal: (operation: string, input: unknown, context: Refused, failure: Failure) => Promise<void>;
  /** Signatures under which something was written, by whichever controller. */
  readonly signatures: SignatureLedger;
  readonly artifacts: Artifacts;
  readonly objects: Objects;
  readonly enroll: (request: EnrollRequest) => Promise<EnrollAnswer>;
  /** Null when ready; else a sentence saying what is missing. */
  readonly whyNotReady: () => Promise<string | null>;
  /** Every change of a deployment from now on, the present state first; ends when the deployment has. Throws Failure. */
  readonly watchDeployment: (deploymentId: string, signal: AbortSignal) => AsyncIterable<DeploymentChange>;
  /** The same of a promotion. */
  readonly watchPromotion: (promotionId: string, signal: AbortSignal) => AsyncIterable<PromotionChange>;
  /** What hooks print, from `after` on, page by page; ends when the deployment has and its output has arrived. Throws Failure. */
  readonly followLogs: (question: LogQuestion, signal: AbortSignal) => AsyncIterable<LogPage>;
  /** Hands over an agent's WebSocket, not yet authenticated; `proved` is called when it is. */
  readonly acceptSession: (connection: Connection, proved: () => void) => void;
}

export type LogQuestion = InputOf<typeof getDeploymentLogs>;

export interface AccessKeys {
  /** A live key with its secret, decrypted; null for unknown, revoked and expired ones, after the same work. */
  find(accessKeyId: string): Promise<KnownKey | null>;
  /** The key has proved itself just now. Remembered to the minute. */
  used(accessKeyId: string): Promise<void>;
  /** Calls `hear` whenever what the key may do has changed, until the returned function is called. */
  listen(accessKeyId: string, hear: () => void): () => void;
}

export interface KnownKey {
  readonly secret: string;
  readonly description: string;
  readonly access: Access;
}

export interface Artifacts {
  /**
   * Stores an uploaded bundle under (application, key): streamed to disk, hashed, size bounded, checked to be a bundle
   * with a valid AppSpec, then recorded. Throws Failure (InvalidBundleException, RequestEntityTooLargeException,
   * ApplicationDoesNotExistException) and leaves nothing behind.
   */
  receive(upload: Upload): Promise<StoredBundle>;
  /** The file behind a signed URL's parameters, or null when the signature, time or digest is wrong. */
  openSigned(sha256: string, expires: string, signature: string): Promise<{ readonly path: string; readonly size: number } | null>;
}

export interface Upload {
  readonly applicationName: string;
  /** Object key in the controller's bucket; null lets the server choose `<application>/<sha256>.<type>`. */
  readonly key: string | null;
  readonly bundleType: ArchiveType;
  /** Its owner's word for it, kept beside it for the hosts. */
  readonly signature?: BundleSignature | null;
  readonly body: AsyncIterable<Uint8Array>;
  /** Who uploads, for the audit log; the controller itself when not given. */
  readonly origin?: Origin;
}

/** The controller's own buckets, for clients of S3. A body that throws passes its error on; nothing is left behind then. */
export interface Objects {
  isOwn(bucket: string): boolean;
  /** Buckets that are named or hold something; the time of the first object, 0 where there is none. */
  list(): Promise<readonly { readonly name: string; readonly createdAt: number }[]>;
  /** Stores a bundle: streamed to disk, hashed, size bounded, inspected, recorded. Throws Failure. */
  put(name: ObjectName, body: AsyncIterable<Uint8Array>): Promise<StoredObject>;
  /** The newest object of that name, or the one of that version. */
  find(name: ObjectName, version: string | null): Promise<FoundObject | null>;
  /** Begins an upload in parts; returns its id. These four throw ObjectTrouble. */
  begin(name: ObjectName): Promise<string>;
  putPart(name: ObjectName, uploadId: string, number: number, body: AsyncIterable<Uint8Array>): Promise<{ readonly eTag: string }>;
  complete(name: ObjectName, uploadId: string, parts: readonly UploadedPart[]): Promise<StoredObject>;
  abort(name: ObjectName, uploadId: string): Promise<void>;
}

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  /** Who puts it there (or began to, for one in parts), for the audit log; the controller itself when not given. */
  readonly origin?: Origin;
}

export interface StoredObject {
  /** Without quotes. */
  readonly eTag: string;
  readonly version: string;
  readonly size: number;
}

export interface FoundObject extends StoredObject {
  readonly path: string;
  readonly storedAt: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly eTag: string;
}

export interface EnrollRequest {
  readonly token: string;
  readonly instanceName: string;
  /** Raw Ed25519 public key, base64 (32 bytes). */
  readonly publicKey: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly agentVersion: string;
  /** What AWS says of an EC2 instance, in place of a join token, which is then `ec2`. */
  readonly identityDocument?: string;
  readonly remote: string;
}

export interface EnrollAnswer {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly instanceArn: string;
  readonly controllerId: string;
}

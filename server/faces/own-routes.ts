// The routes that are not operations: what they take and answer, for the server and the OpenAPI document alike. `http.ts`
// must have a handler for each name here.

import Type, { type TSchema } from 'typebox';
import type { ErrorCode } from '../../protocol/errors.ts';
import { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import { DeploymentId, PromotionId } from '../../protocol/model/names.ts';
import { LogPage } from '../../protocol/model/log-piece.ts';
import { PromotionChange } from '../../protocol/model/promotion-change.ts';
import { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import { EnrollInput, EnrollOutput } from './enroll.ts';
import { UploadInput, UploadOutput } from './uploads.ts';

export interface OwnRoute {
  readonly route: string;
  readonly summary: string;
  /** 'open' needs no access key. */
  readonly access: 'open' | 'bearer' | 'either' | 'signature';
  /** Members of path and query. */
  readonly parameters: TSchema;
  readonly body?: { readonly contentType: string; readonly schema: TSchema | null };
  readonly answers: Readonly<Record<number, { readonly description: string; readonly contentType?: string; readonly schema?: TSchema }>>;
  readonly errors: readonly ErrorCode[];
}

const none = Type.Object({});
const json = 'application/json';

export const ownRoutes = {
  CallAwsJson: {
    route: 'POST /',
    summary: 'The AWS face: any CodeDeploy operation, named in X-Amz-Target (CodeDeploy_20141006.<Operation>), as AWS clients send it.',
    access: 'signature',
    parameters: none,
    body: { contentType: 'application/x-amz-json-1.1', schema: none },
    answers: { 200: { description: 'What the operation answers; instants are seconds since 1970.', contentType: 'application/x-amz-json-1.1', schema: none } },
    errors: ['UnknownOperationException', 'OperationNotSupportedException'],
  },
  GetHealth: {
    route: 'GET /healthz',
    summary: 'Says that the process is there.',
    access: 'open',
    parameters: none,
    answers: { 200: { description: 'It is.', contentType: json, schema: Type.Object({ status: Type.Literal('ok') }) } },
    errors: [],
  },
  GetReadiness: {
    route: 'GET /readyz',
    summary: 'Says whether the controller can serve.',
    access: 'open',
    parameters: none,
    answers: { 200: { description: 'It can.', contentType: json, schema: Type.Object({ status: Type.Literal('ready') }) } },
    errors: ['ServiceUnavailable'],
  },
  GetOpenApiDocument: {
    route: 'GET /v1/openapi.json',
    summary: 'This document.',
    access: 'either',
    parameters: none,
    answers: { 200: { description: 'The OpenAPI 3.1 document.', contentType: json, schema: none } },
    errors: [],
  },
  EnrollAgent: {
    route: 'POST /v1/enroll',
    summary: 'Enrols an agent. The join token in the body is the credential; calls are counted per address.',
    access: 'open',
    parameters: none,
    body: { contentType: json, schema: EnrollInput },
    answers: { 200: { description: 'Who the agent is from now on.', contentType: json, schema: EnrollOutput } },
    errors: ['InvalidIdentityDocumentException', 'InvalidJoinTokenException', 'JoinTokenBoundException', 'InstanceNameAlreadyRegisteredException', 'ThrottlingException'],
  },
  OpenSession: {
    route: 'GET /v1/session',
    summary: "An agent's WebSocket. No access key: the agent proves itself inside the session.",
    access: 'open',
    parameters: none,
    answers: { 101: { description: 'The session is open.' } },
    errors: [],
  },
  UploadBundle: {
    route: 'PUT /v1/applications/:applicationName/uploads',
    summary: 'Stores a bundle. Pass the revision it answers to RegisterApplicationRevision.',
    access: 'bearer',
    parameters: UploadInput,
    body: { contentType: 'application/octet-stream', schema: null },
    answers: { 201: { description: 'The bundle is stored.', contentType: json, schema: UploadOutput } },
    errors: ['ApplicationDoesNotExistException', 'InvalidApplicationNameException', 'InvalidBundleException'],
  },
  DownloadArtifact: {
    route: 'GET /v1/artifacts/:sha256',
    summary: 'Hands out a stored bundle. The signature in the query is the credential; Range is understood.',
    access: 'open',
    parameters: Type.Object({ sha256: Type.String(), expires: Type.String(), signature: Type.String() }),
    answers: {
      200: { description: 'The whole bundle.', contentType: 'application/octet-stream' },
      206: { description: 'The range asked for.', contentType: 'application/octet-stream' },
      416: { description: 'The range begins behind the end.' },
    },
    errors: ['AccessDeniedException'],
  },
  WatchDeployment: {
    route: 'GET /v1/deployments/:deploymentId/watch',
    summary: 'Follows a deployment as server-sent events: its state now, then each change, until it has ended.',
    access: 'either',
    parameters: Type.Object({ deploymentId: DeploymentId }),
    answers: {
      200: { description: 'Events named change, each with a whole picture as its data; an event named failure if something goes wrong.', contentType: 'text/event-stream', schema: DeploymentChange },
    },
    errors: ['DeploymentDoesNotExistException', 'InvalidDeploymentIdException'],
  },
  WatchPromotion: {
    route: 'GET /v1/promotions/:promotionId/watch',
    summary: 'Follows a promotion as server-sent events: its state now, then each change of it and of its deployments, until it has ended.',
    access: 'either',
    parameters: Type.Object({ promotionId: PromotionId }),
    answers: {
      200: { description: 'Events named change, each with a whole picture as its data; an event named failure if something goes wrong.', contentType: 'text/event-stream', schema: PromotionChange },
    },
    errors: ['InvalidInputException', 'PromotionDoesNotExistException'],
  },
  FollowDeploymentLogs: {
    route: 'GET /v1/deployments/:deploymentId/logs/follow',
    summary: 'Follows what the hooks of a deployment print as server-sent events: what there is, then what comes, until the deployment has ended.',
    access: 'either',
    parameters: getDeploymentLogs.input,
    answers: {
      200: { description: 'Events named logs, each with a page as its data; an event named failure if something goes wrong. After a break, ask again with after.', contentType: 'text/event-stream', schema: LogPage },
    },
    errors: ['DeploymentDoesNotExistException', 'DeploymentTargetDoesNotExistException', 'InvalidDeploymentIdException', 'InvalidDeploymentTargetIdException'],
  },
} as const satisfies Record<string, OwnRoute>;

export type OwnRouteName = keyof typeof ownRoutes;


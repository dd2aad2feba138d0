// What passes over the WebSocket between an agent and the server, and nothing else. JSON text frames.
//
// A session: server sends `challenge`; agent answers `hello` (its identity, signed over the challenge, and the highest
// command number it has safely journalled); server answers `welcome` (the highest report number it has safely stored).
// Then both send numbered frames from there on: commands down, reports up. `acknowledge` is cumulative and is sent only
// after what it covers is durable. A break loses nothing: both sides resend from the other's number.

import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { BundleSignature } from '../model/bundle-signature.ts';
import { HoldsFrame } from './hold-frames.ts';
import { NewKeyFrame, RotateKeyFrame } from './key-frames.ts';
import { AnswerFrame, AskFrame, OfferedBalancer } from './balancer-frames.ts';

const count = Type.Integer({ minimum: 0 });
const short = Type.String({ maxLength: 256 });

export const DiagnosticsFrame = Type.Object({
  errorCode: Type.Enum(['Success', 'ScriptMissing', 'ScriptNotExecutable', 'ScriptTimedOut', 'ScriptFailed', 'UnknownError'], { type: 'string' }),
  scriptName: Type.String({ maxLength: 4096 }),
  message: Type.String({ maxLength: 8192 }),
  logTail: Type.String({ maxLength: 8192 }),
});
export type DiagnosticsFrame = Static<typeof DiagnosticsFrame>;

/** Where the agent gets the bundle. The URL carries its own short-lived signature. */
export const BundleSource = Type.Object({
  url: Type.String({ maxLength: 4096 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  size: count,
  bundleType: Type.Enum(['tar', 'tgz', 'zip'], { type: 'string' }),
  /** The owner's, for hosts that require one. */
  signature: Type.Optional(BundleSignature),
});
export type BundleSource = Static<typeof BundleSource>;

/** The fewest characters a value must have to be redacted: shorter ones stand in the output by chance. */
export const shortestSecret = 4;

/** One lifecycle event to run on this host, once. */
export const RunEventCommand = Type.Object({
  kind: Type.Literal('RunEvent'),
  /** One execution of one command on one host. The agent never starts an attempt twice. */
  attemptId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  deploymentId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  deploymentGroupId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  deploymentGroupName: short,
  applicationName: short,
  deploymentCreator: short,
  deploymentType: Type.Enum(['IN_PLACE', 'BLUE_GREEN'], { type: 'string' }),
  event: Type.String({ pattern: '^[A-Za-z]{1,64}$' }),
  /** Grows with each command to this target; an older one than already accepted is refused. */
  generation: count,
  /** For the environment of hooks and the log, CodeDeploy's own shape. */
  revision: Type.Record(Type.String(), Type.Unknown()),
  /** Present for DownloadBundle. */
  bundle: Type.Optional(BundleSource),
  /** Where the bundle comes from, as the controller says. Present for DownloadBundle. */
  sourceKind: Type.Optional(Type.Enum(['upload', 's3', 'github', 'url', 'git'], { type: 'string' })),
  fileExistsBehavior: Type.Enum(['DISALLOW', 'OVERWRITE', 'RETAIN'], { type: 'string' }),
  /** Of DownloadBundle: RESTART takes the bundle from the host and never fetches it. Absent: DEPLOY. */
  deploymentMode: Type.Optional(Type.Enum(['DEPLOY', 'RESTART'], { type: 'string' })),
  /** Where in the bundle its AppSpec is, when not at a usual name. */
  appSpecFilename: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  /** The server counts the event as failed when it has not ended this long after being accepted. */
  timeoutMs: count,
  /** Leave out the scripts marked as `once`: another target of the deployment has run them. */
  skipsOnce: Type.Optional(Type.Boolean()),
  /** The group's parameters and secrets, for the environment of its scripts. Names the agent does not take refuse the command. */
  environment: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 4096 }))),
  /** Values that must not be seen in the output of its scripts. One shorter than `shortestSecret` refuses the command. */
  redact: Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 100 })),
});
export type RunEventCommand = Static<typeof RunEventCommand>;

/** The server has given up on an attempt: end it if it runs; forget it if it has not started. */
export const CancelCommand = Type.Object({
  kind: Type.Literal('Cancel'),
  attemptId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  deploymentId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  reason: short,
});
export type CancelCommand = Static<typeof CancelCommand>;

/** The deployment has ended on this host: lets the agent keep its records (last successful revision) straight. */
export const FinishCommand = Type.Object({
  kind: Type.Literal('Finish'),
  deploymentId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  deploymentGroupId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  status: Type.Enum(['Succeeded', 'Failed', 'Skipped', 'Unknown'], { type: 'string' }),
});
export type FinishCommand = Static<typeof FinishCommand>;

export const Command = Type.Union([RunEventCommand, CancelCommand, FinishCommand]);
export type Command = Static<typeof Command>;

export const Report = Type.Union([
  /** The attempt is in the journal and will be run, or is running. */
  Type.Object({ kind: Type.Literal('Accepted'), attemptId: short, at: Type.Number() }),
  /** The attempt has ended, with its fate. `interrupted` only when it really was cut short. */
  Type.Object({
    kind: Type.Literal('Ended'),
    attemptId: short,
    outcome: Type.Enum(['Succeeded', 'Failed', 'Cancelled', 'Interrupted', 'Refused'], { type: 'string' }),
    diagnostics: DiagnosticsFrame,
    /** Things the operator should know although nothing failed: AppSpec warnings and the like. At most 20. */
    warnings: Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 20 }),
    /** Of DownloadBundle: the events of the AppSpec that have scripts marked as `once`. */
    onceEvents: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z]{1,64}$' }), { maxItems: 20 })),
    startedAt: Type.Number(),
    at: Type.Number(),
  }),
]);
export type Report = Static<typeof Report>;

/** A piece of what a hook's script wrote, made readable and with secrets taken out. */
export const LogChunk = Type.Object({
  /** Which script of the attempt. */
  index: Type.Integer({ minimum: 0, maximum: 100_000 }),
  /** 0, or which time the script was started again: offsets begin anew. */
  restart: Type.Integer({ minimum: 0, maximum: 1_000 }),
  stream: Type.Enum(['stdout', 'stderr'], { type: 'string' }),
  /** Where it begins in the stream, in bytes as the script wrote them. */
  offset: Type.Integer({ minimum: 0 }),
  /** How many of these bytes each line stands for. Where the next chunk begins further on, the bytes between were dropped. */
  lengths: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 65_536 }),
  /** When the agent saw it. */
  at: Type.Number(),
  /** Whole lines, as many as there are lengths, separated by line feeds, without the last one's. */
  text: Type.String({ maxLength: 262_144 }),
});
export type LogChunk = Static<typeof LogChunk>;

/** Behind the last byte of the stream that a chunk stands for. */
export function endOfChunk(chunk: LogChunk): number {
  return chunk.lengths.reduce((sum, length) => sum + length, chunk.offset);
}

/** Whether a value, such as one read from a file, is a chunk. */
export function isLogChunk(value: unknown): value is LogChunk {
  return Value.Check(LogChunk, value);
}

/** Sent only to a server whose welcome says that it takes logs. Resent until acknowledged; offsets tell duplicates. */
export const LogFrame = Type.Object({
  kind: Type.Literal('logChunk'),
  attemptId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  /** Counts within the attempt and names the chunk in its acknowledgement; after a restart of the agent it may begin anew. */
  number: Type.Integer({ minimum: 1 }),
  /** Null: the attempt's output is complete. */
  chunk: Type.Union([LogChunk, Type.Null()]),
});
export type LogFrame = Static<typeof LogFrame>;

/** Sent only in answer to a `logChunk`, after what it covers is durable. */
export const LogAcknowledge = Type.Object({
  kind: Type.Literal('logAcknowledge'),
  attemptId: short,
  number: Type.Integer({ minimum: 1 }),
  /** Up to which byte the server has, or has dropped, the chunk's stream. */
  has: count,
  /** False: the server knows no such attempt of this host, and wants no more of it. */
  isWanted: Type.Boolean(),
});
export type LogAcknowledge = Static<typeof LogAcknowledge>;

export const FromServer = Type.Union([
  Type.Object({
    kind: Type.Literal('challenge'),
    /** The controller's own id, so that a signature for one controller is worth nothing at another. */
    controllerId: short,
    nonce: Type.String({ minLength: 32, maxLength: 128 }),
    protocolVersions: Type.Array(Type.Integer(), { maxItems: 16 }),
  }),
  Type.Object({
    kind: Type.Literal('welcome'),
    protocolVersion: Type.Integer(),
    /** Highest report number the server has stored for this instance. */
    lastReport: count,
    /** Send a ping at least this often; expect one as often. */
    pingEveryMs: Type.Integer({ minimum: 100 }),
    now: Type.Number(),
    /** Whether `logChunk` frames may be sent; servers before them say nothing. */
    takesLogs: Type.Optional(Type.Boolean()),
    /** Whether `holds` frames may be sent; servers before them say nothing. */
    takesHolds: Type.Optional(Type.Boolean()),
  }),
  Type.Object({ kind: Type.Literal('command'), number: count, command: Command }),
  Type.Object({ kind: Type.Literal('acknowledge'), upTo: count }),
  Type.Object({ kind: Type.Literal('ping') }),
  LogAcknowledge,
  AskFrame,
  RotateKeyFrame,
]);
export type FromServer = Static<typeof FromServer>;

export const FromAgent = Type.Union([
  Type.Object({
    kind: Type.Literal('hello'),
    protocolVersions: Type.Array(Type.Integer(), { maxItems: 16 }),
    instanceId: short,
    /** Ed25519 over `signedText` below, base64. */
    signature: Type.String({ maxLength: 256 }),
    agentVersion: short,
    /** The host's boot, for telling an interrupted hook from a running one. */
    bootId: short,
    /** Tags that the host itself brings. The server keeps those set through its API apart. */
    tags: Type.Array(Type.Object({ Key: Type.String({ maxLength: 128 }), Value: Type.String({ maxLength: 256 }) }), { maxItems: 50 }),
    /** The availability zone that the host says it is in. */
    zone: Type.Optional(short),
    /** Highest command number in the agent's journal. */
    lastCommand: count,
    /** The balancers on this host that may be asked: `ask` frames may name them. */
    balancers: Type.Optional(Type.Array(OfferedBalancer, { maxItems: 64 })),
    /** Whether `rotateKey` frames may be sent; agents before them say nothing. */
    rotatesKey: Type.Optional(Type.Boolean()),
  }),
  Type.Object({ kind: Type.Literal('report'), number: Type.Integer({ minimum: 1 }), report: Report }),
  Type.Object({ kind: Type.Literal('acknowledge'), upTo: count }),
  Type.Object({ kind: Type.Literal('ping') }),
  LogFrame,
  AnswerFrame,
  NewKeyFrame,
  HoldsFrame,
]);
export type FromAgent = Static<typeof FromAgent>;

/** What a hello signs: purpose, controller, instance and this very connection's nonce. */
export function signedText(controllerId: string, instanceId: string, nonce: string): string {
  return `fairlead-agent-v1|${controllerId}|${instanceId}|${nonce}`;
}

/** Longest frame either side sends or accepts, in bytes. */
export const maxFrameBytes = 1024 * 1024;

/** The frame, or null for anything that is none. Never throws. */
export function parseFromServer(text: string): FromServer | null {
  const value = frameWithin(text);
  return Value.Check(FromServer, value) ? value : null;
}

/** What a text of no more than a frame's length says, unchecked; undefined for what is no JSON. Never throws. */
export function frameWithin(text: string): unknown {
  if (text.length > maxFrameBytes) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

// Everything a command may touch of the world: handed in by main.ts, replaced in tests. `server`, `agent` and the parsers
// of other rooms come in as loaders, so that a client command starts without paying for them.

import type { UnpackOutcome } from '../agent/bundle/unpack.ts';
import type { AppSpec, Complaint } from '../hooks/appspec/appspec.ts';
import type { LocalEvent, LocalOptions, LocalOutcome } from '../protocol/model/local-deployment.ts';
import type { HostFacts } from '../world/host-facts.ts';
import type { StatusAnswer } from '../world/real/status-socket.ts';
import type { DatabaseFact } from './doctor/judge-server.ts';
import type { Clock } from '../world/clock.ts';

export interface Surroundings {
  /** Of the package. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly out: Sink;
  readonly err: Sink;
  /** All of standard input, as text. */
  readonly readStdin: () => Promise<string>;
  /** A small file's bytes, or null when there is none. Throws what the file system says otherwise. */
  readonly readFile: (path: string) => Promise<Uint8Array | null>;
  /** Writes a new file from a stream; removes what it wrote when the stream fails. `mode` is 0o666 less the umask when not given. */
  readonly writeFile: (path: string, bytes: AsyncIterable<Uint8Array>, mode?: number) => Promise<void>;
  /** Aborted by Ctrl-C and SIGTERM, once a command has asked for it (a server handles its own). */
  readonly interruption: () => AbortSignal;
  readonly rooms: Rooms;
}

export interface Sink {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Columns of the terminal now; 80 where there is none. */
  readonly columns: () => number;
  readonly rows: () => number;
}

/** The other rooms of the house, loaded when first needed. */
export interface Rooms {
  readonly runServer: (options: ServerOptions) => Promise<number>;
  readonly runAgent: (options: AgentOptions) => Promise<number>;
  /** Enrols this host; the agent itself is not run. Throws an Error with a sentence. */
  readonly enrollHost: (options: AgentOptions & { readonly isAnew: boolean }, environment: Environment, signal: AbortSignal) => Promise<EnrolledHost>;
  /** Makes a folder to deploy that upgrades agents. Throws an Error with a sentence. */
  readonly makeUpgradeBundle: (packages: readonly string[], folder: string) => Promise<{ readonly version: string; readonly folder: string; readonly packages: readonly string[] }>;
  /** Starts the agent's service, now and at each boot. Throws an Error with a sentence. */
  readonly startAgentService: () => Promise<void>;
  readonly runLocal: (run: LocalRun) => Promise<LocalOutcome>;
  readonly checkAppSpec: (bytes: Uint8Array) => Promise<AppSpecVerdict>;
  /** Of an agent, and of a controller, on this host: what is decided of them by configuration. Throw an Error with a sentence. */
  readonly readAgentConfig: (options: PlaceOptions, environment: Environment) => Promise<AgentPlace>;
  readonly readServerConfig: (options: PlaceOptions, environment: Environment) => Promise<ServerPlace>;
  readonly inspectDatabase: (dataFolder: string) => Promise<DatabaseFact>;
  /** Back up and restore a controller's data on this host. Throw an Error with a sentence. */
  readonly backUpServer: (options: PlaceOptions, environment: Environment, to: string) => Promise<BackupList>;
  readonly restoreServer: (options: PlaceOptions, environment: Environment, from: string, isReplacing: boolean) => Promise<RestoredData>;
  /** Asks a program on this host how it is, through its socket. Never rejects. */
  readonly askStatus: (socket: string) => Promise<StatusAnswer>;
  readonly lookAtHost: () => Promise<HostFacts>;
  readonly unpack: (file: string, format: 'zip' | 'tar' | 'tgz' | null, destination: string, maxBytes: number | null) => Promise<UnpackOutcome>;
}

export interface EnrolledHost {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly controllerUrl: string;
  readonly isNew: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface PlaceOptions {
  readonly dataDir?: string;
  readonly configFile?: string;
}

/** An agent's configuration, as far as anybody else needs it. */
export interface AgentPlace {
  readonly dataFolder: string;
  readonly statusSocket: string;
  readonly identityFile: string;
  readonly controllerUrl: string | null;
  /** The controller that this host was enrolled at; null where it was not, or this user may not see. */
  readonly enrolledAt: string | null;
  readonly caFile: string | null;
  /** PEM of the one authority by which the controller is known; null where no join token named one. */
  readonly authority: string | null;
  readonly hookUnits: string;
}

/** A controller's. */
export interface ServerPlace {
  readonly dataDir: string;
  /** URL of a database elsewhere: never to be shown. */
  readonly database: string | null;
  readonly host: string;
  readonly port: number;
  readonly tlsFiles: { readonly certificate: string; readonly key: string } | null;
}

export interface BackupList {
  readonly version: string;
  readonly createdAt: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

export interface RestoredData {
  readonly dataFolder: string;
  readonly manifest: BackupList;
  readonly keptIn: string | null;
}

export interface ServerOptions {
  readonly dataDir?: string;
  readonly listen?: string;
  readonly tlsOwn?: boolean;
  readonly insecurePlaintext?: boolean;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly configFile?: string;
}

export interface AgentOptions {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly dataDir?: string;
  readonly root?: string;
  readonly configFile?: string;
  readonly verbose?: boolean;
}

/** A local deployment, as agent/main.ts takes it. */
export interface LocalRun {
  readonly deployment: LocalOptions;
  readonly dataDir?: string;
  readonly root?: string;
  readonly configFile?: string;
  readonly cancelled: AbortSignal;
  readonly onEvent: (event: LocalEvent) => void;
}

export type AppSpecVerdict =
  | { readonly kind: 'accepted'; readonly appSpec: AppSpec; readonly warnings: readonly Complaint[] }
  | { readonly kind: 'refused'; readonly complaints: readonly Complaint[] };

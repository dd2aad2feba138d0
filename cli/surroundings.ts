// Everything a command may touch of the world: handed in by main.ts, replaced in tests. `server`, `agent` and the parsers
// of other rooms come in as loaders, so that a client command starts without paying for them.

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
  readonly runLocal: (run: LocalRun) => Promise<LocalOutcome>;
  readonly checkAppSpec: (bytes: Uint8Array) => Promise<AppSpecVerdict>;
  readonly unpack: (file: string, format: 'zip' | 'tar' | 'tgz' | null, destination: string, maxBytes: number | null) => Promise<UnpackOutcome>;
}

export interface ServerOptions {
  readonly dataDir?: string;
  readonly listen?: string;
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
  readonly deployment: {
    readonly location: string;
    readonly type: string;
    readonly fileExistsBehavior: string;
    readonly groupId: string;
    readonly groupName: string;
    readonly applicationName: string;
    readonly events: string | null;
    readonly appSpecFilename: string | null;
  };
  readonly dataDir?: string;
  readonly root?: string;
  readonly configFile?: string;
  readonly cancelled: AbortSignal;
  readonly onEvent: (event: LocalEvent) => void;
}

export interface LocalEvent {
  readonly event: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly scriptName: string;
  readonly message: string;
  readonly log: string;
  readonly warnings: readonly string[];
}

export interface LocalOutcome {
  readonly deploymentId: string;
  readonly status: 'Succeeded' | 'Failed' | 'Cancelled';
  readonly events: readonly LocalEvent[];
  readonly logFile: string;
}

export interface Complaint {
  readonly line: number | null;
  readonly key: string;
  readonly sentence: string;
}

export type AppSpecVerdict =
  | { readonly kind: 'accepted'; readonly warnings: readonly Complaint[] }
  | { readonly kind: 'refused'; readonly complaints: readonly Complaint[] };

export type UnpackOutcome =
  | { readonly kind: 'unpacked'; readonly entries: number; readonly bytes: number; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

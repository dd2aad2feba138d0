// What is known of a HAProxy, from its configuration, from its runtime API, or from both. What is undefined is not known: a rule
// that needs it says nothing.

export interface HaproxyFacts {
  /** A file, or the name of a node. */
  readonly where: string;
  /** As in 2.6.12. */
  readonly version?: string | undefined;
  readonly hasServerStateFile?: boolean | undefined;
  /** Null: none is set. */
  readonly hardStopAfterSeconds?: number | null | undefined;
  /** Whether there is a stats socket, and one with `level admin`. */
  readonly statsSocket?: 'admin' | 'lower' | 'none' | undefined;
  readonly frontends: readonly HaproxyFrontend[];
  readonly backends: readonly HaproxyBackend[];
}

export interface HaproxyFrontend {
  readonly name: string;
  readonly isHttp: boolean;
  readonly closesIdle: boolean;
}

export interface HaproxyBackend {
  readonly name: string;
  readonly persistence?: 'cookie' | 'table' | null | undefined;
  readonly loadsServerState?: boolean | undefined;
  /** The words of retry-on; null where there are none. */
  readonly retryOn?: readonly string[] | null | undefined;
  /** Whether requests that may not be sent twice are kept from that. */
  readonly sparesPosts?: boolean | undefined;
  /** Of option httpchk; null where checks only connect. */
  readonly checkPath?: string | null | undefined;
  readonly servers: readonly HaproxyServerFacts[];
}

export interface HaproxyServerFacts {
  readonly name: string;
  readonly weight: number;
  readonly isChecked: boolean;
  /** `backend/server` whose state it shares. */
  readonly tracked: string | null;
  readonly isBackup: boolean;
  readonly interMs?: number | undefined;
  readonly slowstartMs?: number | undefined;
  readonly initState?: string | null | undefined;
  readonly cutsWhenDown?: boolean | undefined;
}

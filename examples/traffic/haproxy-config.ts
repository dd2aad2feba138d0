// HAProxy's configuration for moving traffic without dropping a request. Each setting that is there for that says so; the
// tests leave some of them out to show that they are needed.

export interface BalancedServer {
  readonly name: string;
  readonly port: number;
}

export interface HaproxySettings {
  /** Where it answers, on 127.0.0.1. */
  readonly port: number;
  /** The first is asked unless `routes` says otherwise. */
  readonly backends: Readonly<Record<string, readonly BalancedServer[]>>;
  /** Does a map say which backend is asked? Its only key is `web`. */
  readonly isRouted?: boolean;
  /** Do clients stay with their server by a cookie? */
  readonly isSticky?: boolean;
  /** Without it a reload resets clients that keep their connections. */
  readonly isIdleCloseOnResponse?: boolean;
  /** Without it a reload forgets who is drained. */
  readonly hasStateFile?: boolean;
}

/** Files are named relative to `folder`. */
export function haproxyConfig(settings: HaproxySettings, folder: string): string {
  const { port, backends, isRouted = false, isSticky = false, isIdleCloseOnResponse = true, hasStateFile = true } = settings;
  const [first] = Object.keys(backends);
  const when = (holds: boolean, line: string): readonly string[] => (holds ? [line] : []);
  return [
    'global',
    `  stats socket ${folder}/admin.sock mode 600 level admin expose-fd listeners`,
    '  hard-stop-after 60s',
    ...when(hasStateFile, `  server-state-file ${folder}/server-state`),
    'defaults',
    '  mode http',
    '  timeout connect 2s',
    '  timeout client 60s',
    '  timeout server 60s',
    '  timeout tunnel 1h',
    '  timeout http-keep-alive 60s',
    // A connection that could not be made is made elsewhere, which loses nothing; a request that was sent is never sent again.
    '  option redispatch',
    '  retries 3',
    ...when(isIdleCloseOnResponse, '  option idle-close-on-response'),
    ...when(hasStateFile, '  load-server-state-from-file global'),
    'frontend service',
    `  bind 127.0.0.1:${port}`,
    isRouted ? `  use_backend %[str(web),map(${folder}/route.map,${first})]` : `  default_backend ${first}`,
    ...Object.entries(backends).flatMap(([name, servers]) => [
      `backend ${name}`,
      '  balance roundrobin',
      // Readiness: while a service warms up, it is alive but gets no requests.
      '  option httpchk GET /healthz',
      // Weights are out of 256, and a share in percent is one of this weight.
      '  default-server check inter 500ms fall 2 rise 2 weight 100',
      ...when(isSticky, '  cookie SERVED insert indirect'),
      ...servers.map((server) => `  server ${server.name} 127.0.0.1:${server.port}${isSticky ? ` cookie ${server.name}` : ''}`),
    ]),
    '',
  ].join('\n');
}

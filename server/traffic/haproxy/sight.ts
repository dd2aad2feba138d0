// What `show info`, `show stat` and `show servers state` say, read by the names of their columns: these grow and move with
// every version. Pure.

/** One server of one backend at one node. */
export interface HaproxyServer {
  readonly backend: string;
  readonly name: string;
  /** As HAProxy words it: `UP`, `UP 1/2`, `DOWN`, `DRAIN`, `MAINT`, `no check`. */
  readonly status: string;
  readonly isMaintenance: boolean;
  readonly isDrain: boolean;
  /** Its state is STOPPED, STARTING, RUNNING or STOPPING, whatever the operator's will is. */
  readonly isRunning: boolean;
  /** Requests at it or queued for it. */
  readonly inFlight: number;
  readonly weight: number;
  /** As the configuration has it. */
  readonly baseWeight: number;
  /** Since its state last changed. */
  readonly sinceSeconds: number;
  /** Whether a health check runs on it. */
  readonly isChecked: boolean;
  /** The server whose state it shares, `backend/server`; null for none. */
  readonly tracked: string | null;
  readonly isBackup: boolean;
  /** Clients are sent back to the server that they had: by a cookie, or by a table. */
  readonly isSticky: boolean;
  readonly lastCheck: string;
}

export interface HaproxySight {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** It is finishing, after a reload or a soft stop. */
  readonly isStopping: boolean;
  readonly servers: readonly HaproxyServer[];
  /** Of those that were asked for. */
  readonly backends: ReadonlySet<string>;
}

const flags = { maintenance: 0x01 | 0x02 | 0x04 | 0x20 | 0x40, drain: 0x08 | 0x10 };
/** Configured and enabled. */
const checkRuns = 0x02 | 0x04;
const running = 2;

/** Null for anything that is no whole answer to a look. */
export function readSight(text: string): HaproxySight | null {
  const lines = text.split('\n').map((line) => line.trim());
  const info = new Map(lines.map((line) => /^([A-Z][A-Za-z_ -]*): (.*)$/.exec(line)).filter((match) => match !== null).map((match) => [match[1]!, match[2]!]));
  const pid = Number(info.get('Pid'));
  const uptimeSeconds = Number(info.get('Uptime_sec'));
  if (!Number.isInteger(pid) || !Number.isInteger(uptimeSeconds)) return null;
  const statistics = new Map(rowsOf(lines, '# pxname,', splitCsv).map((row) => [`${row['pxname']}/${row['svname']}`, row]));
  const tables = new Set(lines.map((line) => /^# table: ([^,]+),/.exec(line)?.[1]).filter((name) => name !== undefined));
  const servers: HaproxyServer[] = [];
  for (const state of rowsOf(lines, '# be_id ', (line) => line.split(' '))) {
    const statistic = statistics.get(`${state['be_name']}/${state['srv_name']}`);
    const server = statistic === undefined ? null : serverOf(state, statistic, tables);
    // Half an answer: what was not counted must not pass for nothing.
    if (server === null) return null;
    servers.push(server);
  }
  return { version: info.get('Version') ?? '', pid, uptimeSeconds, isStopping: info.get('Stopping') === '1', servers, backends: new Set(servers.map(({ backend }) => backend)) };
}

type Row = Readonly<Record<string, string>>;

function rowsOf(lines: readonly string[], heading: string, split: (line: string) => readonly string[]): readonly Row[] {
  const rows: Row[] = [];
  let columns: readonly string[] | null = null;
  for (const line of lines) {
    if (line.startsWith(heading)) columns = split(line.slice(2));
    else if (line === '' || line.startsWith('#')) columns = null;
    else if (columns !== null) {
      const cells = split(line);
      rows.push(Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])));
    }
  }
  return rows;
}

/** Cells with a comma in them are quoted, and quotes within doubled. */
function splitCsv(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

function serverOf(state: Row, statistic: Row, tables: ReadonlySet<string>): HaproxyServer | null {
  const numbers = ['srv_admin_state', 'srv_op_state', 'srv_uweight', 'srv_iweight', 'srv_time_since_last_change', 'srv_check_state'].map((column) => state[column]);
  if (![...numbers, statistic['scur'], statistic['qcur']].every((cell) => cell !== undefined && /^-?[0-9]+$/.test(cell))) return null;
  const admin = Number(state['srv_admin_state']);
  const backend = state['be_name'] ?? '';
  return {
    backend,
    name: state['srv_name'] ?? '',
    status: statistic['status'] ?? '',
    isMaintenance: (admin & flags.maintenance) !== 0,
    isDrain: (admin & flags.drain) !== 0,
    isRunning: Number(state['srv_op_state']) === running,
    inFlight: Number(statistic['scur']) + Number(statistic['qcur']),
    weight: Number(state['srv_uweight']),
    baseWeight: Number(state['srv_iweight']),
    sinceSeconds: Number(state['srv_time_since_last_change']),
    isChecked: (Number(state['srv_check_state']) & checkRuns) === checkRuns,
    tracked: statistic['tracked'] === undefined || statistic['tracked'] === '' ? null : statistic['tracked'],
    isBackup: statistic['bck'] === '1',
    isSticky: (statistic['cookie'] ?? '') !== '' || tables.has(backend),
    lastCheck: [statistic['check_status'] ?? '', statistic['check_desc'] ?? ''].filter((word) => word !== '').join(', '),
  };
}

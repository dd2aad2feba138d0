// What went wrong between us and a database server, told from the server's SQLSTATE or the system's errno: whether to run
// a transaction again, whether the server is away, and what to tell the person who started us.

/** Lost against another transaction, or caught in a ring of them: run again it may well succeed. */
export function isConflict(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error));
}

/** A unique key was there already. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** The server cannot be reached, is starting or ending, ended this connection, may only be read, or did not answer in time. */
export function isAway(error: unknown): boolean {
  const code = codeOf(error);
  if (/^E[A-Z]/.test(code) || /^(08...|57P0[1-5]|57014|53[0-9]{3}|25006|25P0[34])$/.test(code)) return true;
  return code === '' && error instanceof Error && /^(Connection terminated|Client (has|was)|Query read timeout|timeout e)/.test(error.message);
}

/** An Error whose sentence says why the database could not be opened, and never holds a secret. */
export function whyNotOpened(error: unknown, database: string): Error {
  const advice = adviceFor(codeOf(error), database);
  if (advice !== null) return new Error(advice);
  if (isAway(error)) return new Error(`${database} does not answer (${messageOf(error)}). Is the server running, and is this its address?`);
  return error instanceof Error ? error : new Error(String(error));
}

function adviceFor(code: string, database: string): string | null {
  switch (code) {
    case '28P01':
      return `The password for ${database} was refused. Check user and password in the URL.`;
    case '28000':
      return `The server does not let this user into ${database}. Check the user in the URL and the server's access rules (pg_hba.conf).`;
    case '3D000':
      return `There is no ${database}. Make it first: create database … encoding 'UTF8'.`;
    case '42501':
      return `This user may not make tables in ${database}. Make it the owner of the database, or grant it create on the schema.`;
    case 'ECONNREFUSED':
      return `Nothing listens where ${database} should be. Is the server running, and is this its address?`;
    case 'ENOTFOUND':
      return `The host of ${database} is not known. Check the name in the URL.`;
    default:
      return null;
  }
}

/** Of an error or of what caused it; a host with several addresses refuses once for each. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : codeOf(cause);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// The log door on winston: lines for people on a terminal and in systemd's journal, one JSON object a line otherwise, and
// in a file when asked; winston itself rolls that over, so that nothing else has to.
// What is named like a secret is not written, wherever in the fields it is.

import { join } from 'node:path';
import winston from 'winston';
import type { Log, LogFields } from '../log.ts';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Lines for people rather than JSON. */
  readonly isTerminal: boolean;
  /** Each line says how grave it is in the way systemd's journal reads, and leaves the time to it. */
  readonly isJournal?: boolean;
  /** Write to `<folder>/<program>.log` as well: 8 files of 16 MiB at most. */
  readonly folder?: string | null;
  readonly program: string;
  /** Where lines go; standard error when not given. */
  readonly stream?: NodeJS.WritableStream;
}

/** syslog's: what `journalctl -p` selects by. */
const journalPriorities: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

const secretName = /token|secret|password|passphrase|private|authorization|^key$/i;

/** A log that writes for good: lines are on their way when the call returns. */
export function openLog(options: LogOptions): Log {
  const { format, transports } = winston;
  const json = format.combine(format.timestamp(), format.json());
  const human = format.combine(format.timestamp(), format.printf(sayForPeople));
  const journal = format.printf((info) => `<${journalPriorities[info.level] ?? 6}>${sayForPeople({ ...info, timestamp: undefined })}`);
  const lines = options.isTerminal ? human : options.isJournal === true ? journal : json;
  const logger = winston.createLogger({
    level: options.level,
    transports: [
      new transports.Stream({ stream: options.stream ?? process.stderr, format: lines }),
      ...(options.folder === undefined || options.folder === null ? [] : [new transports.File({ filename: join(options.folder, `${options.program}.log`), maxsize: 16 * 1024 * 1024, maxFiles: 8, tailable: true, format: json })]),
    ],
  });
  logger.on('error', () => undefined); // a full disk must not end the program through its log
  return logOver(logger, {});
}

function logOver(logger: winston.Logger, inherited: LogFields): Log {
  const write = (level: string) => (fields: LogFields, sentence: string) => {
    if (!logger.isLevelEnabled(level)) return;
    logger.log({ ...withoutSecrets({ ...inherited, ...fields }), level, message: sentence });
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => logOver(logger, { ...inherited, ...fields }),
  };
}

function sayForPeople(info: winston.Logform.TransformableInfo): string {
  const { timestamp, level, message, ...fields } = info;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = timestamp === undefined ? [] : [String(timestamp), level.toUpperCase().padEnd(5)];
  return oneLine([...head, String(message), ...rest].join(' '));
}

/** Control characters could forge lines or drive the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function withoutSecrets(fields: LogFields, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (secretName.test(name)) clean[name] = '[not shown]';
    else if (value instanceof Error) clean[name] = value.message;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 4) clean[name] = withoutSecrets(value as LogFields, depth + 1);
    else clean[name] = value;
  }
  return clean;
}

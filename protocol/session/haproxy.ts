// What a HAProxy is asked through its runtime API: by the controller over a socket, or by an agent beside it. A closed
// vocabulary, and the text for it is made here and nowhere else: whoever sends an ask can do nothing that it does not name.
// Names are HAProxy's own letters, so that none can end a line or begin another command.

import Type, { type Static } from 'typebox';

/** Of a backend or a server. */
export const ProxyName = Type.String({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9_.:-]+$' });

export const HaproxyChange = Type.Object({
  backend: ProxyName,
  server: ProxyName,
  /**
   * drain: no new requests but those of clients that stick to it. maintenance: no new requests at all, and no checks; what is
   * under way goes on. cut: ends what is under way. ready: at once. readyOnceHealthy: when its health check passes again, whatever
   * it said before. weight: of `weight`.
   */
  to: Type.Enum(['drain', 'maintenance', 'cut', 'ready', 'readyOnceHealthy', 'weight'], { type: 'string' }),
  weight: Type.Optional(Type.Integer({ minimum: 0, maximum: 256 })),
});
export type HaproxyChange = Static<typeof HaproxyChange>;

export const HaproxyAsk = Type.Union([
  /** The process, and the servers of these backends. */
  Type.Object({ verb: Type.Literal('look'), backends: Type.Array(ProxyName, { minItems: 1, maxItems: 16 }) }),
  Type.Object({ verb: Type.Literal('change'), changes: Type.Array(HaproxyChange, { minItems: 1, maxItems: 1_000 }) }),
]);
export type HaproxyAsk = Static<typeof HaproxyAsk>;

/** HAProxy's own buffer for a line is 16 KiB unless it was told otherwise, and may have been made smaller. */
const longestLine = 4_000;

/** The lines to send, a connection for each. Commands in one line are carried out together. */
export function haproxyLines(ask: HaproxyAsk): readonly string[] {
  if (ask.verb === 'look') {
    return [['show info', 'show table', ...ask.backends.flatMap((backend) => [`show stat ${backend} 4 -1`, `show servers state ${backend}`])].join(';')];
  }
  const lines: string[] = [];
  for (const commands of ask.changes.map(commandsFor)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + commands.length < longestLine) lines[lines.length - 1] = `${last};${commands}`;
    else lines.push(commands);
  }
  return lines;
}

function commandsFor({ backend, server, to, weight = 0 }: HaproxyChange): string {
  const name = `${backend}/${server}`;
  switch (to) {
    case 'drain':
      return `set server ${name} state drain`;
    case 'maintenance':
      return `set server ${name} state maint`;
    case 'cut':
      return `shutdown sessions server ${name}`;
    case 'ready':
      return `set server ${name} state ready`;
    case 'readyOnceHealthy':
      // In one line: what its check said before the maintenance would count until the next one.
      return `set server ${name} state ready;set server ${name} health down`;
    case 'weight':
      return `set server ${name} weight ${weight}`;
  }
}

// A controller asks the balancer beside an agent, and is answered. Not journalled and not numbered: what is asked can be asked
// again, and whoever asks has written down why before. An ask without an answer in time, or before the session breaks, has
// perhaps been carried out: its asker looks.

import Type, { type Static } from 'typebox';
import { HaproxyAsk } from './haproxy.ts';
import { NginxAsk, NginxInspection, NginxSight } from './nginx.ts';

export const balancerKinds = ['haproxy', 'nginx'] as const;
export type BalancerKind = (typeof balancerKinds)[number];

/** What an agent's owner has put into its configuration. */
export const OfferedBalancer = Type.Object({
  kind: Type.Enum([...balancerKinds], { type: 'string' }),
  name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
});
export type OfferedBalancer = Static<typeof OfferedBalancer>;

/** Sent only to an agent whose hello offers the balancer. */
export const AskFrame = Type.Object({
  kind: Type.Literal('ask'),
  id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  balancer: OfferedBalancer,
  /** How long the asker waits; nothing is begun later. */
  timeoutMs: Type.Integer({ minimum: 1, maximum: 300_000 }),
  haproxy: Type.Optional(HaproxyAsk),
  nginx: Type.Optional(NginxAsk),
});
export type AskFrame = Static<typeof AskFrame>;

/** A longer one is refused: it would not fit into a frame. */
export const longestAnswer = 700_000;

export const BalancerAnswer = Type.Union([
  /** As HAProxy said it. `olderProcesses` is null where the agent cannot see HAProxy's processes. */
  Type.Object({ outcome: Type.Literal('HaproxySaid'), text: Type.String({ maxLength: longestAnswer }), olderProcesses: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]) }),
  Type.Object({ outcome: Type.Literal('NginxSeen'), sight: NginxSight }),
  Type.Object({ outcome: Type.Literal('NginxInspected'), inspection: NginxInspection }),
  Type.Object({
    outcome: Type.Literal('Refused'),
    /** busy: a reload is not over. stale: the file is another than the ask was made for. Absent: see the sentence. */
    reason: Type.Optional(Type.Enum(['busy', 'stale'], { type: 'string' })),
    sentence: Type.String({ maxLength: 4_096 }),
    /** Whether asking again may help. */
    isPassing: Type.Boolean(),
  }),
]);
export type BalancerAnswer = Static<typeof BalancerAnswer>;

/** Sent only in answer to an `ask`. */
export const AnswerFrame = Type.Object({ kind: Type.Literal('answer'), id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), answer: BalancerAnswer });
export type AnswerFrame = Static<typeof AnswerFrame>;

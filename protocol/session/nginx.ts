// What an agent beside an nginx is asked. nginx has no interface for its members: it reads a file, which the agent writes from
// what stands here and from nothing else. A member is a name, an address, a port and a share; whoever sends an ask can put no
// directive of nginx into the file.

import Type, { type Static } from 'typebox';

export const NginxMember = Type.Object({
  /** By which it is found again in the file: the instance's, or what its tag says. */
  name: Type.String({ pattern: '^[A-Za-z0-9._+=,@:-]{1,128}$' }),
  /** IPv4, IPv6 without brackets, or a host name that nginx looks up when it is reloaded. */
  address: Type.String({ pattern: '^[A-Za-z0-9.:_-]{1,255}$' }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** 0 to 100. */
  share: Type.Integer({ minimum: 0, maximum: 100 }),
  isBlocked: Type.Boolean(),
});
export type NginxMember = Static<typeof NginxMember>;

/** Parameters that all members' lines have; nginx's own where absent. */
export const NginxLimits = Type.Object({
  maxFails: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
  failTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600 })),
});
export type NginxLimits = Static<typeof NginxLimits>;

export const mostNginxMembers = 1_000;

export const NginxAsk = Type.Union([
  Type.Object({ verb: Type.Literal('look') }),
  /** The version, and the directives that decide whether a reload loses requests. */
  Type.Object({ verb: Type.Literal('inspect') }),
  /** These are the members from now on; refused when the file is not the one that `basedOn` names, or a reload is not over. */
  Type.Object({ verb: Type.Literal('apply'), basedOn: Type.String({ maxLength: 64 }), members: Type.Array(NginxMember, { maxItems: mostNginxMembers }), limits: NginxLimits }),
]);
export type NginxAsk = Static<typeof NginxAsk>;

const count = Type.Integer({ minimum: 0 });

export const NginxSight = Type.Object({
  isRunning: Type.Boolean(),
  /** Of the members' file. */
  digest: Type.String({ maxLength: 64 }),
  members: Type.Array(NginxMember, { maxItems: mostNginxMembers }),
  /** The members of before the last reload: what old workers go by. Null where that is not known. */
  formerMembers: Type.Union([Type.Array(NginxMember, { maxItems: mostNginxMembers }), Type.Null()]),
  /** Worker processes of before the last reload that still finish what they have. */
  oldWorkers: count,
  /** Connections of clients to these; null where they cannot be counted. */
  oldConnections: Type.Union([count, Type.Null()]),
});
export type NginxSight = Static<typeof NginxSight>;

/** Directives that an inspection shows, wherever they stand. */
export const nginxDirectives = ['keepalive_min_timeout', 'keepalive_timeout', 'worker_shutdown_timeout', 'proxy_next_upstream'] as const;

export const NginxInspection = Type.Object({
  version: Type.String({ maxLength: 64 }),
  /** Whether the configuration takes the members' file in. */
  isIncluded: Type.Boolean(),
  directives: Type.Array(Type.Object({ name: Type.String({ maxLength: 64 }), value: Type.String({ maxLength: 256 }) }), { maxItems: 200 }),
});
export type NginxInspection = Static<typeof NginxInspection>;

// Traffic routers: what a load balancer's name means to this controller. Deployment groups name them in loadBalancerInfo,
// where CodeDeploy has the names of load balancers and target groups of AWS.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

export const TrafficRouterName = Type.String({ minLength: 1, maxLength: 255, pattern: '^\\S+$', description: 'Name of a traffic router, as loadBalancerInfo of deployment groups has it.' });

export const NoRouter = Type.Object(
  {
    kind: Type.Literal('none'),
  },
  { additionalProperties: false, description: 'Blocks and allows at once: for hosts whose traffic is moved by their own hooks, and for trying out.' },
);
export type NoRouter = Static<typeof NoRouter>;

const MemberTagKey = Type.String({ minLength: 1, maxLength: 128, description: 'Key of the tag of an instance that gives its name at the balancer; the instance\'s own name where it has no such tag, or none is said.' });
const ProxyName = Type.String({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9_.:-]+$' });

export const HaproxyNode = Type.Object(
  {
    address: Type.String({ maxLength: 512, description: 'Its admin socket as this controller reaches it: unix:/run/haproxy/admin.sock or tcp:HOST:PORT; or agent:INSTANCE/NAME for what the agent of an instance offers under that name.' }),
  },
  { additionalProperties: false },
);
export type HaproxyNode = Static<typeof HaproxyNode>;

export const HaproxyRouter = Type.Object(
  {
    kind: Type.Literal('haproxy'),
    nodes: Type.Array(HaproxyNode, { maxItems: 16, description: 'Each HAProxy that takes traffic: a member is blocked when all have blocked it.' }),
    backends: Type.Array(ProxyName, { maxItems: 16, description: 'The backends that members are servers of, in each of them.' }),
    memberTagKey: Type.Optional(MemberTagKey),
    stickySeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600, description: 'How long a draining member goes on getting requests of clients that stick to it, by a cookie or a table; 10 when not given.' })),
    cutAfterSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 172_800, description: 'What is still open so long after a member was blocked is cut: WebSockets, event streams. Never, when not given.' })),
    reloadGraceSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600, description: 'How long after its start a process may have another behind it that still finishes requests; 30 when not given. As hard-stop-after.' })),
  },
  { additionalProperties: false },
);
export type HaproxyRouter = Static<typeof HaproxyRouter>;

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const TagKey = Type.String({ minLength: 1, maxLength: 128 });

/** Where a member is, for balancers that have to be told. */
const memberPlace = {
  port: Type.Optional({ ...Port, description: 'Where members listen; where portTagKey names a tag that an instance has, that goes before.' }),
  portTagKey: Type.Optional({ ...TagKey, description: 'Key of the tag of an instance that gives its port.' }),
  addressTagKey: Type.Optional({ ...TagKey, description: 'Key of the tag of an instance that gives its address; the one that its agent connects from where it has no such tag, or none is said.' }),
};

export const NginxNode = Type.Object(
  {
    address: Type.String({ maxLength: 256, description: 'agent:INSTANCE/NAME: what the agent on the balancer\'s host offers under that name.' }),
  },
  { additionalProperties: false },
);

export const NginxRouter = Type.Object(
  {
    kind: Type.Literal('nginx'),
    nodes: Type.Array(NginxNode, { maxItems: 16, description: 'Each nginx that takes traffic: a member is blocked when all have blocked it.' }),
    memberTagKey: Type.Optional(MemberTagKey),
    ...memberPlace,
    maxFails: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, description: 'max_fails of each member; nginx\'s own when not given.' })),
    failTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, description: 'fail_timeout of each member; nginx\'s own when not given.' })),
  },
  { additionalProperties: false },
);
export type NginxRouter = Static<typeof NginxRouter>;

export const Elbv2Router = Type.Object(
  {
    kind: Type.Literal('elbv2'),
    region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,50}$', description: 'The region of the controller\'s configuration when not given.' })),
    targetGroups: Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 256, description: 'Name or ARN.' }),
        tagValue: Type.Optional(Type.String({ maxLength: 256, description: 'With groupTagKey: instances with this value of that tag are in it.' })),
      }),
      { maxItems: 10, description: 'A member is registered with each, or with those of its tag.' },
    ),
    groupTagKey: Type.Optional({ ...TagKey, description: 'Key of the tag by which instances belong to one target group or another: for two fleets under one rule.' }),
    ruleArn: Type.Optional(Type.String({ pattern: '^arn:', maxLength: 512, description: 'A rule that forwards to all the target groups: shares are their weights there.' })),
    ...memberPlace,
    availabilityZone: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,50}$', description: 'For addresses outside of the VPC: all.' })),
  },
  { additionalProperties: false },
);
export type Elbv2Router = Static<typeof Elbv2Router>;

export const RouterSettings = Type.Union([NoRouter, HaproxyRouter, NginxRouter, Elbv2Router], { 'x-invalid': 'InvalidInputException' });
export type RouterSettings = Static<typeof RouterSettings>;

export const TrafficRouterDefinition = Type.Object({
  name: TrafficRouterName,
  description: Type.Optional(Type.String({ maxLength: 256 })),
  router: RouterSettings,
});
export type TrafficRouterDefinition = Static<typeof TrafficRouterDefinition>;

/** What a router is asked with, where it wants to know by whom. Stored encrypted and never shown. */
export const RouterCredentials = Type.Object(
  {
    accessKeyId: Type.String({ minLength: 1, maxLength: 256 }),
    secretAccessKey: Type.String({ minLength: 1, maxLength: 1024 }),
  },
  { additionalProperties: false },
);
export type RouterCredentials = Static<typeof RouterCredentials>;

/** Something in a router's settings that makes dropped requests likely or certain. */
export const Finding = Type.Object({
  severity: word(['error', 'warning']),
  rule: Type.String({ description: 'Stable, in kebab-case: weight-base, health-check-missing.' }),
  sentence: Type.String({ description: 'What is wrong, where, and what to write instead.' }),
});
export type Finding = Static<typeof Finding>;

export const MemberState = word(['InService', 'Unhealthy', 'Draining', 'OutOfService', 'Absent', 'Unknown']);
export type MemberState = Static<typeof MemberState>;

/** How an instance stands at a router, all its nodes seen as one. */
export const ObservedMember = Type.Object({
  instanceName: Type.String(),
  state: MemberState,
  inFlight: Type.Optional(Type.Integer({ description: 'Requests or connections under way; absent where the router cannot count them.' })),
  weight: Type.Optional(Type.Integer({ description: 'Its share, 0 to 100; absent where the router has none.' })),
  detail: Type.String({ description: 'At which node, by which check, since when.' }),
});
export type ObservedMember = Static<typeof ObservedMember>;

// Elastic Load Balancing's API (version 2015-12-01, the query protocol) on a real socket, in the shapes of AWS' documents. It was
// never held against AWS itself.

import type { ServerResponse } from 'node:http';
import { aFarEnd, type Heard } from '../../outgoing/a-far-end.ts';

export interface StandInGroup {
  readonly arn: string;
  readonly type: string;
  readonly path: string;
  readonly attributes: Record<string, string>;
  /** Targets by id; those that are not there are not registered. */
  readonly targets: Map<string, { state: string; reason: string; port: string | undefined; zone: string | undefined }>;
}

export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly groups: Record<string, StandInGroup>;
  /** Of the one rule; null: it has none. */
  readonly weights: Map<string, number>;
  readonly calls: { readonly action: string; readonly input: URLSearchParams; readonly authorization: string }[];
  /** Refuses everything with this code. */
  refusal: string | null;
  /** Does nothing of what it is told. */
  isDeaf: boolean;
  /** The deregistration delay is over, and checks have passed where they do. */
  pass(): void;
  isHealthy: boolean;
}

export const ruleArn = 'arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/app/a/b/c/d';

export function aGroup(name: string, targets: readonly string[], type = 'instance', attributes: Record<string, string> = {}): StandInGroup {
  return {
    arn: `arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/${name}/1`,
    type,
    path: '/ready',
    attributes: { 'deregistration_delay.timeout_seconds': '30', 'stickiness.enabled': 'false', 'slow_start.duration_seconds': '0', ...attributes },
    targets: new Map(targets.map((id) => [id, { state: 'healthy', reason: '', port: undefined, zone: undefined }])),
  };
}

export async function standIn(groups: Record<string, StandInGroup>, weights: Readonly<Record<string, number>> = {}): Promise<StandIn> {
  const far = await aFarEnd((heard, response) => answer(self, heard, response));
  const self: StandIn = {
    url: far.url,
    groups,
    weights: new Map(Object.entries(weights).map(([name, weight]) => [groups[name]!.arn, weight])),
    calls: [],
    refusal: null,
    isDeaf: false,
    isHealthy: true,
    pass() {
      for (const { targets } of Object.values(groups)) {
        for (const [id, target] of targets) {
          if (target.state === 'draining') targets.delete(id);
          else [target.state, target.reason] = self.isHealthy ? ['healthy', ''] : ['unhealthy', 'Target.ResponseCodeMismatch'];
        }
      }
    },
    [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
  };
  return self;
}

function answer(self: StandIn, heard: Heard, response: ServerResponse): void {
  const input = new URLSearchParams(heard.body);
  const action = input.get('Action') ?? '';
  self.calls.push({ action, input, authorization: heard.headers.authorization ?? '' });
  const result = self.refusal === null ? perform(self, action, input) : { code: self.refusal };
  response.setHeader('content-type', 'text/xml');
  if (typeof result !== 'string') {
    response.writeHead(400).end(`<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>${result.code}</Code><Message>said so</Message></Error><RequestId>r</RequestId></ErrorResponse>`);
    return;
  }
  response.writeHead(200).end(`<${action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`);
}

const listOf = (input: URLSearchParams, name: string): string[] => [...input].filter(([key]) => new RegExp(`^${name}\\.member\\.\\d+$`).test(key)).map(([, value]) => value);
const tag = (name: string, value: string | undefined): string => (value === undefined || value === '' ? '' : `<${name}>${value}</${name}>`);

function perform(self: StandIn, action: string, input: URLSearchParams): string | { readonly code: string } {
  const byArn = (arn: string | null): [string, StandInGroup] | undefined => Object.entries(self.groups).find(([, group]) => group.arn === arn);
  const targets = [...input].filter(([key]) => /^Targets\.member\.\d+\.Id$/.test(key)).map(([key, id]) => ({ id, port: input.get(key.replace(/Id$/, 'Port')) ?? undefined, zone: input.get(key.replace(/Id$/, 'AvailabilityZone')) ?? undefined }));
  const group = byArn(input.get('TargetGroupArn'))?.[1];
  switch (action) {
    case 'DescribeTargetGroups': {
      const wanted = [...listOf(input, 'Names').map((name) => [name, self.groups[name]] as const), ...listOf(input, 'TargetGroupArns').map((arn) => byArn(arn) ?? ([arn, undefined] as const))];
      if (wanted.some(([, found]) => found === undefined)) return { code: 'TargetGroupNotFound' };
      return `<TargetGroups>${wanted.map(([name, found]) => `<member>${tag('TargetGroupArn', found!.arn)}${tag('TargetGroupName', name)}<Protocol>HTTP</Protocol>${tag('TargetType', found!.type)}${tag('HealthCheckPath', found!.path)}</member>`).join('')}</TargetGroups>`;
    }
    case 'DescribeTargetGroupAttributes':
      return `<Attributes>${Object.entries(group!.attributes).map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`).join('')}</Attributes>`;
    case 'DescribeTargetHealth':
      return `<TargetHealthDescriptions>${targets.map(({ id }) => {
        const { state, reason } = group!.targets.get(id) ?? { state: 'unused', reason: 'Target.NotRegistered' };
        return `<member><Target><Id>${id}</Id><Port>80</Port></Target><TargetHealth><State>${state}</State>${tag('Reason', reason)}</TargetHealth></member>`;
      }).join('')}</TargetHealthDescriptions>`;
    case 'RegisterTargets':
      if (!self.isDeaf) for (const { id, port, zone } of targets) group!.targets.set(id, { state: 'initial', reason: 'Elb.RegistrationInProgress', port, zone });
      return '';
    case 'DeregisterTargets':
      if (!self.isDeaf) for (const { id } of targets) if (group!.targets.has(id)) Object.assign(group!.targets.get(id)!, { state: 'draining', reason: 'Target.DeregistrationInProgress' });
      return '';
    case 'DescribeRules':
      return `<Rules><member><RuleArn>${ruleArn}</RuleArn><Actions><member><Type>forward</Type><Order>1</Order><ForwardConfig><TargetGroups>${[...self.weights].map(([arn, weight]) => `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weight}</Weight></member>`).join('')}</TargetGroups><TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig></ForwardConfig></member></Actions></member></Rules>`;
    case 'ModifyRule': {
      const at = 'Actions.member.1.ForwardConfig.TargetGroups.member.';
      if (!self.isDeaf) for (let index = 1; input.has(`${at}${index}.TargetGroupArn`); index += 1) self.weights.set(input.get(`${at}${index}.TargetGroupArn`)!, Number(input.get(`${at}${index}.Weight`)));
      return '<Rules></Rules>';
    }
    default:
      return { code: 'InvalidAction' };
  }
}

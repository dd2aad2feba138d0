// The AWS SDK's client for Elastic Load Balancing: an optional package, loaded at the first question, here only. What is used of
// it is typed here, so that everything compiles where it is not installed.

import { RouterTrouble } from '../traffic-router.ts';

export interface Elbv2Settings {
  /** Null: what the SDK finds. */
  readonly region: string | null;
  /** Null asks AWS itself. */
  readonly endpoint: string | null;
  /** Null takes what the SDK finds: environment, profile, instance. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

export interface TargetDescription {
  readonly Id: string;
  readonly Port?: number;
  readonly AvailabilityZone?: string;
}

export interface TargetGroup {
  readonly TargetGroupArn?: string;
  readonly TargetGroupName?: string;
  readonly TargetType?: string;
  readonly Protocol?: string;
  readonly HealthCheckPath?: string;
}

export interface TargetHealthDescription {
  readonly Target?: TargetDescription;
  readonly TargetHealth?: { readonly State?: string; readonly Reason?: string; readonly Description?: string };
}

export interface WeightedGroup {
  readonly TargetGroupArn?: string;
  readonly Weight?: number;
}

export interface RuleAction {
  readonly Type?: string;
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: { readonly TargetGroups?: readonly WeightedGroup[]; readonly TargetGroupStickinessConfig?: { readonly Enabled?: boolean } };
}

/** Operations by name, each answered with what AWS says. Throws RouterTrouble. */
export interface Elbv2 {
  describeTargetGroups(input: { readonly Names?: readonly string[]; readonly TargetGroupArns?: readonly string[] }, signal: AbortSignal): Promise<{ readonly TargetGroups?: readonly TargetGroup[] }>;
  describeTargetGroupAttributes(input: { readonly TargetGroupArn: string }, signal: AbortSignal): Promise<{ readonly Attributes?: readonly { readonly Key?: string; readonly Value?: string }[] }>;
  describeTargetHealth(input: { readonly TargetGroupArn: string; readonly Targets?: readonly TargetDescription[] }, signal: AbortSignal): Promise<{ readonly TargetHealthDescriptions?: readonly TargetHealthDescription[] }>;
  registerTargets(input: { readonly TargetGroupArn: string; readonly Targets: readonly TargetDescription[] }, signal: AbortSignal): Promise<unknown>;
  deregisterTargets(input: { readonly TargetGroupArn: string; readonly Targets: readonly TargetDescription[] }, signal: AbortSignal): Promise<unknown>;
  describeRules(input: { readonly RuleArns: readonly string[] }, signal: AbortSignal): Promise<{ readonly Rules?: readonly { readonly RuleArn?: string; readonly Actions?: readonly RuleAction[] }[] }>;
  modifyRule(input: { readonly RuleArn: string; readonly Actions: readonly RuleAction[] }, signal: AbortSignal): Promise<unknown>;
}

interface Sdk {
  readonly ElasticLoadBalancingV2Client: new (options: object) => { send(command: unknown, options: object): Promise<unknown> };
  readonly [command: `${string}Command`]: new (input: object) => unknown;
}

const packageName = '@aws-sdk/client-elastic-load-balancing-v2';

/** What no repetition will mend. */
const finalErrors = ['TargetGroupNotFound', 'RuleNotFound', 'InvalidTarget', 'ValidationError', 'CredentialsProviderError', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'TargetGroupNotFoundException', 'RuleNotFoundException', 'InvalidTargetException'];

export function openElbv2Client(settings: Elbv2Settings): Elbv2 {
  let opening: Promise<{ readonly sdk: Sdk; readonly client: InstanceType<Sdk['ElasticLoadBalancingV2Client']> }> | null = null;

  async function open(): Promise<NonNullable<Awaited<typeof opening>>> {
    const sdk = (await import(packageName).catch(() => {
      throw new RouterTrouble(`The package ${packageName} is not installed beside the controller; install it to move traffic at load balancers of AWS, or define the name with: fairlead traffic-router put`, false);
    })) as Sdk;
    const { region, endpoint, credentials } = settings;
    return { sdk, client: new sdk.ElasticLoadBalancingV2Client({ maxAttempts: 1, ...(region === null ? {} : { region }), ...(endpoint === null ? {} : { endpoint }), ...(credentials === null ? {} : { credentials }) }) };
  }

  async function call<Answer>(name: string, input: object, signal: AbortSignal): Promise<Answer> {
    opening ??= open();
    const { sdk, client } = await opening.catch((error: unknown) => {
      opening = null;
      throw error;
    });
    try {
      return (await client.send(new sdk[`${name}Command`]!(input), { abortSignal: signal })) as Answer;
    } catch (error) {
      const { name: what, message } = error as Error;
      if (signal.aborted) throw new RouterTrouble('Elastic Load Balancing did not answer in time.');
      throw new RouterTrouble(`Elastic Load Balancing refuses ${name}: ${what}: ${message}`, !finalErrors.includes(what) && !/region is missing/i.test(message));
    }
  }

  return {
    describeTargetGroups: (input, signal) => call('DescribeTargetGroups', input, signal),
    describeTargetGroupAttributes: (input, signal) => call('DescribeTargetGroupAttributes', input, signal),
    describeTargetHealth: (input, signal) => call('DescribeTargetHealth', input, signal),
    registerTargets: (input, signal) => call('RegisterTargets', input, signal),
    deregisterTargets: (input, signal) => call('DeregisterTargets', input, signal),
    describeRules: (input, signal) => call('DescribeRules', input, signal),
    modifyRule: (input, signal) => call('ModifyRule', input, signal),
  };
}

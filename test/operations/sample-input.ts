// An input for any operation, drawn from its schema and from what a test's world has: good enough to pass the check and to
// name real things. Members not known by name get the simplest value that fits.

import type { TSchema } from 'typebox';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly 'x-missing'?: string;
  readonly 'x-instant'?: boolean;
}

export function asSchema(schema: TSchema): Schema {
  return schema as unknown as Schema;
}

/** Values by the name of the member that takes them; a list where the member is one. */
export type Names = Readonly<Record<string, unknown>>;

/** What an application named `applicationName` with group blue and this deployment is called by in inputs. */
export function namesOf(applicationName: string, deploymentId: string): Names {
  const revision = { revisionType: 'S3', s3Location: { bucket: 'elsewhere', key: `${applicationName}/a.zip`, bundleType: 'zip' } };
  return {
    applicationName,
    newApplicationName: applicationName,
    applicationNames: [applicationName],
    deploymentGroupName: 'blue',
    currentDeploymentGroupName: 'blue',
    deploymentGroupNames: ['blue'],
    deploymentId,
    deploymentIds: [deploymentId],
    promotionPathName: 'out',
    promotionId: 'p-AAAAAAAAA',
    waves: [{ waveName: 'all', deploymentGroups: [{ deploymentGroupName: 'blue' }] }],
    deploymentConfigName: 'CodeDeployDefault.OneAtATime',
    serviceRoleArn: 'arn:aws:iam::123456789012:role/deploy',
    revision,
    revisions: [revision],
    ResourceArn: `arn:aws:codedeploy:eu-test-1:123456789012:application:${applicationName}`,
    instanceName: 'web-1',
    instanceNames: ['web-1'],
    iamUserArn: 'arn:aws:iam::123456789012:user/web-1',
    tagKeys: ['a'],
    TagKeys: ['a'],
    tags: [{ Key: 'a', Value: 'b' }],
    Tags: [{ Key: 'a', Value: 'b' }],
  };
}

/** With the required members alone, or with all that `names` knows. */
export function sampleInput(definition: OperationDefinition, names: Names, isWhole = false): Record<string, unknown> {
  const { properties = {}, required = [] } = asSchema(definition.input);
  const entries = Object.entries(properties).filter(([name, schema]) => schema['x-missing'] !== undefined || required.includes(name) || (isWhole && Object.hasOwn(names, name)));
  return Object.fromEntries(entries.map(([name, schema]) => [name, Object.hasOwn(names, name) ? names[name] : simplest(schema)]));
}

function simplest(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf !== undefined) return simplest(schema.anyOf.toSorted((a, b) => (a.required?.length ?? 0) - (b.required?.length ?? 0))[0]!);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name, member]) => member['x-missing'] !== undefined || schema.required?.includes(name) === true).map(([name, member]) => [name, simplest(member)]));
    case 'array':
      return schema.items === undefined ? [] : [simplest(schema.items)];
    case 'string':
      return 'x';
    case 'boolean':
      return true;
    default:
      return schema.minimum ?? 1;
  }
}

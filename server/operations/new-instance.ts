// A new instance's row, before anything is known of its agent. Names that start with i- are EC2 instances; all others
// are on-premises, and get an ARN that no earlier registration of the name had.

import { isEc2InstanceName, randomWord, uuid } from '../../protocol/model/names.ts';
import type { InstancesTable } from '../store/tables.ts';
import type { Services } from './services.ts';

export interface IamArns {
  readonly iamUserArn: string | null;
  readonly iamSessionArn: string | null;
}

export function newInstance(
  { world, region, accountId }: Pick<Services, 'world' | 'region' | 'accountId'>,
  name: string,
  { iamUserArn, iamSessionArn }: IamArns,
  now: number,
): InstancesTable {
  const isEc2 = isEc2InstanceName(name);
  const suffix = isEc2 ? '' : randomWord(10, (n) => world.random.below(n));
  return {
    instance_id: uuid(world.random.bytes(16)),
    name,
    kind: isEc2 ? 'ec2' : 'onPremises',
    arn: isEc2 ? `arn:aws:ec2:${region}:${accountId}:instance/${name}` : `arn:aws:codedeploy:${region}:${accountId}:instance/${name}_${suffix}`,
    iam_user_arn: iamUserArn,
    iam_session_arn: iamSessionArn,
    registered_at: now,
    deregistered_at: null,
    public_key: null,
    enrolled_at: null,
    agent_tags: '[]',
    api_tags: '[]',
    agent_version: null,
    boot_id: null,
    last_seen_at: null,
    last_report: 0,
    last_command: 0,
  };
}

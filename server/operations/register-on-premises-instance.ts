// A name and exactly one IAM ARN. The ARN is kept and read back; who an agent is shows in its own key.

import { Failure } from '../../protocol/errors.ts';
import { isEc2InstanceName } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findInstanceByIamArn, findLiveInstance, insertInstance } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import { newInstance, type IamArns } from './new-instance.ts';
import type { Handler } from './services.ts';

export const registerOnPremisesInstance: Handler<typeof registry.registerOnPremisesInstance> = async (services, input, { now }) => {
  const { instanceName: name } = input;
  if (isEc2InstanceName(name)) {
    throw new Failure('InvalidInstanceNameException', `${name} looks like an EC2 instance id; the name of an on-premises instance must not start with i-`, 'instanceName');
  }
  const arns = checkArns(input.iamUserArn ?? '', input.iamSessionArn ?? '');
  await services.store.transaction(async (tx) => {
    if ((await findLiveInstance(tx, name)) !== null) {
      throw new Failure('InstanceNameAlreadyRegisteredException', `Instance name already registered: ${name}`, 'instanceName');
    }
    await refuseUsedArn(tx, arns);
    await insertInstance(tx, newInstance(services, name, arns, now));
  });
  return null;
};

function checkArns(iamUserArn: string, iamSessionArn: string): IamArns {
  if (iamUserArn !== '' && iamSessionArn !== '') {
    throw new Failure('MultipleIamArnsProvidedException', 'Give either iamUserArn or iamSessionArn, not both.', 'iamSessionArn');
  }
  if (iamUserArn === '' && iamSessionArn === '') throw new Failure('IamArnRequiredException', 'Give iamUserArn or iamSessionArn.', 'iamUserArn');
  if (iamUserArn !== '' && !/^arn:[a-z-]+:iam::[0-9]*:user\/.+$/.test(iamUserArn)) {
    throw new Failure('InvalidIamUserArnException', `${iamUserArn} is no ARN of an IAM user; those look like arn:aws:iam::123456789012:user/name`, 'iamUserArn');
  }
  if (iamSessionArn !== '' && !/^arn:[a-z-]+:sts::[0-9]*:assumed-role\/.+\/.+$/.test(iamSessionArn)) {
    throw new Failure('InvalidIamSessionArnException', `${iamSessionArn} is no ARN of a session; those look like arn:aws:sts::123456789012:assumed-role/role/session`, 'iamSessionArn');
  }
  return { iamUserArn: iamUserArn === '' ? null : iamUserArn, iamSessionArn: iamSessionArn === '' ? null : iamSessionArn };
}

async function refuseUsedArn(tx: Database, { iamUserArn, iamSessionArn }: IamArns): Promise<void> {
  const user = iamUserArn === null ? null : await findInstanceByIamArn(tx, 'iam_user_arn', iamUserArn);
  if (user !== null) throw new Failure('IamUserArnAlreadyRegisteredException', `${iamUserArn} is registered already, with instance ${user.name}.`, 'iamUserArn');
  const session = iamSessionArn === null ? null : await findInstanceByIamArn(tx, 'iam_session_arn', iamSessionArn);
  if (session !== null) throw new Failure('IamSessionArnAlreadyRegisteredException', `${iamSessionArn} is registered already, with instance ${session.name}.`, 'iamSessionArn');
}

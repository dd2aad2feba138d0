import type { registry } from '../../protocol/operations/registry.ts';
import { decideApproval } from './decide-approval.ts';
import type { Handler } from './services.ts';

export const rejectDeployment: Handler<typeof registry.rejectDeployment> = async (services, input, context) => {
  await decideApproval(services, input, 'REJECTED', context);
  return {};
};

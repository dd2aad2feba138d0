import type { registry } from '../../protocol/operations/registry.ts';
import { decideApproval } from './decide-approval.ts';
import type { Handler } from './services.ts';

export const approveDeployment: Handler<typeof registry.approveDeployment> = async (services, input, context) => {
  await decideApproval(services, input, 'APPROVED', context);
  return {};
};

import type { registry } from '../../protocol/operations/registry.ts';
import { decideWave } from './decide-wave.ts';
import type { Handler } from './services.ts';

export const approvePromotion: Handler<typeof registry.approvePromotion> = async (services, input, context) => {
  await decideWave(services, input, 'APPROVED', context);
  return {};
};

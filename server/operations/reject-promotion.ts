import type { registry } from '../../protocol/operations/registry.ts';
import { decideWave } from './decide-wave.ts';
import type { Handler } from './services.ts';

export const rejectPromotion: Handler<typeof registry.rejectPromotion> = async (services, input, context) => {
  await decideWave(services, input, 'REJECTED', context);
  return {};
};

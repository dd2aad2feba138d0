import { noRouter } from '../../server/traffic/none.ts';
import { keepsTheContract } from './contract.ts';

keepsTheContract('none', {
  hands: [],
  hasWeights: false,
  async open() {
    const router = noRouter();
    const target = (targetId: string) => ({ targetId, instanceId: targetId, tags: [], address: null });
    // It remembers as long as it is open, and there is nothing else that could.
    return { router, reopen: () => router, targets: [target('web-1'), target('web-2')], close: async () => undefined };
  },
});

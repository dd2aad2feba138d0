// Tokens are settings of the controller, not resources: the list is empty, and has no second page.

import type { registry } from '../../protocol/operations/registry.ts';
import { readNamePlace } from './page.ts';
import type { Handler } from './services.ts';

export const listGitHubAccountTokenNames: Handler<typeof registry.listGitHubAccountTokenNames> = async (_services, { nextToken }) => {
  readNamePlace(['ListGitHubAccountTokenNames'], nextToken);
  return { tokenNameList: [] };
};

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';

export const deleteGitHubAccountToken: Handler<typeof registry.deleteGitHubAccountToken> = async (_services, { tokenName }) => {
  throw new Failure('GitHubAccountTokenDoesNotExistException', `There is no GitHub token named ${tokenName}; the controller's one token is set in its configuration, in the section github.`, 'tokenName');
};

// Bundles as GitHub packs them: the tarball of one commit, from github.com or an Enterprise server, with a token where
// the repository is private. The archive has one top folder, which agents take away as CodeDeploy's does. GitHub sends
// the request on to another host; the token does not go with it.

import { describeLocation } from './location.ts';
import { type RevisionSource, SourceTrouble } from './source.ts';
import { announcedSize, askSource, statusTrouble, type WayOut } from './source-request.ts';

export interface GitHubSettings {
  /** https://api.github.com, or https://HOST/api/v3 of an Enterprise server; no slash at the end. */
  readonly baseUrl: string;
  /** Null asks as anybody. */
  readonly token: string | null;
}

export function gitHubSource({ baseUrl, token }: GitHubSettings, way: WayOut): RevisionSource {
  return {
    isPinned: () => true,
    async open(location, { signal }) {
      const named = describeLocation(location);
      const { repository = '', commitId = '' } = location.gitHubLocation ?? {};
      if (!/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/.test(repository) || repository.split('/').some((part) => part === '.' || part === '..')) {
        throw new SourceTrouble('INVALID_REVISION', `${JSON.stringify(repository)} cannot be a repository on GitHub; it looks like owner/name.`);
      }
      if (!/^[0-9a-fA-F]{40}$/.test(commitId)) throw new SourceTrouble('INVALID_REVISION', `${named} cannot be fetched: the commitId must be the whole id of a commit, 40 hexadecimal digits; a branch or tag may mean something else tomorrow.`);
      const response = await askSource(way, {
        url: new URL(`${baseUrl}/repos/${repository}/tarball/${commitId}`),
        headers: { accept: 'application/vnd.github+json' },
        secretHeaders: token === null ? {} : { authorization: `token ${token}` },
        maxRedirects: 5,
        signal,
        named,
      });
      if (response.statusCode !== 200) {
        const asWhom = token === null ? 'for anybody; set github.token-file if the repository is private' : 'for the configured token';
        const limited = response.headers['x-ratelimit-remaining'] === '0';
        throw statusTrouble(response, new URL(baseUrl).host, named, {
          401: 'the configured token is not valid (any more)',
          403: limited ? `no more requests are allowed for now ${asWhom}` : `it is not allowed ${asWhom}`,
          404: `there is no such repository or commit ${asWhom}`,
        });
      }
      return { body: response, bundleType: 'tgz', size: announcedSize(response, named), sha256: null, note: null, close: () => void response.destroy() };
    },
  };
}

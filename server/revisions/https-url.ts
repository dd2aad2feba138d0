// Bundles at any https address. The revision says their digest, so whoever holds that address can only break a
// deployment, not change what it deploys.

import type { SourceBundle, RevisionSource } from './source.ts';
import { describeLocation } from './location.ts';
import { announcedSize, askSource, statusTrouble, type WayOut } from './source-request.ts';

export function urlSource(way: WayOut): RevisionSource {
  return {
    isPinned: () => true,
    async open(location, { signal }) {
      const named = describeLocation(location);
      const { url = '', sha256 = '', bundleType } = location.urlLocation ?? {};
      const asked = new URL(url);
      const response = await askSource(way, { url: asked, headers: {}, maxRedirects: 5, signal, named });
      if (response.statusCode !== 200) throw statusTrouble(response, asked.host, named, { 401: 'it wants credentials, which this controller has none of', 403: 'it may not be read', 404: 'there is nothing' });
      return { body: response, bundleType: bundleType as SourceBundle['bundleType'], size: announcedSize(response, named), sha256, note: null, close: () => void response.destroy() };
    },
  };
}

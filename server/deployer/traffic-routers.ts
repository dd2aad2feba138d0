// From the names in a deployment group's loadBalancerInfo to the one router that they are together. A router is kept as long as
// its definition stays: it may remember what it has seen.

import type { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import { TrafficRouterDefinition } from '../../protocol/model/traffic-router.ts';
import { readDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { TrafficRoutersTable } from '../store/tables.ts';
import { findTrafficRouter, openCredentials } from '../store/traffic-routers.ts';
import type { LoadBalancerList, TrafficRouterKinds } from '../traffic/registry.ts';
import { routersAsOne } from '../traffic/seen-as-one.ts';
import { RouterTrouble, type TrafficRouter } from '../traffic/traffic-router.ts';

export interface TrafficRouters {
  /**
   * All that the group names, seen as one. Throws RouterTrouble that is not passing where one of the names means nothing, or
   * there is none.
   */
  open(info: LoadBalancerInfo): Promise<TrafficRouter>;
  /** One of them. Throws as before. */
  openNamed(name: string, list: LoadBalancerList): Promise<TrafficRouter>;
}

export interface TrafficRoutersOptions {
  readonly db: Database;
  readonly kinds: TrafficRouterKinds;
  /** Opens what PutTrafficRouter has sealed; null when that cannot be opened any more. */
  readonly openSecret: (sealed: string, boundTo: string) => string | null;
}

export function makeTrafficRouters({ db, kinds, openSecret }: TrafficRoutersOptions): TrafficRouters {
  const opened = new Map<string, { readonly meaning: string; readonly router: TrafficRouter }>();

  async function openNamed(name: string, list: LoadBalancerList): Promise<TrafficRouter> {
    const row = await findTrafficRouter(db, name);
    const meaning = row === null ? list : `${row.document}\n${row.credentials_encrypted ?? ''}`;
    const known = opened.get(name);
    if (known?.meaning === meaning) return known.router;
    const router = row === null ? kinds.openUndefined(name, list) : openDefined(row);
    opened.set(name, { meaning, router });
    return router;
  }

  function openDefined(row: TrafficRoutersTable): TrafficRouter {
    const found = openCredentials(row, openSecret);
    if (found === null) throw new RouterTrouble(`The credentials of the traffic router ${row.name} were encrypted under a key file that is gone. Define it again with: fairlead traffic-router put ${row.name}`, false);
    return kinds.open(readDocument(TrafficRouterDefinition, row.document, `traffic router ${row.name}`), found.credentials);
  }

  return {
    openNamed,
    async open(info) {
      const names = namesIn(info);
      if (names.length === 0) throw new RouterTrouble('The deployment group names no load balancer. Name a traffic router in its loadBalancerInfo.', false);
      return routersAsOne(await Promise.all(names.map(({ name, list }) => openNamed(name, list))));
    },
  };
}

/** Each once; a name in both lists is a target group's. */
export function namesIn({ targetGroupInfoList = [], elbInfoList = [] }: LoadBalancerInfo): readonly { readonly name: string; readonly list: LoadBalancerList }[] {
  const lists = new Map<string, LoadBalancerList>();
  for (const { name } of elbInfoList) if (name !== undefined) lists.set(name, 'elbInfoList');
  for (const { name } of targetGroupInfoList) if (name !== undefined) lists.set(name, 'targetGroupInfoList');
  return [...lists].map(([name, list]) => ({ name, list }));
}

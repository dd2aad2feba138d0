// Whoever makes the instances of a simulated group: a webhook that is slow, loses some of what it is asked before it has heard it
// and some answers after it has acted; that names what it makes at once, later, or leaves it to the tag; that makes too few at
// times, and says no at times. It keeps what it did, and looks whether it might: nobody may be taken away who serves, who is in the
// group, or who is a target of a deployment under way.

import { DeliveryTrouble } from '../../server/notifiers/notifier.ts';
import type { Notifiers } from '../../server/notifiers/registry.ts';
import type { ProvisionRequest, ReleaseRequest } from '../../server/deployer/fleet-requests.ts';
import type { Clock } from '../../world/clock.ts';
import { endedWords } from './operator.ts';
import type { Fleet } from './fleet.ts';
import { patiently } from './patiently.ts';
import type { SimRandom } from './sim-random.ts';

/** For so long a node that was reloaded may send requests before anybody has seen it; the balancer may be out of reach meanwhile. */
const forgottenForMs = 200_000;

export class SimProvider {
  /** By request: what was made, or taken away, for it. */
  readonly #done = new Map<string, { readonly names: readonly string[]; readonly answer: string }>();
  /** Every host that was made, and for which deployment. */
  readonly made = new Map<string, string>();
  readonly #fleet: Fleet;
  readonly #random: SimRandom;
  #count = 0;

  constructor(fleet: Fleet, random: SimRandom) {
    this.#fleet = fleet;
    this.#random = random;
  }

  /** The way there of one controller process: with it, it ends. */
  door(clock: Clock, random: SimRandom, isAlive: () => boolean, acted: () => void): Pick<Notifiers, 'post' | 'whyNotWebhook'> {
    return {
      whyNotWebhook: () => null,
      post: async ({ id, text }) => {
        await clock.sleep(5 + random.below(400));
        if (!isAlive()) return new Promise<never>(() => {});
        if (random.chance(0.2)) throw new DeliveryTrouble('the provider cannot be reached.');
        acted();
        if (!isAlive()) return new Promise<never>(() => {});
        const body = await this.#act(id, JSON.parse(text) as ProvisionRequest | ReleaseRequest);
        acted();
        if (!isAlive()) return new Promise<never>(() => {});
        await clock.sleep(5 + random.below(random.chance(0.1) ? 20_000 : 400));
        if (random.chance(0.1)) throw new DeliveryTrouble('the provider did not answer in time.');
        return { status: 200, headers: {}, body };
      },
    };
  }

  /** The same request again is no request. */
  async #act(id: string, request: ProvisionRequest | ReleaseRequest): Promise<string> {
    const known = this.#done.get(id);
    if (known !== undefined) return known.answer;
    // Before anything that takes time, so that it is done once whoever asks meanwhile.
    const done = request.request === 'provision' ? this.#make(request) : { names: request.instances.map(({ instanceName }) => instanceName), answer: '' };
    this.#done.set(id, done);
    if (request.request === 'release') await this.#takeAway(id, request);
    return done.answer;
  }

  #make({ deploymentId, instanceCount, tags }: ProvisionRequest): { readonly names: readonly string[]; readonly answer: string } {
    const random = this.#random.fork(deploymentId);
    if (random.chance(0.05)) return { names: [], answer: JSON.stringify({ failure: 'There is no room' }) };
    const count = random.chance(0.1) ? instanceCount - 1 : instanceCount + (random.chance(0.1) ? 1 : 0);
    const names = Array.from({ length: count }, () => `made-${(this.#count += 1)}`);
    const isNamed = random.chance(0.4);
    const isNamedLater = !isNamed && random.chance(0.5);
    // Whoever is not named must bear the tag.
    const bearsTag = !(isNamed || isNamedLater) || random.chance(0.5);
    for (const name of names) {
      this.made.set(name, deploymentId);
      this.#fleet.addHost(name, bearsTag ? tags : [], 1_000 + random.below(random.chance(0.1) ? 400_000 : 60_000));
    }
    if (isNamedLater) this.#fleet.clock.after(1_000 + random.below(30_000), () => void this.#sayLater(deploymentId, names));
    return { names, answer: isNamed ? JSON.stringify({ instances: names }) : '' };
  }

  async #sayLater(deploymentId: string, instanceNames: readonly string[]): Promise<void> {
    if (instanceNames.length > 0) await patiently(this.#fleet, () => this.#fleet.call('putProvisionedInstances', { deploymentId, instanceNames: [...instanceNames] }));
  }

  async #takeAway(id: string, { instances, deploymentId }: ReleaseRequest): Promise<void> {
    const { store, violations, balancer, clock } = this.#fleet;
    const groups = await store.db.selectFrom('deployment_groups').select(['name', 'members']).execute();
    for (const { instanceName: name } of instances) {
      const member = this.#fleet.members.find(({ host }) => host.name === name);
      if (member === undefined) violations.push(`${name} was to be taken away, and nobody ever made it`);
      if (member?.isGone === true) violations.push(`${name} was to be taken away twice, the second time by ${id}`);
      const instance = await store.db.selectFrom('instances').select('instance_id').where('name', '=', name).where('deregistered_at', 'is', null).executeTakeFirst();
      const group = groups.find(({ members }) => instance !== undefined && members?.includes(instance.instance_id) === true);
      if (group !== undefined) violations.push(`${name} was taken away by ${deploymentId} and is in the group ${group.name}`);
      const under = await store.db
        .selectFrom('targets')
        .innerJoin('deployments', 'deployments.deployment_id', 'targets.deployment_id')
        .select('deployments.deployment_id')
        .where('targets.target_id', '=', name)
        .where('deployments.status', 'not in', endedWords)
        .executeTakeFirst();
      if (under !== undefined) violations.push(`${name} was taken away by ${deploymentId} while it was a target of ${under.deployment_id}`);
      const why = balancer.isAppUp(name) ? balancer.whyNotTouch(name, clock.monotonic() - forgottenForMs) : null;
      if (why !== null) violations.push(`${name} was taken away by ${deploymentId} while ${why}`);
      if (member !== undefined) this.#fleet.removeHost(member);
    }
  }
}

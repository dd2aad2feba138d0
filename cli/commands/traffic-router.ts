// `fairlead traffic-router …`: what the names of load balancers mean, which deployment groups name; and how things stand there.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import { routerOptions, routerOf, routerWords, type RouterFlags } from '../traffic-router-flags.ts';
import { deleteTrafficRouter } from '../../protocol/operations/delete-traffic-router.ts';
import { getTrafficRouter } from '../../protocol/operations/get-traffic-router.ts';
import { listTrafficRouters } from '../../protocol/operations/list-traffic-routers.ts';
import type { OutputOf } from '../../protocol/operations/operation.ts';
import { observeTrafficRouter } from '../../protocol/operations/observe-traffic-router.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';

interface PutFlags extends ClientFlags, RouterFlags {
  readonly description?: string;
}

export function addTrafficRouterCommands(program: Command, shell: Shell): void {
  const router = program
    .command('traffic-router')
    .summary('say what the names of load balancers mean')
    .description('What moves traffic during deployments: what the names mean that loadBalancerInfo of deployment groups has.');

  const put = routerOptions(router.command('put').description('Says what the name of a load balancer means. Replaces what it meant before.').argument('<name>'))
    .option('--description <text>')
    .action(async (name: string, flags: PutFlags) => {
      const input = { name, ...(await routerOf(flags, shell.around)), ...(flags.description === undefined ? {} : { description: flags.description }) };
      const answer = await (await shell.client(flags)).call(putTrafficRouter, input);
      shell.print(flags, spellAnswer(putTrafficRouter, answer), [`The traffic router ${name} is defined. Look at it with: fairlead traffic-router show ${name}`]);
    });
  clientCommand(put, [
    'fairlead traffic-router put front --haproxy unix:/run/haproxy/admin.sock --backend web',
    'fairlead traffic-router put front --haproxy tcp:lb-1:9999 --haproxy tcp:lb-2:9999 --backend web --member-tag haproxy',
    'fairlead traffic-router put front --haproxy agent:lb-1 --haproxy agent:lb-2 --backend web',
    'fairlead traffic-router put shop --nginx agent:lb-1/shop --port 8080',
    'fairlead traffic-router put lab --none',
  ]);

  const list = router
    .command('list')
    .description('Lists the traffic routers that were defined here.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const trafficRouters = await Array.fromAsync(eachItem(client, listTrafficRouters, {}, (page) => page.trafficRouters));
      const rows = trafficRouters.map((one) => [one.name, one.router.kind, routerWords(one.router), one.description ?? '']);
      shell.print(flags, spellAnswer(listTrafficRouters, { trafficRouters }), tableLines(['NAME', 'KIND', 'MEANS', 'DESCRIPTION'], rows));
    });
  clientCommand(list, ['fairlead traffic-router list']);

  const show = router
    .command('show')
    .description('Says what the name of a load balancer means, how the instances stand there of all groups that name it, and what is wrong with its settings.')
    .argument('<name>')
    .option('--no-look', 'do not ask the balancer: only what the name means')
    .action(async (name: string, flags: ClientFlags & { readonly look: boolean }) => {
      const client = await shell.client(flags);
      const { trafficRouter: found } = await client.call(getTrafficRouter, { name });
      const seen = flags.look ? await client.call(observeTrafficRouter, { name }) : null;
      shell.print(flags, { trafficRouter: (spellAnswer(getTrafficRouter, { trafficRouter: found }) as { readonly trafficRouter: unknown }).trafficRouter, ...(seen === null ? {} : { observation: seen }) }, [
        ...factLines([
          ['name', found.name],
          ['description', found.description],
          ['kind', found.router.kind],
          ['means', routerWords(found.router)],
          ['credentials', found.hasCredentials ? 'stored, not shown' : undefined],
          ['drained', seen?.drain],
          ['shares', seen?.hasWeights === undefined ? undefined : seen.hasWeights ? 'yes' : 'no'],
          ['changed', instantWords(found.updatedAt)],
        ]),
        ...(seen === null ? [] : observationLines(seen)),
      ]);
    });
  clientCommand(show, ['fairlead traffic-router show front', 'fairlead traffic-router show front --json']);

  const remove = router
    .command('delete')
    .description('Forgets what the name of a load balancer means. Deployments of groups that name it will not know it.')
    .argument('<name>')
    .action(async (name: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(deleteTrafficRouter, { name });
      shell.print(flags, { name }, [`The traffic router ${name} is no more.`]);
    });
  clientCommand(remove, ['fairlead traffic-router delete front']);
}

function observationLines({ trouble, members, findings }: OutputOf<typeof observeTrafficRouter>): readonly string[] {
  const rows = members.map(({ instanceName, state, inFlight, weight, detail }) => [instanceName, state, inFlight === undefined ? '' : String(inFlight), weight === undefined ? '' : String(weight), detail]);
  return [
    ...(trouble === undefined ? [] : ['', trouble]),
    ...(rows.length === 0 ? ['', 'No instance is known to be behind it: no deployment group that names it has any.'] : ['', ...tableLines(['INSTANCE', 'STATE', 'UNDER WAY', 'SHARE', 'SEEN'], rows)]),
    ...(findings.length === 0 ? [] : ['', ...findings.map(({ severity, rule, sentence }) => `${severity} ${rule}: ${sentence}`)]),
  ];
}

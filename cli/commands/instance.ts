// `fairlead instance …`: the hosts, and the tags by which groups select them.

import type { Command } from 'commander';
import { parseTag } from '../flags.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import { deregisterOnPremisesInstance } from '../../protocol/operations/deregister-on-premises-instance.ts';
import { listInstances } from '../../protocol/operations/list-instances.ts';
import { revokeInstanceKey } from '../../protocol/operations/revoke-instance-key.ts';
import { rotateInstanceKey } from '../../protocol/operations/rotate-instance-key.ts';
import { tagInstance } from '../../protocol/operations/tag-instance.ts';
import { untagInstance } from '../../protocol/operations/untag-instance.ts';

export function addInstanceCommands(program: Command, shell: Shell): void {
  const instance = program
    .command('instance')
    .summary('list, tag and deregister instances')
    .description('Instances: the hosts. Tags decide which deployment groups an instance belongs to.');

  const list = instance
    .command('list')
    .description('Lists every instance, with its tags and whether its agent is connected. Tags marked * were set here, not by the agent.')
    .action(async (flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(listInstances, {});
      const rows = answer.instances.map((one) => [
        one.instanceName,
        one.kind === 'ec2' ? 'EC2' : 'on-premises',
        one.isConnected ? 'connected' : one.isEnrolled ? 'silent' : 'not enrolled',
        one.isConnected ? 'now' : instantWords(one.lastSeenAt),
        one.tags.map((tag) => `${tag.Key}=${tag.Value}${tag.setBy === 'api' ? '*' : ''}`).join(' '),
      ]);
      shell.print(flags, spellAnswer(listInstances, answer), tableLines(['INSTANCE', 'KIND', 'AGENT', 'LAST SEEN', 'TAGS'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark('There is no instance. Make a join token with: fairlead token create');
    });
  clientCommand(list, ['fairlead instance list', 'fairlead instance list --json']);

  const tag = instance
    .command('tag')
    .description('Sets tags of an instance. They win over the tags its agent brings, and count from the next deployment on.')
    .argument('<instance>')
    .argument('<tags...>', 'KEY=VALUE')
    .action(async (instanceName: string, given: readonly string[], flags: ClientFlags) => {
      const tags = given.map(parseTag);
      const answer = await (await shell.client(flags)).call(tagInstance, { instanceName, tags });
      shell.print(flags, spellAnswer(tagInstance, answer), [`${instanceName} is tagged ${given.join(' ')}.`]);
    });
  clientCommand(tag, ['fairlead instance tag web-1 role=web stage=production']);

  const rotate = instance
    .command('rotate-key')
    .description('Has the agent of an instance make itself a new key in place of the old one. The key never leaves its host; what runs there goes on.')
    .argument('<instance>')
    .action(async (instanceName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(rotateInstanceKey, { instanceName });
      shell.print(flags, spellAnswer(rotateInstanceKey, answer), [`${instanceName} has a new key.`]);
    });
  clientCommand(rotate, ['fairlead instance rotate-key web-1']);

  const revoke = instance
    .command('revoke-key')
    .description('Revokes the key of an instance’s agent: it is sent away at once. The instance keeps its tags and its groups; its host comes back with a new join token (fairlead agent enroll --replace-key).')
    .argument('<instance>')
    .action(async (instanceName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(revokeInstanceKey, { instanceName });
      shell.print(flags, spellAnswer(revokeInstanceKey, answer), [`The key of ${instanceName} is revoked. Its host comes back with a new join token (fairlead token create --name ${instanceName}), given there to: fairlead agent enroll --replace-key`]);
    });
  clientCommand(revoke, ['fairlead instance revoke-key web-1']);

  const deregister = instance
    .command('deregister')
    .description('Takes an instance out of the fleet: its agent is sent away and later deployments pass it by. To let the host come back, give its agent an empty data folder and a new join token.')
    .argument('<instance>')
    .action(async (instanceName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(deregisterOnPremisesInstance, { instanceName });
      shell.print(flags, spellAnswer(deregisterOnPremisesInstance, answer), [`${instanceName} is deregistered.`]);
    });
  clientCommand(deregister, ['fairlead instance deregister web-1']);

  const untag = instance
    .command('untag')
    .description('Removes tags that were set here. Tags that the agent itself brings stay.')
    .argument('<instance>')
    .argument('<keys...>')
    .action(async (instanceName: string, tagKeys: string[], flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(untagInstance, { instanceName, tagKeys });
      shell.print(flags, spellAnswer(untagInstance, answer), [`${instanceName} has no ${tagKeys.join(', ')} set here any more.`]);
    });
  clientCommand(untag, ['fairlead instance untag web-1 stage']);
}

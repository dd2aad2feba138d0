// `fairlead promote`: starts a revision on its way along a promotion path and follows it; the exit status is the outcome.

import type { Command } from 'commander';
import { parseActivePolicy } from '../deployment-group-flags.ts';
import { findRevision } from '../find-revision.ts';
import { followPromotion } from '../follow-promotion.ts';
import { Refusal } from '../refusal.ts';
import { addRevisionOptions, givenRevisionFlags, revisionFlagNames, revisionOf } from '../revision-flags.ts';
import type { RevisionFlags } from '../revision-flags.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { addSigningOptions, signingOf } from '../signing-flags.ts';
import type { SigningFlags } from '../signing-flags.ts';
import { createPromotion } from '../../protocol/operations/create-promotion.ts';

interface PromoteFlags extends ClientFlags, RevisionFlags, SigningFlags {
  readonly application: string;
  readonly path: string;
  readonly revisionKey?: string;
  readonly directory?: string;
  readonly description?: string;
  readonly whenActive?: string;
  readonly detach?: boolean;
}

export function addPromoteCommand(program: Command, shell: Shell): void {
  const command = program
    .command('promote')
    .summary('promote a revision through several deployment groups and follow it')
    .description(
      'Starts one revision on its way along a promotion path, wave after wave, and follows it to the end. Exit status: 0 succeeded, 1 failed, 2 refused, 3 stopped, 4 no answer from the server. Ctrl-C ends the watching, not the promotion.',
    )
    .requiredOption('--application <name>', 'application that the path belongs to')
    .requiredOption('--path <name>', 'promotion path (see: fairlead promotion-path)')
    .option('--revision-key <key>', 'a revision pushed earlier, by its key')
    .option('--directory <dir>', 'push this folder now and promote it');
  addSigningOptions(addRevisionOptions(command))
    .option('--description <text>', 'a comment, up to 256 characters, that its deployments get too')
    .option('--when-active <policy>', 'while another promotion along the path is active: refuse, queue, or supersede; the path’s when not given')
    .option('--detach', 'do not follow it; print its id')
    .action(async (flags: PromoteFlags) => {
      checkRevisionFlags(flags);
      const given = revisionOf(flags);
      const signing = await signingOf(flags, shell.around);
      const client = await shell.client(flags);
      const made = await client.call(createPromotion, {
        applicationName: flags.application,
        promotionPathName: flags.path,
        revision: given ?? (await findRevision(flags, signing, client, shell)),
        ...(flags.description === undefined ? {} : { description: flags.description }),
        ...(flags.whenActive === undefined ? {} : { activePromotionPolicy: parseActivePolicy(flags.whenActive) }),
      });
      if (flags.detach === true) return shell.print(flags, spellAnswer(createPromotion, made), [made.promotionId]);
      await followPromotion(shell, client, made.promotionId, flags.json === true ? 'one value' : 'lines');
    });
  clientCommand(command, [
    'fairlead promote --application my-app --path to-production --directory ./my-app',
    'fairlead promote --application my-app --path to-production --revision-key my-app/2.1.0.tgz --when-active supersede',
    'fairlead promote --application my-app --path to-production --github octo/cat@0123456789abcdef0123456789abcdef01234567 --detach',
  ]);
}

function checkRevisionFlags(flags: PromoteFlags): void {
  const given = [flags.revisionKey, flags.directory].filter((value) => value !== undefined).length + givenRevisionFlags(flags).length;
  if (given !== 1) throw new Refusal(`Give exactly one of --directory, --revision-key, ${revisionFlagNames.slice(0, -1).join(', ')} and ${revisionFlagNames.at(-1)!}; ${given === 0 ? 'none is' : `${given} are`} given.`);
  if (flags.signWith !== undefined && flags.directory === undefined) throw new Refusal('--sign signs the bundle that --directory makes. Register the signature of a bundle that is there already with its revision: fairlead revision register --signature FILE');
}

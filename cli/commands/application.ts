// `fairlead application …`

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords } from '../table.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { deleteApplication } from '../../protocol/operations/delete-application.ts';
import { getApplication } from '../../protocol/operations/get-application.ts';
import { listApplications } from '../../protocol/operations/list-applications.ts';
import { listDeploymentGroups } from '../../protocol/operations/list-deployment-groups.ts';
import { updateApplication } from '../../protocol/operations/update-application.ts';

export function addApplicationCommands(program: Command, shell: Shell): void {
  const application = program
    .command('application')
    .summary('create, list, show, rename and delete applications')
    .description('Applications: names under which revisions, deployment groups and deployments are kept.');

  const create = application
    .command('create')
    .description('Creates an application.')
    .argument('<name>', '1 to 100 letters, digits and . _ + = , @ -')
    .action(async (applicationName: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(createApplication, { applicationName });
      shell.print(flags, spellAnswer(createApplication, answer), [
        `The application ${applicationName} is created.`,
        `Next: fairlead push DIR --application ${applicationName}`,
      ]);
    });
  clientCommand(create, ['fairlead application create my-app']);

  const list = application
    .command('list')
    .description('Lists the names of all applications.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const applications = await Array.fromAsync(eachItem(client, listApplications, {}, (page) => page.applications));
      shell.print(flags, { applications }, applications);
      if (applications.length === 0 && flags.json !== true) shell.remark('There is no application. Make one with: fairlead application create NAME');
    });
  clientCommand(list, ['fairlead application list', 'fairlead application list --json']);

  const show = application
    .command('show')
    .description('Says what is known of one application, its deployment groups included.')
    .argument('<name>')
    .action(async (applicationName: string, flags: ClientFlags) => {
      const client = await shell.client(flags);
      const answer = await client.call(getApplication, { applicationName });
      const deploymentGroups = await Array.fromAsync(eachItem(client, listDeploymentGroups, { applicationName }, (page) => page.deploymentGroups));
      const { application: found } = answer;
      shell.print(
        flags,
        { ...(spellAnswer(getApplication, answer) as object), deploymentGroups },
        factLines([
          ['name', found.applicationName],
          ['id', found.applicationId],
          ['created', instantWords(found.createTime)],
          ['compute platform', found.computePlatform],
          ['deployment groups', deploymentGroups.join(', ') || 'none'],
        ]),
      );
    });
  clientCommand(show, ['fairlead application show my-app']);

  const rename = application
    .command('rename')
    .description('Renames an application; its id, groups and history stay.')
    .argument('<name>')
    .argument('<new-name>')
    .action(async (applicationName: string, newApplicationName: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(updateApplication, { applicationName, newApplicationName });
      shell.print(flags, { applicationName: newApplicationName }, [`The application ${applicationName} is now called ${newApplicationName}.`]);
    });
  clientCommand(rename, ['fairlead application rename my-app our-app']);

  const remove = application
    .command('delete')
    .description('Deletes an application with its groups, revisions and deployments. What runs on the hosts stays. Deleting one that is not there is no error.')
    .argument('<name>')
    .action(async (applicationName: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(deleteApplication, { applicationName });
      shell.print(flags, { applicationName }, [`The application ${applicationName} is no more.`]);
    });
  clientCommand(remove, ['fairlead application delete my-app']);
}

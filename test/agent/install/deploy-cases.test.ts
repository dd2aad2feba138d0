import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'mocha';
import { deliberateDifferences } from './deliberate-differences.ts';
import { deploy, makeSandbox, plant, treeOf } from './sandbox.ts';
import type { FileShapes, TreeItem } from './sandbox.ts';

// Cases observed on CodeDeploy's agent 1.8.1, as far as they are about bundles, installing and permissions.
interface Revision {
  readonly appspec: string;
  readonly revision_files: FileShapes;
  readonly expect?: 'valid' | 'invalid';
  readonly group?: string;
  readonly then_write?: Readonly<Record<string, string>>;
}
interface Case extends Revision {
  readonly id: string;
  readonly reason: string;
  readonly expect: 'valid' | 'invalid';
  readonly pre_existing?: FileShapes;
  readonly previous?: readonly Revision[];
  readonly appspec_name?: string;
  readonly bundle?: { readonly declared?: string };
  readonly spec?: { readonly AgentActionOverrides?: { readonly AgentOverrides: { readonly FileExistsBehavior: string } } };
  readonly observed: { readonly files_under_DEST?: Readonly<Record<string, TreeItem>> };
}

const cases = JSON.parse(fs.readFileSync(new URL('fixtures/deploy-cases.json', import.meta.url), 'utf8')) as readonly Case[];
const isRoot = process.getuid?.() === 0;

describe('an Install judged by what CodeDeploy’s agent did', () => {
  // A declared type that does not exist is refused with the command, before anything here is asked.
  for (const example of cases.filter(({ bundle }) => bundle?.declared === undefined)) {
    const difference = deliberateDifferences.find(({ id }) => id === example.id);
    const needsRoot = example.id === 'perm-owner-and-group' && !isRoot;
    it(`${example.id}: ${example.reason}${difference === undefined ? '' : ` (differs: ${difference.reason})`}${needsRoot ? ' (without root: refused with a sentence)' : ''}`, async () => {
      const sandbox = makeSandbox();
      try {
        const withDest = (text: string): string => text.replaceAll('${DEST}', sandbox.dest);
        plant(sandbox.dest, example.pre_existing ?? {});
        for (const [index, previous] of (example.previous ?? []).entries()) {
          const before = await deploy(sandbox, { appSpec: withDest(previous.appspec), files: previous.revision_files, deploymentId: `d-previous${index}`, groupId: previous.group ?? 'group-1' });
          assert.equal(before.failedEvent === null, previous.expect !== 'invalid', before.why);
          plant(sandbox.dest, previous.then_write ?? {});
        }
        const outcome = await deploy(sandbox, {
          appSpec: withDest(example.appspec), files: example.revision_files, deploymentId: 'd-current',
          ...(example.appspec_name === undefined ? {} : { appSpecName: example.appspec_name }),
          fileExistsBehavior: example.spec?.AgentActionOverrides?.AgentOverrides.FileExistsBehavior ?? null,
        });
        if (needsRoot) {
          assert.equal(outcome.install?.kind === 'refused' && outcome.install.code, 'needs_root');
          return;
        }
        assert.equal(outcome.failedEvent === null, example.expect === 'valid', outcome.why);
        const expected = example.observed.files_under_DEST;
        const tree = shown(treeOf(sandbox.dest));
        if (difference !== undefined) assert.notDeepEqual(tree, expected);
        else if (expected !== undefined) assert.deepEqual(tree, expected);
        else if (example.expect === 'valid' && example.id !== 'bundle-single-top-directory-stripped') assert.deepEqual(tree, {});
      } finally {
        sandbox.remove();
      }
    });
  }
});

const shown = (tree: Record<string, TreeItem>): Record<string, TreeItem> =>
  Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, name === 'appspec.yml' ? { ...item, content: '(appspec)' } : item]));

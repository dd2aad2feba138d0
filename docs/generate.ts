// Writes the documents that are drawn from the code: docs/api/openapi.json and docs/errors.md. With --check it writes
// nothing and fails when a committed copy differs.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogueEntry, type ErrorCode, errorCodes } from '../protocol/errors.ts';
import { operations } from '../protocol/operations/registry.ts';
import { openApiDocument } from '../server/faces/openapi.ts';
import { type OwnRoute, ownRoutes } from '../server/faces/own-routes.ts';

const documents: Readonly<Record<string, () => string>> = {
  'api/openapi.json': () => `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'errors.md': errorList,
};

function errorList(): string {
  const lines = errorCodes.map((code) => {
    const { status, sentence } = catalogueEntry(code);
    return `| \`${code}\` | ${status} | ${sentence} | ${declaredBy(code).join(', ')} |`;
  });
  return [
    '# Errors',
    '',
    'Drawn from `protocol/errors.ts` by `npm run docs`; do not edit here.',
    '',
    'Every refusal has one of these codes. The REST face answers `{ code, message, requestId }`, with `field` where one member',
    'is at fault, under the status given here. The AWS face answers `{ __type, message }` under status 400, or 500 and 503 for',
    'faults of the controller, 404 for a wrong address and 413 for a body that is too large. The sentence is what is said when',
    'there is nothing more precise to say.',
    '',
    '| code | status (REST) | sentence | declared by |',
    '|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function declaredBy(code: ErrorCode): readonly string[] {
  const own = Object.entries<OwnRoute>(ownRoutes).filter(([, route]) => route.errors.includes(code));
  return [...operations.filter((definition) => definition.errors.includes(code)).map(({ name }) => name), ...own.map(([name]) => name)].sort();
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

const isCheck = process.argv.includes('--check');
for (const [name, draw] of Object.entries(documents)) {
  const path = join(import.meta.dirname, name);
  const drawn = draw();
  if (!isCheck) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, drawn);
  } else if (readOrNull(path) !== drawn) {
    process.stderr.write(`docs/${name} is not what the code says now. Run npm run docs and commit the result.\n`);
    process.exitCode = 1;
  }
}

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'mocha';
import { openLog } from '../../world/real/log.ts';
import type { LogOptions } from '../../world/real/log.ts';

function logTo(options: Partial<LogOptions>) {
  const stream = new PassThrough();
  const log = openLog({ level: 'info', isTerminal: false, program: 'test', stream, ...options });
  return { log, lines: () => String(stream.read() ?? '').split('\n').filter((line) => line !== '') };
}

describe('the log', () => {
  it('writes one JSON object a line, fields and all', () => {
    const { log, lines } = logTo({});
    log.child({ deploymentId: 'd-1' }).warn({ attempt: 2 }, 'it went\nwrong');
    const [line, ...more] = lines();
    assert.deepEqual(more, []);
    const { timestamp, ...rest } = JSON.parse(line!) as Record<string, unknown>;
    assert.ok(typeof timestamp === 'string');
    assert.deepEqual(rest, { level: 'warn', message: 'it went\nwrong', deploymentId: 'd-1', attempt: 2 });
  });

  it('writes lines for people on a terminal, and lets no field forge one or drive the terminal', () => {
    const { log, lines } = logTo({ isTerminal: true });
    log.info({ reason: 'a\nb\u001b[2J' }, 'said');
    const [line, ...more] = lines();
    assert.deepEqual(more, []);
    assert.match(line!, /INFO +said reason=a\\u\{a\}b\\u\{1b\}\[2J$/);
  });

  it('writes nothing below its level', () => {
    const { log, lines } = logTo({ level: 'warn' });
    log.info({}, 'quiet');
    log.error({}, 'loud');
    assert.equal(lines().length, 1);
  });

  it('does not show what is named like a secret, wherever it is', () => {
    const { log, lines } = logTo({});
    log.info({ joinToken: 'hush', request: { headers: { authorization: 'hush' }, password: 'hush' }, key: 'hush' }, 'said');
    assert.ok(!lines().join('').includes('hush'));
  });
});

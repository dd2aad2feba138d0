import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { logLines } from '../../cli/log-lines.ts';
import type { LogPiece } from '../../protocol/model/log-piece.ts';
import type { FakeServer } from './fake-server.ts';
import { refuse, say, startFakeServer } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

const seenAt = Date.parse('2026-01-01T10:20:30Z');
const piece = (over: Partial<LogPiece> = {}): LogPiece => ({ sequence: 1, targetId: 'web-1', lifecycleEventName: 'AfterInstall', attemptId: 'attempt-1', scriptIndex: 0, restart: 0, stream: 'stdout', offset: 0, length: 4, droppedBytes: 0, seenAt, text: 'one', ...over });
const spelled = (over: Partial<LogPiece> = {}) => ({ ...piece(over), seenAt: '2026-01-01T10:20:30.000Z' });
const path = '/v1/deployments/d-ABCDEFGHI/logs';

describe('lines of a log', () => {
  it('take each attempt at an event for itself', () => {
    const linesOf = logLines();
    linesOf(piece({ offset: 0, length: 10 }));
    assert.match(linesOf(piece({ attemptId: 'attempt-2', offset: 5 }))[0] ?? '', /5 bytes dropped here/);
  });

  it('say when, where, which event and stream', () => {
    assert.deepEqual(logLines()(piece({ text: 'one\ntwo' })), ['10:20:30 web-1 AfterInstall [stdout] one', '10:20:30 web-1 AfterInstall [stdout] two']);
  });

  it('say how much is missing, counted from what was shown of that stream', () => {
    const linesOf = logLines();
    linesOf(piece({ offset: 0, length: 10 }));
    assert.deepEqual(linesOf(piece({ stream: 'stderr', offset: 0, length: 4, text: 'err' })).length, 1);
    assert.deepEqual(linesOf(piece({ offset: 25, droppedBytes: 20 })), ['10:20:30 web-1 AfterInstall [stdout] ... 15 bytes dropped here ...', '10:20:30 web-1 AfterInstall [stdout] one']);
  });

  it('cannot move a cursor, change a colour or reorder what is read', () => {
    const [line] = logLines()(piece({ targetId: 'web\x1b[2J', text: 'a\tb\x1b[31mred\u202eevil\r\x9b' }));
    assert.equal(line, '10:20:30 web\\u{1b}[2J AfterInstall [stdout] a  b\\u{1b}[31mred\\u{202e}evil\\u{d}\\u{9b}');
  });
});

describe('fairlead deployment logs', () => {
  let server: FakeServer;
  afterEach(() => server[Symbol.asyncDispose]());

  it('reads page after page and hands its filters on', async () => {
    server = await startFakeServer({
      [`GET ${path}`]: (request, response) => {
        const isFirst = request.line.includes('after=0');
        say({ pieces: [spelled(isFirst ? {} : { sequence: 2, offset: 4, text: 'two' })], nextAfter: isFirst ? 1 : 2, hasMore: isFirst, isComplete: !isFirst })(request, response);
      },
    });
    const ran = await runCommand(['deployment', 'logs', 'd-ABCDEFGHI', '--target', 'web-1', '--event', 'AfterInstall'], { env: environmentFor(server.url) });
    assert.deepEqual([ran.status, ran.out], [0, '10:20:30 web-1 AfterInstall [stdout] one\n10:20:30 web-1 AfterInstall [stdout] two\n']);
    assert.deepEqual(server.asked.map(({ line }) => line), [0, 1].map((after) => `GET ${path}?targetId=web-1&lifecycleEventName=AfterInstall&after=${after}`));
  });

  it('gives each piece as a line of JSON', async () => {
    server = await startFakeServer({ [`GET ${path}`]: say({ pieces: [spelled({ text: 'a\x1bb' })], nextAfter: 1, hasMore: false, isComplete: true }) });
    const ran = await runCommand(['deployment', 'logs', 'd-ABCDEFGHI', '--json'], { env: environmentFor(server.url) });
    assert.deepEqual(JSON.parse(ran.out), spelled({ text: 'a\x1bb' }));
    assert.ok(!ran.out.includes('\x1b'));
  });

  it('goes on after the last piece when the stream breaks, and ends with the deployment', async () => {
    let streams = 0;
    server = await startFakeServer({
      [`GET ${path}/follow`]: (_, response) => {
        streams += 1;
        const page = streams === 1 ? { pieces: [spelled()], nextAfter: 1, hasMore: false, isComplete: false } : { pieces: [spelled({ sequence: 2, offset: 4, text: 'two' })], nextAfter: 2, hasMore: false, isComplete: true };
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: logs\ndata: ${JSON.stringify(page)}\n\n`, () => (streams === 1 ? response.destroy() : response.end()));
      },
      'GET /v1/deployments/d-ABCDEFGHI': say({ deploymentInfo: { deploymentId: 'd-ABCDEFGHI', status: 'Succeeded' } }),
      [`GET ${path}`]: say({ pieces: [], nextAfter: 2, hasMore: false, isComplete: true }),
    });
    const ran = await runCommand(['deployment', 'logs', 'd-ABCDEFGHI', '--follow'], { env: environmentFor(server.url) });
    assert.deepEqual([ran.status, ran.out], [0, '10:20:30 web-1 AfterInstall [stdout] one\n10:20:30 web-1 AfterInstall [stdout] two\n']);
    assert.deepEqual(server.asked.map(({ line }) => line).filter((line) => line.includes('follow')), [`GET ${path}/follow?after=0`, `GET ${path}/follow?after=1`]);
  });

  it('passes on the server’s refusal, and says when nothing was printed', async () => {
    server = await startFakeServer({ [`GET ${path}`]: refuse(404, 'DeploymentDoesNotExistException', 'The deployment d-ABCDEFGHI could not be found') });
    const refused = await runCommand(['deployment', 'logs', 'd-ABCDEFGHI'], { env: environmentFor(server.url) });
    assert.deepEqual([refused.status, refused.out], [2, '']);
    await server[Symbol.asyncDispose]();
    server = await startFakeServer({ [`GET ${path}`]: say({ pieces: [], nextAfter: 0, hasMore: false, isComplete: true }) });
    const empty = await runCommand(['deployment', 'logs', 'd-ABCDEFGHI'], { env: environmentFor(server.url) });
    assert.deepEqual([empty.status, empty.out, empty.err], [0, '', 'The hooks of d-ABCDEFGHI have printed nothing yet.\n']);
  });
});

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import { durationWords, footer, linesOfChange } from '../../cli/render.ts';
import { event, picture } from './pictures.ts';

const id = 'd-ABCDEFGHI';

const cases: readonly { readonly title: string; readonly before: DeploymentChange | null; readonly change: DeploymentChange; readonly lines: readonly string[] }[] = [
  {
    title: 'the first picture introduces the deployment and says its status',
    before: null,
    change: picture('Created', [], { deploymentConfigName: 'CodeDeployDefault.OneAtATime', revision: { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k.tgz' } } }),
    lines: [`${id} my-app to production, CodeDeployDefault.OneAtATime, b/k.tgz`, `${id} Created`],
  },
  {
    title: 'a rollback says which deployment it rolls back',
    before: null,
    change: picture('Created', [], { creator: 'codeDeployRollback', rollbackInfo: { rollbackTriggeringDeploymentId: 'd-000000000' } }),
    lines: [`${id} my-app to production (rollback of d-000000000)`, `${id} Created`],
  },
  {
    title: 'a picture like the one before says nothing',
    before: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('ApplicationStop', 'InProgress')] }]),
    change: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('ApplicationStop', 'InProgress')] }]),
    lines: [],
  },
  {
    title: 'each event that starts or ends is a line, with the time it took',
    before: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('Install', 'InProgress'), event('AfterInstall', 'Pending')] }]),
    change: picture('InProgress', [
      { id: 'web-1', status: 'InProgress', events: [event('Install', 'Succeeded', { startTime: 1000, endTime: 1340 }), event('AfterInstall', 'InProgress')] },
    ]),
    lines: [`${id} web-1 Install Succeeded 0.3s`, `${id} web-1 AfterInstall InProgress`],
  },
  {
    title: 'a failed event brings its diagnostics and the end of its log, and skipped ones are silent',
    before: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('ValidateService', 'InProgress'), event('AfterAllowTraffic', 'Pending')] }]),
    change: picture('InProgress', [
      {
        id: 'web-1',
        status: 'Failed',
        events: [
          event('ValidateService', 'Failed', { diagnostics: { errorCode: 'ScriptFailed', scriptName: 'v.sh', message: 'Script failed with exit code 1', logTail: 'one\ntwo\n' } }),
          event('AfterAllowTraffic', 'Skipped'),
        ],
      },
    ]),
    lines: [
      `${id} web-1 ValidateService Failed ScriptFailed: Script failed with exit code 1`,
      `${id} web-1 ValidateService | one`,
      `${id} web-1 ValidateService | two`,
      `${id} web-1 Failed`,
    ],
  },
  {
    title: 'the end counts the targets and names the error, and the rollback follows',
    before: picture('InProgress'),
    change: picture('Failed', [], {
      deploymentOverview: { Pending: 0, InProgress: 0, Succeeded: 0, Failed: 1, Skipped: 2, Ready: 0 },
      errorInformation: { code: 'HEALTH_CONSTRAINTS', message: 'Too few.' },
      rollbackInfo: { rollbackDeploymentId: 'd-111111111' },
    }),
    lines: [`${id} Failed (1 Failed, 2 Skipped) HEALTH_CONSTRAINTS: Too few.`, `${id} is rolled back by d-111111111.`],
  },
  {
    title: 'a target that ends makes room for the next, also in the order of lines',
    before: picture('InProgress', [{ id: 'web-1', status: 'Pending', events: [event('Install', 'Pending')] }, { id: 'web-2', status: 'InProgress', events: [event('Install', 'InProgress')] }]),
    change: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('Install', 'InProgress')] }, { id: 'web-2', status: 'Succeeded', events: [event('Install', 'Succeeded')] }]),
    lines: [`${id} web-2 Install Succeeded`, `${id} web-2 Succeeded`, `${id} web-1 Install InProgress`],
  },
  {
    title: 'a silent agent is worth a line, the ordinary course of waiting is not',
    before: picture('InProgress'),
    change: picture('InProgress', [], {}, {
      waitingOn: [
        { reason: 'MinimumHealthyHosts', healthy: 2, required: 2, inFlight: 1, pending: 1 },
        { reason: 'AgentSilent', targetId: 'web-2', deadline: 9 },
      ],
      sentences: ['1 target waiting.', 'The agent of web-2 has never connected.'],
    }),
    lines: [`${id} The agent of web-2 has never connected.`],
  },
  {
    title: 'a host that waits for the once scripts of another is worth a line',
    before: picture('InProgress'),
    change: picture('InProgress', [], {}, { waitingOn: [{ reason: 'OnceElsewhere', targetId: 'web-2', event: 'BeforeInstall', onTargetId: 'web-1' }], sentences: ['web-2 waits for web-1.'] }),
    lines: [`${id} web-2 waits for web-1.`],
  },
  {
    title: 'a hold that was told before is not told again, though its words have changed',
    before: picture('InProgress', [], {}, { waitingOn: [{ reason: 'AgentSilent', targetId: 'web-2', deadline: 9 }], sentences: ['fails in 9 s'] }),
    change: picture('InProgress', [], {}, { waitingOn: [{ reason: 'AgentSilent', targetId: 'web-2', deadline: 9 }], sentences: ['fails in 8 s'] }),
    lines: [],
  },
  {
    title: 'what scripts print cannot move the cursor',
    before: picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('Install', 'InProgress')] }]),
    change: picture('InProgress', [
      { id: 'web-1', status: 'InProgress', events: [event('Install', 'Failed', { diagnostics: { errorCode: 'ScriptFailed', scriptName: '', message: 'a\u001b[2Jb', logTail: '\u001b]0;x\u0007\r\u202egnirts' } })] },
    ]),
    lines: [`${id} web-1 Install Failed ScriptFailed: a\\u{1b}[2Jb`, `${id} web-1 Install | \\u{1b}]0;x\\u{7}`, `${id} web-1 Install | \\u{202e}gnirts`],
  },
];

describe('cli/render: what is new in a picture', () => {
  for (const { title, before, change, lines } of cases) {
    it(title, () => {
      assert.deepEqual(linesOfChange(before, change), lines);
    });
  }
});

describe('cli/render: the footer', () => {
  it('has a bar that counts lifecycle events, and a line for each host, busy ones first', () => {
    const change = picture('InProgress', [
      { id: 'web-1', status: 'Succeeded', events: [event('Install', 'Succeeded'), event('ValidateService', 'Succeeded')] },
      { id: 'web-2', status: 'InProgress', events: [event('Install', 'Succeeded'), event('ValidateService', 'InProgress')] },
    ]);
    assert.deepEqual(footer(change, 12_000, { columns: 100, rows: 24 }), [
      `${id} InProgress [${'█'.repeat(15)}${'░'.repeat(5)}] 1 of 2 12s`,
      '  web-2 ■▸ InProgress ValidateService',
      '  web-1 ■■ Succeeded',
    ]);
  });

  it('never is taller or wider than the terminal, whatever the fleet', () => {
    const targets = Array.from({ length: 500 }, (_, index) => ({ id: `a-rather-long-instance-name-${index}`, status: 'Pending' as const, events: [event('Install', 'Pending')] }));
    for (const size of [{ columns: 40, rows: 10 }, { columns: 80, rows: 24 }, { columns: 200, rows: 60 }]) {
      const lines = footer(picture('InProgress', targets, {}, { waitingOn: [], sentences: ['x'.repeat(300), 'y', 'z', 'more'] }), 0, size);
      assert.ok(lines.length < size.rows, `${lines.length} lines in ${size.rows} rows`);
      assert.ok(lines.every((line) => line.length < size.columns));
      assert.ok(lines.some((line) => / and \d+ more$/.test(line)));
    }
  });

  it('spells durations in the fewest words that tell them apart', () => {
    assert.deepEqual([0, 340, 9_940, 9_960, 59_400, 60_000, 185_000, 7_620_000].map(durationWords), ['0.0s', '0.3s', '9.9s', '10s', '59s', '1m00s', '3m05s', '2h07m']);
  });
});

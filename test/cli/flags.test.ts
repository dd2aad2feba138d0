import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { parseAutoRollback, parseBytes, parseCount, parseDurationSeconds, parseS3Location, parseTag, parseTagFilter } from '../../cli/flags.ts';
import { Refusal } from '../../cli/refusal.ts';

describe('cli/flags', () => {
  it('reads tags, with = in values and empty values', () => {
    assert.deepEqual(parseTag('a=b=c'), { Key: 'a', Value: 'b=c' });
    assert.deepEqual(parseTag('a='), { Key: 'a', Value: '' });
  });

  it('reads tag filters of the three types', () => {
    assert.deepEqual(parseTagFilter('role=web'), { Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' });
    assert.deepEqual(parseTagFilter('role'), { Key: 'role', Type: 'KEY_ONLY' });
    assert.deepEqual(parseTagFilter('=web'), { Value: 'web', Type: 'VALUE_ONLY' });
  });

  it('reads durations, sizes and counts', () => {
    assert.deepEqual(['90s', '30m', '12h', '7d'].map(parseDurationSeconds), [90, 1800, 43_200, 604_800]);
    assert.deepEqual(['7', '2K', '500M', '2G'].map(parseBytes), [7, 2048, 524_288_000, 2_147_483_648]);
    assert.equal(parseCount('0', '--n', 0, 5), 0);
  });

  it('reads the S3 shorthand of the AWS CLI', () => {
    assert.deepEqual(parseS3Location('bucket=b,key=a/b=c.tgz,bundleType=tgz,eTag=e'), {
      revisionType: 'S3',
      s3Location: { bucket: 'b', key: 'a/b=c.tgz', bundleType: 'tgz', eTag: 'e' },
    });
  });

  it('reads the occasions of a rollback', () => {
    assert.deepEqual(parseAutoRollback('off'), { enabled: false });
    assert.deepEqual(parseAutoRollback('on-failure,on-stop'), { enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'] });
  });

  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['a tag without =', () => parseTag('web')],
    ['a tag without a key', () => parseTag('=web')],
    ['an empty filter', () => parseTagFilter('')],
    ['a duration without a unit', () => parseDurationSeconds('30')],
    ['a duration of nothing', () => parseDurationSeconds('0m')],
    ['a size with a fraction', () => parseBytes('1.5G')],
    ['a count that is no number', () => parseCount('many', '--n', 0, 5)],
    ['a count beyond its bounds', () => parseCount('6', '--n', 0, 5)],
    ['an S3 location without a key', () => parseS3Location('bucket=b,bundleType=tgz')],
    ['an S3 location with an unknown part', () => parseS3Location('bucket=b,key=k,bundleType=tgz,size=3')],
    ['an unknown occasion', () => parseAutoRollback('always')],
    ['an occasion that every object inherits', () => parseAutoRollback('constructor')],
  ];
  for (const [what, parse] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(parse, (error) => error instanceof Refusal && error.status === 2);
    });
  }
});

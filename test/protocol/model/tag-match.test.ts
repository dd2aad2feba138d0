import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSelected, matchesAny, matchesEvery, matchesFilter, type TagFilterLike } from '../../../protocol/model/tag-match.ts';

const tags = [
  { Key: 'Name', Value: 'web-1' },
  { Key: 'Stage', Value: 'Prod' },
  { Key: 'Bare', Value: '' },
];

describe('a tag filter', () => {
  const table: readonly (readonly [TagFilterLike, boolean, string])[] = [
    [{ Key: 'Name', Type: 'KEY_ONLY' }, true, 'KEY_ONLY takes any value'],
    [{ Key: 'Name', Value: '', Type: 'KEY_ONLY' }, true, 'KEY_ONLY passes over an empty Value, as Terraform sends it'],
    [{ Key: 'Name', Value: 'other', Type: 'KEY_ONLY' }, true, 'KEY_ONLY passes over any Value'],
    [{ Key: 'name', Type: 'KEY_ONLY' }, false, 'a key in other case does not match'],
    [{ Key: 'Na*', Type: 'KEY_ONLY' }, false, 'a star in a key is a star'],
    [{ Value: 'Prod', Type: 'VALUE_ONLY' }, true, 'VALUE_ONLY takes any key'],
    [{ Key: 'Name', Value: 'Prod', Type: 'VALUE_ONLY' }, true, 'VALUE_ONLY passes over a Key'],
    [{ Value: 'prod', Type: 'VALUE_ONLY' }, false, 'a value in other case does not match'],
    [{ Key: 'Stage', Value: 'Prod', Type: 'KEY_AND_VALUE' }, true, 'KEY_AND_VALUE wants both'],
    [{ Key: 'Name', Value: 'Prod', Type: 'KEY_AND_VALUE' }, false, 'key and value of two different tags do not match'],
    [{ Key: 'Name' }, true, 'a key alone means KEY_ONLY'],
    [{ Value: 'web-1' }, true, 'a value alone means VALUE_ONLY'],
    [{ Key: 'Name', Value: 'web-1' }, true, 'key and value mean KEY_AND_VALUE'],
    [{ Key: 'Name', Value: 'web-2' }, false, 'key and another value do not match'],
    [{ Key: 'Bare', Value: '' }, true, 'an empty value matches a tag whose value is empty'],
    [{ Key: 'Name', Value: '' }, false, 'an empty value does not match a tag that has one'],
    [{}, false, 'an empty filter matches nobody'],
    [{ Type: 'KEY_ONLY' }, false, 'KEY_ONLY without a key matches nobody'],
    [{ Key: 'Name', Type: 'VALUE_ONLY' }, false, 'VALUE_ONLY without a value matches nobody'],
    [{ Key: 'Name', Type: 'KEY_AND_VALUE' }, false, 'KEY_AND_VALUE without a value matches nobody'],
    [{ Key: 'Name', Value: 'web-*' }, true, 'a star stands for the end'],
    [{ Key: 'Name', Value: '*-1' }, true, 'a star stands for the beginning'],
    [{ Key: 'Name', Value: 'w*b*1' }, true, 'stars stand in the middle'],
    [{ Key: 'Name', Value: 'web-1*' }, true, 'a star stands for nothing'],
    [{ Key: 'Name', Value: '*' }, true, 'a star alone stands for all'],
    [{ Key: 'Bare', Value: '*' }, true, 'a star alone stands for the empty value'],
    [{ Key: 'Name', Value: '*web-2*' }, false, 'stars do not forgive a difference'],
    [{ Key: 'Name', Value: 'web-1*1' }, false, 'beginning and end do not share a letter'],
    [{ Key: 'Name', Value: 'w.b-1' }, false, 'a dot is a dot'],
  ];
  for (const [filter, expected, claim] of table) {
    it(`${claim}: ${JSON.stringify(filter)}`, () => assert.equal(matchesFilter(filter, tags), expected));
  }

  it('matches a starred value exactly when the regular expression it replaces would', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
        // A star in the text is only a letter there.
        assert.equal(matchesFilter({ Value: pattern }, [{ Key: 'k', Value: text }]), expression.test(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('is quick over values made to be slow', () => {
    const value = 'a'.repeat(20_000);
    const began = performance.now();
    assert.equal(matchesFilter({ Value: `${'*a'.repeat(9_000)}*b*` }, [{ Key: 'k', Value: value }]), false);
    assert.equal(matchesFilter({ Value: `*${'a'.repeat(9_000)}b*` }, [{ Key: 'k', Value: value }]), false);
    assert.ok(performance.now() - began < 1_000);
  });
});

describe('a list of tag filters', () => {
  it('matches when any filter does', () => assert.ok(matchesAny([{ Key: 'Nope' }, { Key: 'Name' }], tags)));
  it('selects nobody when it is empty or absent', () => {
    assert.equal(matchesAny([], tags), false);
    assert.equal(matchesAny(undefined, tags), false);
  });
});

describe('a tag set', () => {
  it('matches when every group has a filter that does', () => {
    assert.ok(matchesEvery([[{ Key: 'Nope' }, { Key: 'Name' }], [{ Value: 'Prod' }]], tags));
    assert.equal(matchesEvery([[{ Key: 'Name' }], [{ Key: 'Nope' }]], tags), false);
  });
  it('selects nobody when it is empty, absent, or holds an empty group', () => {
    assert.equal(matchesEvery([], tags), false);
    assert.equal(matchesEvery(undefined, tags), false);
    assert.equal(matchesEvery([[{ Key: 'Name' }], []], tags), false);
  });
});

describe('a deployment group', () => {
  const ec2 = { kind: 'ec2', tags } as const;
  const onPremises = { kind: 'onPremises', tags } as const;

  it('selects EC2 instances by EC2 filters only', () => {
    assert.ok(isSelected({ ec2TagFilters: [{ Key: 'Name' }] }, ec2));
    assert.ok(isSelected({ ec2TagSet: { ec2TagSetList: [[{ Key: 'Name' }]] } }, ec2));
    assert.equal(isSelected({ ec2TagFilters: [{ Key: 'Name' }], ec2TagSet: { ec2TagSetList: [[{ Key: 'Name' }]] } }, onPremises), false);
  });
  it('selects on-premises instances by on-premises filters only', () => {
    assert.ok(isSelected({ onPremisesInstanceTagFilters: [{ Key: 'Name' }] }, onPremises));
    assert.ok(isSelected({ onPremisesTagSet: { onPremisesTagSetList: [[{ Key: 'Name' }]] } }, onPremises));
    assert.equal(isSelected({ onPremisesInstanceTagFilters: [{ Key: 'Name' }], onPremisesTagSet: { onPremisesTagSetList: [[{ Key: 'Name' }]] } }, ec2), false);
  });
  it('selects the union of both kinds', () => {
    const group = { ec2TagFilters: [{ Key: 'Name' }], onPremisesTagSet: { onPremisesTagSetList: [[{ Key: 'Stage' }]] } };
    assert.ok(isSelected(group, ec2) && isSelected(group, onPremises));
  });
  it('selects nobody without filters', () => {
    assert.equal(isSelected({}, ec2), false);
    assert.equal(isSelected({ ec2TagFilters: [], ec2TagSet: {} }, ec2), false);
  });
});

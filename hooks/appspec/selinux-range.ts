// SELinux ranges, `sN[-sM][:cA[.cB][,...]]`: checked, sorted and written in the shortest form.

export type RangeReading = { readonly kind: 'range'; readonly text: string } | { readonly kind: 'refused'; readonly because: string };

const highestCategory = 1023;

/** The normalised range, or why not (a clause that follows the value). */
export function readSelinuxRange(text: string): RangeReading {
  const [levels = '', categoryText] = splitOnce(text, ':');
  const [lowText = '', highText] = splitOnce(levels, '-');
  const low = readLevel(lowText);
  const high = highText === undefined ? low : readLevel(highText);
  if (low === null || high === null) return refused('has a wrong sensitivity; write it as s0 or s0-s15');
  if (high < low) return refused('has its sensitivities the wrong way round; put the lower one first');
  const span = low === high ? `s${low}` : `s${low}-s${high}`;
  if (categoryText === undefined) return { kind: 'range', text: span };
  if (categoryText === '') return refused('ends at the colon; name categories after it, such as s0:c1,c5.c7');
  const categories = readCategories(categoryText);
  return typeof categories === 'string' ? refused(categories) : { kind: 'range', text: `${span}:${showCategories(categories)}` };
}

function splitOnce(text: string, divider: string): readonly [string, string?] {
  const at = text.indexOf(divider);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + divider.length)];
}

function readLevel(text: string): bigint | null {
  const match = /^s([0-9]{1,1000})$/.exec(text);
  return match === null ? null : BigInt(match[1] ?? '0');
}

function readCategory(text: string): number | null {
  const match = /^c0*([0-9]{1,4})$/.exec(text);
  const value = Number(match?.[1] ?? NaN);
  return value <= highestCategory ? value : null;
}

/** Which of the 1,024 categories are meant, or what is wrong. Stops at the first repetition, so no list is too long for it. */
function readCategories(text: string): readonly boolean[] | string {
  const isMeant = new Array<boolean>(highestCategory + 1).fill(false);
  const parts = text.split(',');
  while (parts.at(-1) === '') parts.pop(); // as the original does; an empty part elsewhere is wrong
  for (const part of parts) {
    const [first = '', last] = splitOnce(part, '.');
    const low = readCategory(first);
    const high = last === undefined ? low : readCategory(last);
    if (low === null || high === null) return 'has a wrong category; write c0 to c1023, or a span such as c0.c5';
    if (high < low) return 'has a span of categories the wrong way round; put the lower one first';
    for (let category = low; category <= high; category += 1) {
      if (isMeant[category]) return 'names a category twice; name each once';
      isMeant[category] = true;
    }
  }
  return isMeant;
}

function showCategories(isMeant: readonly boolean[]): string {
  const spans: string[] = [];
  for (let low = 0; low < isMeant.length; low += 1) {
    if (!isMeant[low]) continue;
    let high = low;
    while (isMeant[high + 1]) high += 1;
    spans.push(low === high ? `c${low}` : `c${low}.c${high}`);
    low = high;
  }
  return spans.join(',');
}

function refused(because: string): RangeReading {
  return { kind: 'refused', because };
}

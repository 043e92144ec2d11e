// The check of `npm run check` finds what it is there for, planted.
import { describe, expect, it } from 'vitest';
import { findingsIn } from '../../tools/check-regexes.ts';

const PLANTED = `// a file: 한글
const quotes = text.replace(/^["']+|["']+$/g, '');
const nested = /^(a|ab|b)*$/.test(text);
const made = new RegExp('(x+x+)+y', 'i');
const built = RegExp('^' + name);
`;

describe('the check of regular expressions', () => {
  it('[CE2] finds those that take more than linear time, and those that cannot be judged', () => {
    expect(findingsIn('planted.ts', PLANTED)).toEqual([
      { line: 2, problem: expect.stringContaining('2nd degree polynomial') },
      { line: 3, problem: expect.stringContaining('exponential') },
      { line: 4, problem: expect.stringContaining('exponential') },
      { line: 5, problem: expect.stringContaining('cannot be judged') },
    ]);
  });

  it('[CE2] lets those pass that look at each character once', () => {
    const code = String.raw`const ok = [/^\d{1,15}:[^\s]{1,100}$/, /^bytes=(\d*)-(\d*)$/, new RegExp('^[a-z]+$')];`;
    expect(findingsIn('fine.tsx', code)).toEqual([]);
  });
});

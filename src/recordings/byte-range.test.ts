import { expect, it } from 'vitest';
import { byteRangeOf } from './byte-range.ts';

it('[RC8] understands one range of bytes, from either end', () => {
  expect(byteRangeOf('bytes=0-0', 10)).toEqual({ start: 0, end: 0 });
  expect(byteRangeOf('bytes=2-5', 10)).toEqual({ start: 2, end: 5 });
  expect(byteRangeOf('bytes=2-', 10)).toEqual({ start: 2, end: 9 });
  expect(byteRangeOf('bytes=2-999', 10)).toEqual({ start: 2, end: 9 });
  expect(byteRangeOf('bytes=-3', 10)).toEqual({ start: 7, end: 9 });
  expect(byteRangeOf('bytes=-30', 10)).toEqual({ start: 0, end: 9 });
});

it('[RC8] refuses what lies outside, and ignores what it does not understand', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) {
    expect(byteRangeOf(header, 10)).toBe('unsatisfiable');
  }
  expect(byteRangeOf('bytes=0-', 0)).toBe('unsatisfiable');
  expect(byteRangeOf('bytes=-1', 0)).toBe('unsatisfiable');
  const far = '9'.repeat(21);
  for (const header of [`bytes=${far}-`, `bytes=${far}-${far}`]) expect(byteRangeOf(header, 10)).toBe('unsatisfiable');
  expect(byteRangeOf(`bytes=3-${far}`, 10)).toEqual({ start: 3, end: 9 });
  expect(byteRangeOf(`bytes=-${far}`, 10)).toEqual({ start: 0, end: 9 });
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,4-5', 'items=0-1', 'bytes=1e1-']) {
    expect(byteRangeOf(header, 10)).toBe('whole');
  }
});

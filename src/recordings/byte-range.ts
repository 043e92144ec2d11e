// The Range header of RFC 9110 14.2, for one range of bytes. PURE.
import type { ByteRange } from './ports.ts';

/** `whole`: no range, or one that is not understood (to be ignored, says the RFC; several ranges too). */
export type RangeAnswer = 'whole' | 'unsatisfiable' | ByteRange;

export const byteRangeOf = (header: string | undefined, size: number): RangeAnswer => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
};

import { describe, expect, it } from 'vitest';
import { setWebmDuration } from './seekable-webm.ts';

const EBML = [0x1a, 0x45, 0xdf, 0xa3];
const pad = (count: number) => Array.from({ length: count }, () => 0xec);
const bytesOf = (...parts: number[][]) => new Uint8Array(parts.flat());

describe('the length of a streamed WebM', () => {
  it('goes into a field of eight bytes', () => {
    const bytes = bytesOf(EBML, pad(20), [0x44, 0x89, 0x88], [0, 0, 0, 0, 0, 0, 0, 0], pad(20));
    setWebmDuration(bytes, 36_000);
    expect(new DataView(bytes.buffer).getFloat64(27)).toBe(36_000);
    expect([...bytes.subarray(35)]).toEqual(pad(20));
  });

  it('goes into a field of four bytes', () => {
    const bytes = bytesOf(EBML, [0x44, 0x89, 0x84], [0x3f, 0x80, 0, 0], pad(20));
    setWebmDuration(bytes, 1_500);
    expect(new DataView(bytes.buffer).getFloat32(7)).toBe(1_500);
  });

  it('leaves other files and files without the field as they are', () => {
    const mp4 = bytesOf([0, 0, 0, 0x18], [0x44, 0x89, 0x88], pad(30));
    const bare = bytesOf(EBML, pad(40));
    const [mp4Before, bareBefore] = [[...mp4], [...bare]];
    setWebmDuration(mp4, 5);
    setWebmDuration(bare, 5);
    expect([...mp4]).toEqual(mp4Before);
    expect([...bare]).toEqual(bareBefore);
  });
});

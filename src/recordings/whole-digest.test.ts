import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoredChunk, StoredRecording } from './ports.ts';
import { createWholeDigest } from './whole-digest.ts';

const recording = (id: string, participantId = 'p') =>
  ({ id, participantId, path: `recordings/${id}` }) as StoredRecording;
const chunks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ index, digest: 'abc=' }) as StoredChunk);

const benchOf = () => {
  let [opened, open, most] = [0, 0, 0];
  const bench = { failing: false, opened: () => opened, mostAtOnce: () => most };
  const digestOf = createWholeDigest({
    async *open() {
      opened += 1;
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      if (bench.failing) {
        open -= 1;
        throw new Error('gone');
      }
      yield Buffer.from('x');
      open -= 1;
    },
  });
  return { ...bench, bench, digestOf };
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

describe('[CE3] the digest of a whole recording', () => {
  it('reads a recording once, however often and by however many at once it is asked for', async () => {
    const { digestOf, opened } = benchOf();
    const asked = Array.from({ length: 20 }, () => digestOf(recording('a'), chunks(3)));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([sha256('xxx')]));
    expect(await digestOf(recording('a'), chunks(3))).toBe(sha256('xxx'));
    expect(opened()).toBe(3);
  });

  it('reads again when a chunk was added', async () => {
    const { digestOf } = benchOf();
    await digestOf(recording('a'), chunks(1));
    expect(await digestOf(recording('a'), chunks(2))).toBe(sha256('xx'));
  });

  it('reads one recording of a participant at a time, others beside it', async () => {
    const { digestOf, mostAtOnce } = benchOf();
    await Promise.all(['a', 'b', 'c'].map((id) => digestOf(recording(id), chunks(2))));
    expect(mostAtOnce()).toBe(1);
    await Promise.all(['d', 'e'].map((id) => digestOf(recording(id, id), chunks(2))));
    expect(mostAtOnce()).toBe(2);
  });

  it('remembers no failure', async () => {
    const { digestOf, bench } = benchOf();
    bench.failing = true;
    await expect(digestOf(recording('a'), chunks(1))).rejects.toThrow('gone');
    bench.failing = false;
    expect(await digestOf(recording('a'), chunks(1))).toBe(sha256('x'));
  });
});

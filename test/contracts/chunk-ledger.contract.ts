// What every adapter of the ChunkLedger port must do.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChunkLedger, StoredChunk } from '../../src/recordings/ports.ts';

export interface ChunkLedgerUnderTest {
  readonly ledger: ChunkLedger;
  /** A recording as the journal makes it, in a room of its own unless one is named. */
  newRecording(fields?: {
    readonly roomId?: string;
    readonly participantId?: string;
    readonly take?: number;
  }): Promise<{
    readonly id: string;
    readonly roomId: string;
  }>;
  eraseRoom(roomId: string): Promise<void>;
  close(): Promise<void>;
}

const chunkOf = (index: number, fields: Partial<StoredChunk> = {}): StoredChunk => ({
  index,
  digest: `digest ${index}`,
  bytes: 10 + index,
  startedAt: 1_800_000_000_000.25,
  endedAt: 1_800_000_001_000.5,
  receivedAt: 1_800_000_001_020.75,
  ...fields,
});
const OUTCOME = { chunkCount: 2, digest: 'whole', bytes: 21, completedAt: 1_800_000_002_000 };

export const describeChunkLedger = (name: string, create: () => Promise<ChunkLedgerUnderTest>): void => {
  describe(`chunk ledger: ${name}`, () => {
    let under: ChunkLedgerUnderTest;
    let ledger: ChunkLedger;
    beforeAll(async () => {
      under = await create();
      ledger = under.ledger;
    });
    afterAll(() => under.close());

    it('gives chunks back as they were put, in the order of their indexes', async () => {
      const { id } = await under.newRecording();
      for (const index of [2, 99_999, 0]) expect(await ledger.addChunk(id, chunkOf(index))).toBe('added');
      await ledger.addChunk(id, chunkOf(5, { startedAt: -1, endedAt: -8.64e15 }));
      expect((await ledger.chunks(id)).map((chunk) => chunk.index)).toEqual([0, 2, 5, 99_999]);
      expect(await ledger.chunk(id, 2)).toEqual(chunkOf(2));
      expect(await ledger.chunk(id, 5)).toEqual(chunkOf(5, { startedAt: -1, endedAt: -8.64e15 }));
      expect(await ledger.chunk(id, 1)).toBeUndefined();
      expect(await ledger.recording(randomUUID())).toBeUndefined();
    });

    it('[RC13] sums what a participant has in all takes of a room, beyond what one column can hold', async () => {
      const first = await under.newRecording({ participantId: 'loud' });
      const { roomId } = first;
      const second = await under.newRecording({ roomId, participantId: 'loud', take: 1 });
      const other = await under.newRecording({ roomId, participantId: 'quiet' });
      const bytes = 2_000_000_000;
      for (const { id } of [first, second, other]) await ledger.addChunk(id, chunkOf(0, { bytes }));
      expect(await ledger.sumOf(roomId, 'loud')).toEqual({ bytes: 2 * bytes, chunks: 2 });
      expect(await ledger.sumOf(roomId, 'nobody')).toEqual({ bytes: 0, chunks: 0 });
    });

    it('[RC2] the first of an index wins, however many come at once', async () => {
      const { id } = await under.newRecording();
      const rivals = Array.from({ length: 10 }, (_, index) => chunkOf(0, { digest: `rival ${index}` }));
      const outcomes = await Promise.all(rivals.map((chunk) => ledger.addChunk(id, chunk)));
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(9);
      expect(await ledger.chunk(id, 0)).toEqual(rivals[outcomes.indexOf('added')]);
    });

    it('[RC6] is completed once, and takes no new chunk afterwards', async () => {
      const { id } = await under.newRecording();
      await ledger.addChunk(id, chunkOf(0));
      const outcomes = await Promise.all([ledger.complete(id, OUTCOME), ledger.complete(id, OUTCOME)]);
      expect(outcomes.sort()).toEqual([false, true]);
      expect(await ledger.recording(id)).toMatchObject(OUTCOME);
      expect(await ledger.addChunk(id, chunkOf(0))).toBe('exists');
      expect(await ledger.addChunk(id, chunkOf(1))).toBe('complete');
      expect(await ledger.complete(randomUUID(), OUTCOME)).toBe(false);
    });

    it('[RC6] is not completed without a chunk that was acknowledged, however close they race', async () => {
      for (let round = 0; round < 20; round += 1) {
        const { id } = await under.newRecording();
        await ledger.addChunk(id, chunkOf(0));
        const [added, completed] = await Promise.all([
          ledger.addChunk(id, chunkOf(1)),
          ledger.complete(id, { ...OUTCOME, chunkCount: 1 }),
        ]);
        expect([added, completed]).toEqual(completed ? ['complete', true] : ['added', false]);
      }
      const { id } = await under.newRecording();
      await ledger.addChunk(id, chunkOf(1));
      expect(await ledger.complete(id, { ...OUTCOME, chunkCount: 1 })).toBe(false);
    });

    it('knows when a recording is gone', async () => {
      const { id, roomId } = await under.newRecording();
      await ledger.addChunk(id, chunkOf(0));
      await under.eraseRoom(roomId);
      expect(await ledger.addChunk(id, chunkOf(1))).toBe('gone');
      expect(await ledger.recording(id)).toBeUndefined();
      expect(await ledger.chunks(id)).toEqual([]);
    });

    it('lists and counts a room, recordings without chunks too, and no other room', async () => {
      const first = await under.newRecording({ participantId: 'a', take: 1 });
      const { roomId } = first;
      const second = await under.newRecording({ roomId, participantId: 'a', take: 0 });
      const third = await under.newRecording({ roomId, participantId: 'b' });
      const elsewhere = await under.newRecording();
      for (const { id } of [first, elsewhere]) await ledger.addChunk(id, chunkOf(0));
      await ledger.addChunk(first.id, chunkOf(4));
      await ledger.addChunk(third.id, chunkOf(0));
      await ledger.complete(third.id, { ...OUTCOME, chunkCount: 1 });
      const listed = await ledger.recordingsOfRoom(roomId);
      expect(listed.map((one) => one.id)).toEqual([second.id, first.id, third.id]);
      const chunks = await ledger.chunksOfRoom(roomId);
      expect([...chunks.keys()].sort()).toEqual([first.id, third.id].sort());
      expect(chunks.get(first.id)).toEqual([chunkOf(0), chunkOf(4)]);
      const tallies = await ledger.talliesOfRoom(roomId);
      expect(tallies).toHaveLength(3);
      expect(tallies).toEqual(
        expect.arrayContaining([
          { participantId: 'a', chunks: 2, bytes: 24, highestIndex: 4 },
          { participantId: 'a', chunks: 0, bytes: 0, highestIndex: -1 },
          { participantId: 'b', chunks: 1, bytes: 10, highestIndex: 0, chunkCount: 1 },
        ]),
      );
    });
  });
};

// Whether one more chunk is taken: whether the disk has space, and whether its participant may store more.
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Refusal } from '../protocol/error-codes.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { audioAllowanceOf, weightOf } from './audio-allowance.ts';
import type { DiskReserve } from './disk-reserve.ts';
import type { ChunkLedger, StoredRecording } from './ports.ts';

/** Other nodes take chunks of the same participant too: the sum is read again this often. */
const SUM_HOLDS_MS = 30_000;
const MAX_SUMS = 2_000;
/** More than the allowance is taken only while this many reserves are free. */
const PLENTY = 2;
const FULL_RETRY_MS = 10_000;

interface StorageCeilingsOptions {
  readonly ledger: Pick<ChunkLedger, 'sumOf'>;
  readonly rooms: Pick<Rooms, 'state'>;
  readonly reserve: DiskReserve;
  readonly monotonic: () => number;
  readonly metrics: Registry;
  readonly log: Logger;
}

export interface StorageCeilings {
  /** The refusal of a new chunk of this recording, if there is one. */
  refusalOf(recording: StoredRecording): Promise<Refusal | undefined>;
  /** Whether no new chunk is taken, for want of room on the disk. */
  isFull(): Promise<boolean>;
  /** One more is durable. */
  added(recording: StoredRecording, bytes: number): void;
}

export const createStorageCeilings = (options: StorageCeilingsOptions): StorageCeilings => {
  const { ledger, rooms, reserve, monotonic, metrics, log } = options;
  const oversized = new Counter({
    name: 'trialogue_oversized_chunks_total',
    help: 'Chunks that were kept although their participant has more audio than the longest debate can be.',
    registers: [metrics],
  });
  new Gauge({
    name: 'trialogue_storage_free_bytes',
    help: 'Free on the disk of recordings.',
    registers: [metrics],
    async collect() {
      this.set((await reserve().catch(() => undefined))?.freeBytes ?? Number.NaN);
    },
  });
  new Gauge({
    name: 'trialogue_storage_reserve_bytes',
    help: 'Below so much free on the disk of recordings new chunks are refused.',
    registers: [metrics],
    async collect() {
      this.set((await reserve().catch(() => undefined))?.reserveBytes ?? Number.NaN);
    },
  });
  const sums = new Map<string, { bytes: number; readonly readAt: number; isLogged: boolean }>();

  const sumOf = async ({ roomId, participantId }: StoredRecording) => {
    const known = sums.get(participantId);
    if (known && monotonic() - known.readAt < SUM_HOLDS_MS) return known;
    const bytes = weightOf(await ledger.sumOf(roomId, participantId));
    const sum = { bytes, readAt: monotonic(), isLogged: known?.isLogged ?? false };
    sums.delete(participantId);
    sums.set(participantId, sum);
    const oldest = sums.keys().next().value;
    if (sums.size > MAX_SUMS && oldest !== undefined) sums.delete(oldest);
    return sum;
  };

  return {
    async refusalOf(recording) {
      const { freeBytes, reserveBytes } = await reserve();
      const full: Refusal = { code: 'storage_full', details: { retryAfterMs: FULL_RETRY_MS } };
      if (freeBytes < reserveBytes) return full;
      const [sum, room] = await Promise.all([sumOf(recording), rooms.state(recording.roomId)]);
      const { timeLimitMinutes } = room?.definition.content.settings ?? {};
      const { expectedBytes, mostBytes } = audioAllowanceOf(recording.mimeType, timeLimitMinutes);
      if (sum.bytes >= mostBytes) return { code: 'recording_too_large', details: { limit: mostBytes } };
      if (sum.bytes < expectedBytes) return undefined;
      if (freeBytes < PLENTY * reserveBytes) return full;
      oversized.inc();
      if (!sum.isLogged) {
        const { roomId, participantId } = recording;
        log.warn({ roomId, participantId, bytes: sum.bytes }, 'a participant has more audio than a debate can be');
        sum.isLogged = true;
      }
      return undefined;
    },
    async isFull() {
      const { freeBytes, reserveBytes } = await reserve();
      return freeBytes < reserveBytes;
    },
    added({ participantId }, bytes) {
      const sum = sums.get(participantId);
      if (sum) sum.bytes += weightOf({ bytes, chunks: 1 });
    },
  };
};

// Recordings that go on while something happens to the nodes: random bytes, uploaded by the real client's own uploader through
// whatever node the door of its owner leads to, and in the end held against what is stored.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createRecordingUpload } from '../../../src/client/index.ts';
import { type Attendee, persistently, researcherOf } from '../../support/cluster/cluster-room.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';

const MAX_CHUNK_BYTES = 16_384;

export interface LiveUploads {
  readonly chunks: number;
  /** Requests that got no answer and were repeated. */
  readonly unanswered: number;
  /** Ends and completes the recordings; resolves to what is wrong with what is stored. */
  finish(): Promise<string[]>;
}

/** Everybody begins at once; `pauseMs` lies between an acknowledged chunk and the next. */
export const openLiveUploads = (
  cluster: TestCluster,
  people: readonly Attendee[],
  { random, pauseMs }: { readonly random: () => number; readonly pauseMs: number },
): LiveUploads => {
  let stopping = false;
  let chunks = 0;
  let unanswered = 0;
  const fetchAndCount: typeof fetch = (...args) =>
    fetch(...args).catch((error: unknown) => {
      unanswered += 1;
      throw error;
    });

  const record = async ({ client, seat, door }: Attendee) => {
    const started = await client.startRecording('audio/webm');
    if (!started.ok) throw new Error(`no recording: ${started.error.code}`);
    const { recordingId } = started;
    const upload = createRecordingUpload({
      serverUrl: door.url,
      token: seat.token,
      recordingId,
      fetch: fetchAndCount,
    });
    const hash = createHash('sha256');
    let index = 0;
    await delay(random() * pauseMs);
    for (; !stopping; index += 1) {
      const startedAt = client.now();
      const bytes = new Uint8Array(randomBytes(1 + Math.floor(random() * MAX_CHUNK_BYTES)));
      await delay(pauseMs);
      const stored = await upload.add({ index, bytes, startedAt, endedAt: client.now() });
      if (!stored.ok) throw new Error(`chunk ${index} was refused: ${stored.error.code}`);
      hash.update(bytes);
      chunks += 1;
    }
    const stopped = await client.stopRecording(recordingId);
    if (!stopped.ok) throw new Error(`stopping was refused: ${stopped.error.code}`);
    const completed = await upload.complete(index);
    if (!completed.ok) throw new Error(`completing was refused: ${completed.error.code}`);
    return { recordingId, count: index, digest: hash.digest('base64') };
  };
  const recording = people.map(record);
  for (const each of recording) each.catch(() => {});

  const storedOf = async (recordingId: string) => {
    const { received } = await persistently(() => researcherOf(cluster).recording(recordingId));
    const audio = await fetch(`${cluster.url}/api/recordings/${recordingId}/audio`, {
      headers: { authorization: `Bearer ${cluster.researcherKey}` },
    });
    const hash = createHash('sha256').update(new Uint8Array(await audio.arrayBuffer()));
    return { received: received.length, digest: hash.digest('base64') };
  };

  return {
    get chunks() {
      return chunks;
    },
    get unanswered() {
      return unanswered;
    },
    async finish() {
      stopping = true;
      const problems: string[] = [];
      for (const { recordingId, count, digest } of await Promise.all(recording)) {
        const stored = await storedOf(recordingId);
        if (stored.received !== count) problems.push(`${recordingId}: ${stored.received} chunks of ${count}`);
        if (stored.digest !== digest) problems.push(`${recordingId}: other bytes than were recorded`);
      }
      return problems;
    },
  };
};

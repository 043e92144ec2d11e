// One track's fault is one track's: whatever is wrong with it, the others are asked, once, and the transcript says what is missing.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { chunkKeyOf } from '../../src/recordings/chunk-key.ts';
import { seedFinishedDebate, sha256Of } from '../support/jobs/finished-debate.ts';
import { createJobsBench } from '../support/jobs/jobs-bench.ts';
import { webmOf } from '../support/jobs/long-audio.ts';
import type { Fault } from '../support/jobs/openai-server.ts';

const bench = createJobsBench();

const VOICE = new Uint8Array(readFileSync(fileURLToPath(new URL('../fixtures/voices/first.webm', import.meta.url))));

const notesOf = async (roomId: string) => {
  const transcript = await bench.results.transcript(roomId);
  return {
    status: transcript?.status,
    speakers: transcript?.utterances.map((utterance) => utterance.seat),
    notes: transcript?.tracks?.map((track) => track.notes.map((note) => note.code)),
  };
};

const callsFor = (digest: string | undefined): number =>
  bench.ai.transcriptions.filter((audio) => audio.digest === digest).length;

describe('a take that cannot be used', () => {
  test.each([
    ['audio/pcm;format=s16le;channels=70000', 'audio_unsupported'],
    ['audio/pcm;rate=9999999999', 'audio_unsupported'],
    ['audio/pcm;rate=-5', 'audio_unsupported'],
  ])('[JB10] declared %s is noted, the others are paid once', async (mimeType, code) => {
    const debate = await seedFinishedDebate(bench.stores);
    const { recordingId } = debate.takes[1] ?? {};
    await bench.stores.pool.query('UPDATE recordings SET mime_type = $1 WHERE id = $2', [mimeType, recordingId]);
    await bench.startWorker();
    await bench.report(debate.roomId, 1);
    expect(await notesOf(debate.roomId)).toEqual({
      status: 'incomplete',
      speakers: [0, 2],
      notes: [[], [code], []],
    });
    const stage = await bench.stageIn(debate.roomId, 'transcribe', 'done');
    expect(stage.error).toMatchObject({ code, recordingId });
    expect(bench.ai.transcriptions).toHaveLength(2);
  });

  test('[JB10] a file that is missing in the storage is noted', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const take = debate.takes[0];
    if (!take) throw new Error('no take');
    const half = take.audio.slice(64);
    await bench.removeFile(chunkKeyOf(take.path, { index: 1, digest: sha256Of(half) }));
    await bench.startWorker();
    await bench.report(debate.roomId, 1);
    expect(await notesOf(debate.roomId)).toMatchObject({ speakers: [1, 2], notes: [['audio_missing'], [], []] });
    expect(bench.ai.transcriptions).toHaveLength(2);
  });

  test('[JB10] when nothing is left of any take the stage fails and says why', async () => {
    const debate = await seedFinishedDebate(bench.stores, { mimeType: 'audio/pcm;rate=-5' });
    await bench.startWorker();
    const failed = await bench.stageIn(debate.roomId, 'transcribe', 'failed');
    expect(failed.error?.code).toBe('audio_unsupported');
    expect(bench.ai.transcriptions).toEqual([]);
  });
});

describe('a track at which the service always fails', () => {
  const invalid: Fault = { type: 'body', body: { answer: 42 } };
  const broken: Fault = { type: 'status', status: 500 };

  test.each<[string, Fault, number, string, number]>([
    ['an odd shape, last', invalid, 2, 'invalid_answer', 2],
    ['an odd shape, first', invalid, 0, 'invalid_answer', 2],
    ['a refusal, first', { type: 'status', status: 400 }, 0, 'rejected', 1],
    ['an error in a 200, second', { type: 'body', body: { error: { code: 400, message: 'no' } } }, 1, 'rejected', 1],
  ])('[JB27] %s: its calls have an end, the others are asked once', async (_, fault, seat, code, calls) => {
    const debate = await seedFinishedDebate(bench.stores);
    const bad = debate.takes[seat]?.digest;
    bench.ai.refuseSpeech = (audio) => (audio.digest === bad ? fault : undefined);
    await bench.startWorker();
    await bench.report(debate.roomId, 1, 25_000);
    const { status, speakers, notes } = await notesOf(debate.roomId);
    expect([status, speakers, notes?.[seat]]).toEqual(['incomplete', [0, 1, 2].filter((one) => one !== seat), [code]]);
    expect(debate.takes.map((take) => callsFor(take.digest))).toEqual(
      debate.takes.map((take) => (take.digest === bad ? calls : 1)),
    );
  });

  test('[JB27] attempts are counted over restarts of the worker, and a re-run counts anew', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const bad = debate.takes[1];
    const count = async (attempts: number) =>
      bench.stores.pool.query(
        `INSERT INTO audio_attempts VALUES ($1, $2, 'whisper-1', '', $3, '{"code":"server_error","message":"x","retryAt":1}')`,
        [bad?.recordingId, bad?.digest, attempts],
      );
    await count(9);
    bench.ai.refuseSpeech = (audio) => (audio.digest === bad?.digest ? broken : undefined);
    const first = await bench.startWorker();
    await bench.report(debate.roomId, 1);
    expect(debate.takes.map((take) => callsFor(take.digest))).toEqual([1, 1, 1]);
    expect((await notesOf(debate.roomId)).notes).toEqual([[], ['server_error'], []]);
    await first.close();

    bench.ai.refuseSpeech = () => undefined;
    await bench.startWorker();
    await bench.rerun(debate.roomId);
    const second = await bench.report(debate.roomId, 2);
    expect(second).toMatchObject({ status: 'complete', transcriptRevision: 2 });
    expect(debate.takes.map((take) => callsFor(take.digest))).toEqual([1, 2, 1]);
  });

  test('[JB27] a used-up quota asks nobody further; what was heard is there, and a re-run asks the rest', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const body = { error: { code: 'insufficient_quota', message: 'x' } };
    bench.ai.failSpeech(undefined, { type: 'status', status: 429, body });
    await bench.startWorker();
    await bench.report(debate.roomId, 1);
    const { notes } = await notesOf(debate.roomId);
    expect(notes?.flat()).toEqual(['quota_exhausted', 'quota_exhausted']);
    expect(bench.ai.transcriptions).toHaveLength(2);
    await bench.rerun(debate.roomId);
    expect(await bench.report(debate.roomId, 2)).toMatchObject({ status: 'complete' });
    expect(bench.ai.transcriptions).toHaveLength(4);
  });
});

describe('audio beyond what a service takes', () => {
  test('[JB11] is sent in pieces that are smaller, and every word is where it was said', {
    timeout: 90_000,
  }, async () => {
    const seconds = 10_000;
    const whole = webmOf(VOICE, seconds);
    expect(whole.length).toBeGreaterThan(26_000_000);
    const debate = await seedFinishedDebate(bench.stores, {
      nicknames: ['Long', 'Short'],
      audioOf: (seat) => (seat === 0 ? whole : undefined),
      debateMs: seconds * 1_000,
    });
    const sizes: number[] = [];
    let begun = 0;
    bench.ai.speech = (audio) => {
      if (audio.bytes.length < 1_000) return [{ start: 0, end: 1, text: 'short' }];
      sizes.push(audio.bytes.length);
      begun += 1;
      return [{ start: 1, end: 2, text: `piece ${begun}` }];
    };
    await bench.startWorker({ timeoutMs: 60_000 });
    await bench.report(debate.roomId, 1, 80_000);
    const transcript = await bench.results.transcript(debate.roomId);
    expect(transcript?.status).toBe('complete');
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(25 * 1024 * 1024);
    expect(transcript?.tracks?.[0]).toMatchObject({ pieces: 2, answered: 2, notes: [] });
    const [first, second] = transcript?.utterances.filter((utterance) => utterance.seat === 0) ?? [];
    expect([first?.text, first?.fromMs]).toEqual(['piece 1', 1_000]);
    // The second piece begins at a whole second: the clusters are one second each.
    expect(second?.text).toBe('piece 2');
    expect((second?.fromMs ?? 0) % 1_000).toBe(0);
    expect(second?.fromMs).toBeGreaterThan(9_000_000);
  });

  test('[JB11] for a service that takes less, pieces are halved until it takes them', async () => {
    const debate = await seedFinishedDebate(bench.stores, {
      nicknames: ['Long'],
      audioOf: () => webmOf(VOICE, 60),
    });
    bench.ai.refuseSpeech = (audio) => (audio.bytes.length > 60_000 ? { type: 'status', status: 413 } : undefined);
    bench.ai.speech = (audio) => [{ start: 0.5, end: 1, text: `${audio.bytes.length}` }];
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'complete' });
    const transcript = await bench.results.transcript(debate.roomId);
    expect(transcript?.tracks?.[0]).toMatchObject({ pieces: 4, answered: 4 });
    expect(transcript?.utterances.map((utterance) => utterance.fromMs % 1_000)).toEqual([500, 500, 500, 500]);
    expect(bench.ai.transcriptions).toHaveLength(7);
  });

  test('[JB11] what cannot be cut is too large for its own track alone', { timeout: 60_000 }, async () => {
    const large = new Uint8Array(26 * 1024 * 1024);
    large.set(new TextEncoder().encode('ID3'));
    const debate = await seedFinishedDebate(bench.stores, { audioOf: (seat) => (seat === 1 ? large : undefined) });
    await bench.startWorker();
    await bench.report(debate.roomId, 1, 50_000);
    expect(await notesOf(debate.roomId)).toMatchObject({ speakers: [0, 2], notes: [[], ['audio_too_large'], []] });
    expect(bench.ai.transcriptions).toHaveLength(2);
  });
});

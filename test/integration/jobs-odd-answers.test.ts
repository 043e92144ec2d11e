// What becomes of a debate when the service answers oddly: no word is lost, nothing calls itself complete that is not.
import { describe, expect, test } from 'vitest';
import { type SeededDebate, seedFinishedDebate } from '../support/jobs/finished-debate.ts';
import { createJobsBench } from '../support/jobs/jobs-bench.ts';
import { type Fault, honestReportOf } from '../support/jobs/openai-server.ts';

const bench = createJobsBench();

/** Of the last seat alone. */
const oddly = (debate: SeededDebate, body: unknown): void => {
  const fault: Fault = { type: 'body', body };
  bench.ai.refuseSpeech = (audio) => (audio.digest === debate.takes.at(-1)?.digest ? fault : undefined);
};

describe('odd times', () => {
  test.each<[string, object, string]>([
    ['nanoseconds', { start: 2e8, end: 1.8e9 }, 'corrected'],
    ['milliseconds', { start: 2_000, end: 5_000 }, 'corrected'],
    ['seconds since 1970', { start: 1_764_000_000, end: 1_764_000_002 }, 'unknown'],
    ['an end of null', { start: 2, end: null }, 'corrected'],
    ['beyond the audio', { start: 900, end: 902 }, 'unknown'],
    ['none', {}, 'unknown'],
  ])('[JB22] %s: the words are in the transcript, marked', async (_, times, timing) => {
    const debate = await seedFinishedDebate(bench.stores);
    oddly(debate, { text: 'the last word', segments: [{ ...times, text: 'the last word' }] });
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'complete' });
    const transcript = await bench.results.transcript(debate.roomId);
    const utterance = transcript?.utterances.find((one) => one.seat === 2);
    expect(utterance).toMatchObject({ text: 'the last word', timing });
    expect(transcript?.tracks?.[2]?.words).toEqual({ kept: 3, silence: 0, outside: 0 });
    expect(bench.ai.transcriptions).toHaveLength(3);
  });
});

describe('a voice that is not in the transcript', () => {
  test('[JB21] whose words lie outside of the debate is no complete transcript, and they are counted', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const take = debate.takes[1];
    await bench.stores.pool.query(
      'UPDATE chunks SET started_at = started_at - 59000, ended_at = ended_at - 59000 WHERE recording_id = $1',
      [take?.recordingId],
    );
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'incomplete' });
    const track = (await bench.results.transcript(debate.roomId))?.tracks?.[1];
    expect(track).toMatchObject({ notes: [{ code: 'no_words' }], words: { kept: 0, silence: 0, outside: 3 } });
  });

  test('[JB21] that was recorded before the debate alone is noted, and not paid', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const id = debate.takes[1]?.recordingId;
    await bench.stores.pool.query(
      'UPDATE chunks SET started_at = started_at - 59000, ended_at = started_at - 58000 WHERE recording_id = $1',
      [id],
    );
    await bench.stores.pool.query(
      'UPDATE recordings SET started_at = started_at - 59000, ended_at = $2 WHERE id = $1',
      [id, debate.startedAt - 1],
    );
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'incomplete' });
    const notes = (await bench.results.transcript(debate.roomId))?.tracks?.[1]?.notes;
    expect(notes).toEqual([{ code: 'outside_debate' }, { code: 'no_words' }]);
    expect(bench.ai.transcriptions).toHaveLength(2);
  });
});

describe('answers that were kept', () => {
  const keptEmpty = async (debate: SeededDebate, form: string | null): Promise<void> => {
    const take = debate.takes[0];
    await bench.stores.pool.query(
      `INSERT INTO track_transcripts (recording_id, digest, model, language, segments, created_at, form)
       VALUES ($1, $2, 'whisper-1', 'en', '[]', 0, $3)`,
      [take?.recordingId, take?.digest, form],
    );
  };

  test('[JB26] an empty one of a former version is asked once more in a re-run, and then believed', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    await keptEmpty(debate, null);
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'incomplete' });
    expect(bench.ai.transcriptions).toHaveLength(2);
    await bench.rerun(debate.roomId);
    expect(await bench.report(debate.roomId, 2)).toMatchObject({ status: 'complete', transcriptRevision: 2 });
    expect(bench.ai.transcriptions).toHaveLength(3);
    await bench.rerun(debate.roomId);
    expect(await bench.report(debate.roomId, 3)).toMatchObject({ transcriptRevision: 2 });
    expect(bench.ai.transcriptions).toHaveLength(3);
  });

  test('[JB26] all are asked again when a re-run is to forget them', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    await bench.startWorker();
    await bench.report(debate.roomId, 1);
    bench.ai.speech = () => [{ start: 1, end: 2, text: 'better words' }];
    await bench.rerun(debate.roomId, { forgetAnswers: true });
    expect(await bench.report(debate.roomId, 2)).toMatchObject({ transcriptRevision: 2 });
    expect(bench.ai.transcriptions).toHaveLength(6);
    expect((await bench.results.transcript(debate.roomId))?.utterances[0]?.text).toBe('better words');
  });

  test('[JB24] an error inside a 200 is tried again and never kept as an answer', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    bench.ai.failSpeech({ type: 'body', body: { error: { message: 'out of memory' } } });
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ status: 'complete' });
    expect(bench.ai.transcriptions).toHaveLength(4);
  });
});

describe('a service that is able to less', () => {
  test('[JB23] is told in transcript and report, and is asked for it at once by the next worker', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const refused = (what: string): Fault => ({
      type: 'status',
      status: 400,
      body: { error: { message: `${what} is not supported` } },
    });
    bench.ai.refuseSpeech = (audio) =>
      audio.fields.response_format === 'verbose_json' ? refused('response_format verbose_json') : undefined;
    bench.ai.refuseChat = (request) => (request.response_format ? refused('response_format') : undefined);
    bench.ai.chat = (request) => `<think>Hm.</think>${JSON.stringify(honestReportOf(request))}`;
    const first = await bench.startWorker();
    const report = await bench.report(debate.roomId, 1);
    expect(report.provenance.answerForm).toBe('plain');
    const tracks = (await bench.results.transcript(debate.roomId))?.tracks;
    expect(tracks?.map((track) => track.forms)).toEqual([['json'], ['json'], ['json']]);
    expect([bench.ai.transcriptions.length, bench.ai.chats.length]).toEqual([4, 3]);
    await first.close();

    await bench.startWorker();
    await bench.rerun(debate.roomId, { forgetAnswers: true });
    await bench.report(debate.roomId, 2);
    expect([bench.ai.transcriptions.length, bench.ai.chats.length]).toEqual([7, 4]);
  });
});

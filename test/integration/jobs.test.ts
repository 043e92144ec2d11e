// From a finished debate in the database to the report, with the real queue, database and storage, and a local AI service.
import { describe, expect, test } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { askForJob, finishTake, type SeededDebate, seedFinishedDebate } from '../support/jobs/finished-debate.ts';
import { createJobsBench } from '../support/jobs/jobs-bench.ts';
import type { ReceivedAudio } from '../support/jobs/openai-server.ts';
import { API_KEY } from '../support/jobs/test-worker.ts';

const bench = createJobsBench();

const seatOf = (debate: SeededDebate, audio: ReceivedAudio): number =>
  debate.takes.findIndex((take) => take.digest === audio.digest);

/** Each speaker says one sentence, in order of seat, 10 s apart. */
const speakInTurn = (debate: SeededDebate): void => {
  bench.ai.speech = (audio) => {
    const seat = seatOf(debate, audio);
    const start = 5 + seat * 10;
    return [{ start, end: start + 4, text: ` Seat ${seat} speaks. ` }];
  };
};

describe('from the end of a debate to its report', () => {
  test('[JB1] every take is transcribed once, merged on the room clock and analysed', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    speakInTurn(debate);
    const worker = await bench.startWorker();
    const report = await bench.report(debate.roomId, 1);
    await bench.stageIn(debate.roomId, 'analyse', 'done');

    const { transcriptions } = bench.ai;
    expect(transcriptions.map((audio) => audio.digest).sort()).toEqual(debate.takes.map((take) => take.digest).sort());
    expect(transcriptions[0]?.fields).toMatchObject({
      model: 'whisper-1',
      language: 'en',
      response_format: 'verbose_json',
    });
    expect(transcriptions[0]).toMatchObject({ fileName: 'audio.webm', authorization: `Bearer ${API_KEY}` });
    const transcript = await bench.results.transcript(debate.roomId);
    expect(transcript?.status).toBe('complete');
    expect(transcript?.utterances.map((one) => [one.id, one.seat, one.fromMs, one.toMs, one.page, one.text])).toEqual([
      ['u1', 0, 5_000, 9_000, 0, 'Seat 0 speaks.'],
      ['u2', 1, 15_000, 19_000, 0, 'Seat 1 speaks.'],
      ['u3', 2, 25_000, 29_000, 1, 'Seat 2 speaks.'],
    ]);
    expect(report).toMatchObject({ supported: true, status: 'complete', rejectedStatements: 0, transcriptRevision: 1 });
    expect(report.participants.map((one) => [one.nickname, one.position?.utteranceIds])).toEqual([
      ['Mina', ['u1']],
      ['Joon', ['u2']],
      ['Sora', ['u3']],
    ]);
    expect(report.participants[0]?.choices).toHaveLength(1);
    expect(report.provenance).toMatchObject({ model: 'gpt-test', promptTokens: 1_000, completionTokens: 200 });
    expect(report.provenance.promptVersion).toMatch(/^debate-report\/\d+#[0-9a-f]{12}$/);
    expect((await bench.results.stages(debate.roomId)).map((one) => [one.stage, one.state, one.progress])).toEqual([
      ['recordings', 'done', 1],
      ['transcribe', 'done', 1],
      ['analyse', 'done', 1],
    ]);
    expect(await worker.registry.metrics()).toContain('trialogue_job_stages_total{stage="analyse",result="done"} 1');
  });

  test.each([
    ['an hour ahead', 3_600_000],
    ['nine hours ahead', 9 * 3_600_000],
    ['nine hours behind', -9 * 3_600_000],
    ['seven minutes behind', -7 * 60_000],
  ])('[RC11] a voice that was stamped by a clock %s stands in the transcript where it was spoken', async (_, off) => {
    const debate = await seedFinishedDebate(bench.stores, { clockOffMs: [0, off, 0] });
    speakInTurn(debate);
    await bench.startWorker();
    await bench.stageIn(debate.roomId, 'analyse', 'done');
    const transcript = await bench.results.transcript(debate.roomId);
    expect(transcript?.utterances.map((one) => [one.seat, one.fromMs, one.toMs])).toEqual([
      [0, 5_000, 9_000],
      [1, 15_000, 19_000],
      [2, 25_000, 29_000],
    ]);
  });

  test('[JB2] asking again pays nothing, a re-run pays the analysis alone and makes a new revision', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    speakInTurn(debate);
    await bench.startWorker();
    await bench.report(debate.roomId, 1);
    const before = [
      await bench.stageIn(debate.roomId, 'analyse', 'done'),
      await bench.stage(debate.roomId, 'transcribe'),
    ];
    await askForJob(bench.stores.pool, debate.roomId, 'once more');
    await eventually('both jobs are done', async () => {
      const states = await bench.queued(debate.roomId);
      return states.length === 2 && states.every((state) => state === 'completed');
    });
    expect([bench.ai.transcriptions.length, bench.ai.chats.length]).toEqual([3, 1]);
    expect([await bench.stage(debate.roomId, 'analyse'), await bench.stage(debate.roomId, 'transcribe')]).toEqual(
      before,
    );

    await bench.rerun(debate.roomId);
    const second = await bench.report(debate.roomId, 2);
    expect(second.transcriptRevision).toBe(1);
    expect([bench.ai.transcriptions.length, bench.ai.chats.length]).toEqual([3, 2]);
  });

  test('[JB3] uploads are waited for until their time is over; a late one makes new revisions', async () => {
    const debate = await seedFinishedDebate(bench.stores, {
      unfinished: [2],
      content: { settings: { uploadTimeoutMs: 3_000 } },
    });
    bench.ai.speech = (audio) => [{ start: 1, end: 2, text: `${audio.bytes.length} bytes` }];
    await bench.startWorker();
    await bench.stageIn(debate.roomId, 'recordings', 'waiting');
    expect(await bench.results.report(debate.roomId)).toBeUndefined();

    const first = await bench.report(debate.roomId, 1);
    expect(first.status).toBe('incomplete');
    const sizes = (await bench.results.transcript(debate.roomId))?.utterances.map((utterance) => utterance.text);
    expect(sizes).toEqual(['128 bytes', '128 bytes', '64 bytes']);

    await finishTake(bench.stores, debate, 2);
    await askForJob(bench.stores.pool, debate.roomId, 'completed');
    const second = await bench.report(debate.roomId, 2);
    expect(second).toMatchObject({ status: 'complete', transcriptRevision: 2 });
    expect(bench.ai.transcriptions).toHaveLength(4);
  });

  test('[JB3] what somebody was still to upload who was removed is not waited for', async () => {
    const debate = await seedFinishedDebate(bench.stores, { unfinished: [2], removed: [2] });
    speakInTurn(debate);
    await bench.startWorker();
    expect((await bench.report(debate.roomId, 1)).status).toBe('incomplete');
    expect(bench.ai.transcriptions).toHaveLength(3);
  });

  test.each([-4_000, 4_000])('[JB3] also by a worker whose clock is %i ms off the database’s', async (clockSkewMs) => {
    const debate = await seedFinishedDebate(bench.stores, {
      unfinished: [2],
      content: { settings: { uploadTimeoutMs: 1_000 } },
    });
    await bench.startWorker({ clockSkewMs });
    expect((await bench.report(debate.roomId, 1)).status).toBe('incomplete');
  });

  test('[JB4] without a key the stages say not_configured; with one the re-run carries them through', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    const keyless = await bench.startWorker({ aiUrl: undefined });
    await bench.stageIn(debate.roomId, 'transcribe', 'not_configured');
    await bench.stageIn(debate.roomId, 'analyse', 'not_configured');
    expect((await bench.stage(debate.roomId, 'recordings')).state).toBe('done');
    await keyless.close();

    await bench.startWorker();
    await bench.rerun(debate.roomId);
    expect((await bench.report(debate.roomId, 1)).supported).toBe(true);
  });

  test('[JB5] a debate in which nobody spoke gives an empty transcript and a report that says so, unpaid', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    bench.ai.speech = () => [{ start: 1, end: 3, text: 'Thanks for watching!', no_speech_prob: 0.95 }];
    await bench.startWorker();
    const report = await bench.report(debate.roomId, 1);
    expect(report).toMatchObject({ supported: false, status: 'incomplete', rejectedStatements: 0 });
    const transcript = await bench.results.transcript(debate.roomId);
    expect(transcript?.utterances).toEqual([]);
    expect(transcript?.tracks?.map((track) => [track.words.silence, track.notes])).toEqual(
      debate.takes.map(() => [3, [{ code: 'no_words' }]]),
    );
    expect(bench.ai.chats).toEqual([]);
  });

  test('[JB6] a recording without a byte is no track and costs no call', async () => {
    const debate = await seedFinishedDebate(bench.stores, { chunkBytes: 0 });
    await bench.startWorker();
    expect((await bench.report(debate.roomId, 1)).supported).toBe(false);
    expect(bench.ai.transcriptions).toEqual([]);
  });
});

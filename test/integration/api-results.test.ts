// What researchers get of a room: its results in every format, and its live stream.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobsAnswer } from '../../src/protocol/job-answers.ts';
import type { Report } from '../../src/protocol/report.ts';
import type { RoomAnswer } from '../../src/protocol/room-answers.ts';
import type { Transcript } from '../../src/protocol/transcript.ts';
import { type ApiClient, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

describe('results', () => {
  const transcriptOf = (roomId: string, revision: number): Transcript => ({
    roomId,
    revision,
    createdAt: 1,
    startedAt: 0,
    endedAt: 10_000,
    language: 'ko',
    model: 'whisper-1',
    status: 'complete',
    utterances: [
      {
        id: 'u1',
        participantId: 'p1',
        seat: 0,
        nickname: '하나',
        recordingId: 'r1',
        startsAt: 1_000,
        endsAt: 2_000,
        fromMs: 1_000,
        toMs: 2_000,
        page: 0,
        text: `revision ${revision}`,
      },
    ],
  });
  const reportOf = (roomId: string): Report => ({
    roomId,
    revision: 1,
    transcriptRevision: 2,
    createdAt: 1,
    status: 'complete',
    language: 'ko',
    supported: true,
    participants: [],
    agreements: [{ text: 'They agree.', utteranceIds: ['u1'] }],
    disagreements: [],
    rejectedStatements: 0,
    provenance: {
      model: 'gpt-4o',
      promptVersion: '1',
      promptTokens: 1,
      completionTokens: 1,
      startedAt: 1,
      finishedAt: 2,
    },
  });

  it('[JB8] tells the stage while nothing is there, then gives the latest revision in every format', async () => {
    const room = await api.newRoom();
    const path = `/api/rooms/${room.id}`;
    const jobs = await api.researcher<JobsAnswer>('GET', `${path}/jobs`);
    expect(jobs.body.stages.map((stage) => [stage.stage, stage.state])).toEqual([
      ['recordings', 'waiting'],
      ['transcribe', 'waiting'],
      ['analyse', 'waiting'],
    ]);
    for (const [what, code] of [
      ['transcript', 'transcript_not_ready'],
      ['report', 'report_not_ready'],
    ]) {
      const { status, body } = await api.researcher<ErrorBody>('GET', `${path}/${what}`);
      expect([status, body.error.code, body.error.details]).toEqual([
        404,
        code,
        { stage: 'recordings', state: 'waiting' },
      ]);
    }
    for (const revision of [1, 2]) {
      await server.prisma.transcript.create({
        data: {
          roomId: room.id,
          revision,
          inputKey: `${revision}`,
          createdAt: 1,
          content: JSON.parse(JSON.stringify(transcriptOf(room.id, revision))),
        },
      });
    }
    const content = JSON.parse(JSON.stringify(reportOf(room.id)));
    await server.prisma.report.create({
      data: { roomId: room.id, revision: 1, transcriptRevision: 2, inputKey: '1', createdAt: 1, content },
    });
    expect((await api.researcher('GET', `${path}/transcript`)).body).toEqual(transcriptOf(room.id, 2));
    const vtt = await api.researcher<string>('GET', `${path}/transcript?format=vtt`);
    expect(vtt.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    expect(vtt.body).toMatch(/^WEBVTT\n[\s\S]*revision 2/);
    expect((await api.researcher<string>('GET', `${path}/transcript?format=txt`)).body).toContain('revision 2');
    expect((await api.researcher('GET', `${path}/report`)).body).toEqual(reportOf(room.id));
    const md = await api.researcher<string>('GET', `${path}/report?format=md`);
    expect(md.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(md.body).toContain('They agree');
    expect((await api.researcher('GET', `${path}/transcript?format=doc`)).status).toBe(422);
  });

  it('asks the worker again only after the end, once per call', async () => {
    const { room, start } = await api.pair();
    const path = `/api/rooms/${room.id}`;
    const early = await api.researcher<ErrorBody>('POST', `${path}/analysis`);
    expect([early.status, early.body.error.code]).toEqual([409, 'room_not_ended']);
    await start();
    await api.researcher('POST', `${path}/end`);
    const asked = await Promise.all([1, 2].map(() => api.researcher<JobsAnswer>('POST', `${path}/analysis`)));
    expect(asked.map((answer) => answer.status)).toEqual([202, 202]);
    expect(asked[0]?.body.stages).toHaveLength(3);
    const keys = (await server.prisma.outbox.findMany({ where: { roomId: room.id } }))
      .map((row) => row.key)
      .filter((key) => key.startsWith(`${room.id}:rerun:`));
    expect(new Set(keys).size).toBe(2);
    const unstarted = await api.newRoom();
    const path2 = `/api/rooms/${unstarted.id}`;
    expect((await api.researcher<{ phase: string }>('POST', `${path2}/end`)).body.phase).toBe('ended');
    expect((await api.researcher('POST', `${path2}/analysis`)).status).toBe(202);
  });
});

describe('the live stream', () => {
  /** Reads frames of server-sent events, one after another. */
  const framesOf = async (roomId: string) => {
    const path = `/api/rooms/${roomId}/stream`;
    const { body } = await api.researcher<{ access: string }>('POST', '/api/access', { path });
    const hangUp = new AbortController();
    const response = await fetch(`${server.url}${path}?access=${body.access}`, { signal: hangUp.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    return {
      response,
      hangUp: () => hangUp.abort(),
      /** Undefined at the end of the stream. */
      async next(): Promise<RoomAnswer | undefined> {
        for (;;) {
          const end = text.indexOf('\n\n');
          if (end >= 0) {
            const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
            text = text.slice(end + 2);
            if (data) return JSON.parse(data) as RoomAnswer;
            continue;
          }
          const read = await reader?.read();
          if (!read || read.done) return undefined;
          text += read.value;
        }
      },
    };
  };

  it('[JN11] tells the room at once and after every change: joins, uploads, the end', async () => {
    const { room, seats, start } = await api.pair();
    const stream = await framesOf(room.id);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const until = async (accepts: (frame: RoomAnswer) => boolean): Promise<RoomAnswer> => {
      for (;;) {
        const frame = await stream.next();
        if (!frame) throw new Error('the stream ended before what was waited for');
        if (accepts(frame)) return frame;
      }
    };
    const first = await stream.next();
    expect(first).toMatchObject({ id: room.id, phase: 'waiting', participants: [{ seat: 0 }, { seat: 1 }] });
    expect(first?.participants[0]).toMatchObject({ nickname: 'Somebody', presence: 'invited', isHost: true });
    await start();
    const running = await until((frame) => frame.phase === 'running');
    expect(running.participants.map((one) => one.presence)).toEqual(['connected', 'connected']);
    const [seat] = seats;
    const recordingId = await api.startRecording(seat);
    await until((frame) => frame.participants[0]?.recording === true);
    await api.putChunk(seat, { recordingId, index: 1, bytes: Buffer.from('12345') });
    const uploading = await until((frame) => (frame.participants[0]?.upload.chunks ?? 0) > 0);
    expect(uploading.participants[0]?.upload).toEqual({ chunks: 1, bytes: 5, pending: 1, complete: false });
    await api.researcher('POST', `/api/rooms/${room.id}/end`);
    expect((await until((frame) => frame.phase === 'ended')).endedAt).toBeDefined();
    const read = await api.researcher<RoomAnswer>('GET', `/api/rooms/${room.id}`);
    expect(read.body.participants.map((one) => one.recording)).toEqual([false, false]);
    stream.hangUp();
  });

  it('[JN11] gives everything back when the reader leaves, and ends when the server stops', async () => {
    const room = await api.newRoom();
    const original = server.rooms.watch;
    let watching = 0;
    server.rooms.watch = (id, onChange) => {
      const unwatch = original(id, onChange);
      watching += 1;
      return () => {
        watching -= 1;
        unwatch();
      };
    };
    const streams = await Promise.all(Array.from({ length: 5 }, () => framesOf(room.id)));
    for (const stream of streams) expect((await stream.next())?.id).toBe(room.id);
    expect(watching).toBe(5);
    const [last, ...others] = streams;
    for (const stream of others) stream.hangUp();
    await expect.poll(() => watching).toBe(1);
    server.stopping.abort();
    expect(await last?.next()).toBeUndefined();
    expect(watching).toBe(0);
    server.rooms.watch = original;
  });
});

// Whatever our own client sends, the server's schemas take, at the extremes of each producer: telemetry is sent and not asked
// after, so that a refusal would be noticed by nobody.
import { describe, expect, it, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { completeRecordingSchema } from '../../protocol/recording-answers.ts';
import { joinSchema } from '../../protocol/rest.ts';
import {
  type SessionCommandName,
  type SessionMessageName,
  type SessionTelemetryName,
  sessionCommandSchemas,
  sessionTelemetrySchemas,
} from '../../protocol/session-messages.ts';
import { instanceSchema, signalSchema } from '../../protocol/signaling-messages.ts';
import { createRoomClock } from '../clock/clock.ts';
import { clockReportOf } from '../clock/clock-report.ts';
import { createClockSync } from '../clock/clock-sync.ts';
import { createShownReport } from '../clock/shown-report.ts';
import { createId } from '../id.ts';
import { createRecordingUpload } from '../recording/recording-upload.ts';
import { createMemorySpool } from '../recording/spool.ts';
import { createTake } from '../recording/take.ts';
import { createAnswers } from '../session/answers.ts';
import { createCommandQueue } from '../session/command-queue.ts';
import { keptAnswersOf } from '../session/kept-answers.ts';
import { createRoomCommands, type RoomCommands } from '../session/room-commands.ts';
import { createSession } from '../session/session.ts';
import { createLinkStats } from '../voice/link-stats.ts';
import { createVoiceReport } from '../voice/voice-report.ts';
import type { Fetch } from './api-call.ts';
import { joinRoom } from './join.ts';

const schemas = { ...sessionCommandSchemas, ...sessionTelemetrySchemas };

/** As it comes out of the other end of a socket. */
const overTheWire = (body: unknown): unknown => JSON.parse(JSON.stringify(body));

const taken = (name: SessionMessageName, body: unknown): void => {
  const parsed = schemas[name].safeParse(overTheWire(body));
  expect(parsed.success, `${name} ${JSON.stringify(body)}: ${parsed.error?.message}`).toBe(true);
};

const { POSITIVE_INFINITY: INFINITE, NaN: NOT_A_NUMBER, MAX_VALUE, MIN_VALUE } = Number;
const EXTREMES = [0, -0, -1, 0.1, 1e12, 1e13, 8.64e15, 1e300, MAX_VALUE, -MAX_VALUE, MIN_VALUE];
const UNKNOWNS = [INFINITE, -INFINITE, NOT_A_NUMBER];

describe('[CK1] clock:report is taken', () => {
  it.each([...EXTREMES, ...UNKNOWNS])('with every measure %d', (ms) => {
    const state = { rttMs: ms, uncertaintyMs: ms, offsetMs: ms, synced: true, spreadMs: ms };
    taken('clock:report', clockReportOf(state, ms));
    taken('clock:report', clockReportOf({ ...state, spreadMs: undefined }, ms));
  });

  it('before the first answer', () => {
    taken('clock:report', clockReportOf(createRoomClock(() => 0).state, INFINITE));
  });

  it.each([
    ['of today', Date.UTC(2026, 10, 29), 12.5],
    ['that stands in 1970', 0, Date.UTC(2026, 10, 29)],
    ['that says 2099', Date.UTC(2099, 0, 1), -2.27e12],
  ])('from a machine with a wall clock %s', (_, wall, offsetMs) => {
    const time = createVirtualTime();
    const clock = createRoomClock(() => time.now(), wall);
    const reports: unknown[] = [];
    const sync = createClockSync({
      clock,
      time,
      random: () => 0.5,
      ping: (answered) => time.after(7, () => answered({ serverTime: wall + offsetMs, version: 1 })),
      report: (state) => reports.push(clockReportOf(state, offsetMs)),
      onSample() {},
      onTimeout() {},
    });
    sync.start();
    time.runUntil(time.now() + 120_000);
    expect(reports.length).toBeGreaterThan(3);
    for (const report of reports) taken('clock:report', report);
  });

  it.each([
    [9e15, 8.64e15],
    [-9e15, -8.64e15],
    [1.7e12, 1.7e12],
    [null, null],
    ['1e999', 8.64e15],
  ])('of whoever sends the offset %j: kept as %j', (offsetMs, kept) => {
    const body = JSON.parse(`{"rttMs":1,"uncertaintyMs":1,"offsetMs":${offsetMs}}`);
    expect(sessionTelemetrySchemas['clock:report'].parse(body).offsetMs).toBe(kept);
  });

  it.each(['"12"', '{}', '[]', 'true'])('never with %s for a number', (value) => {
    const body = JSON.parse(`{"rttMs":1,"uncertaintyMs":1,"offsetMs":${value}}`);
    expect(sessionTelemetrySchemas['clock:report'].safeParse(body).success).toBe(false);
  });
});

describe('[CK1] link:report is taken', () => {
  const STATES = ['waiting', 'new', 'connecting', 'connected', 'disconnected', 'failed', 'closed'] as const;
  const measures: [string, Record<string, unknown>[]][] = [
    ['nothing measured', []],
    ['duplicates: fewer than nothing lost', [{ type: 'inbound-rtp', kind: 'audio', packetsLost: -3 }]],
    ...[...EXTREMES, ...UNKNOWNS].map((value): [string, Record<string, unknown>[]] => [
      `every number ${value}`,
      [
        { type: 'inbound-rtp', kind: 'audio', packetsLost: value, bytesReceived: value, totalAudioEnergy: value },
        { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: value },
      ],
    ]),
  ];
  it.each(measures)('%s', async (_, report) => {
    for (const state of STATES) {
      const connection = { connectionState: state, getReceivers: () => [], getStats: async () => report };
      const stats = createLinkStats(connection as unknown as Parameters<typeof createLinkStats>[0]);
      const { audible, rttMs, packetsLost } = await stats.read();
      taken('link:report', { participantId: createId(), state, rttMs, packetsLost, audible });
    }
  });
});

test('[CK1] page:shown is taken, whatever instant an app gives', () => {
  const time = createVirtualTime();
  const sent: { page: number; shownAt: number }[] = [];
  const report = createShownReport(time, (page, shownAt) => sent.push({ page, shownAt }));
  for (const shownAt of [...EXTREMES, ...UNKNOWNS]) {
    report.shown(3, 1_700_000_000_000.25);
    report.confirm(3, shownAt);
  }
  expect(sent).toHaveLength(EXTREMES.length + UNKNOWNS.length);
  for (const body of sent) taken('page:shown', body);
});

test('[CK1] voice:status is taken', () => {
  const sent: unknown[] = [];
  const report = createVoiceReport(createVirtualTime(), (status) => sent.push(status));
  report.set({ micOn: true, speaking: false });
  expect(sent).toHaveLength(1);
  for (const body of sent) taken('voice:status', body);
});

test('[CK1] clock:ping and room:sync are taken', () => {
  const time = createVirtualTime();
  const sent: [SessionTelemetryName, unknown][] = [];
  const listeners = { onRoom() {}, onReplaced() {}, onRefused() {}, onPending() {}, onSilence() {} };
  const emit = (name: string, body: unknown) => sent.push([name as SessionTelemetryName, body]);
  const session = createSession({ time, random: () => 0.5, createId, emit, listeners });
  session.up();
  const room = { participants: [], pages: [], choices: {} };
  session.message('room:snapshot', { version: 0, serverTime: 0, room });
  session.tell('clock:ping', {});
  session.noteVersion(Number.MAX_SAFE_INTEGER);
  time.runUntil(time.now() + 10_000);
  expect(sent.map(([name]) => name)).toEqual(expect.arrayContaining(['clock:ping', 'room:sync']));
  for (const [name, body] of sent) taken(name, body);
});

describe('[CK1] commands are taken', () => {
  const asks: [string, (commands: RoomCommands) => unknown][] = [
    ['next page', (commands) => commands.turnPage('next')],
    ['previous page', (commands) => commands.turnPage('previous')],
    ['a page by number', (commands) => commands.turnPage(-1)],
    ['one option', (commands) => commands.submitChoice('q', 'yes')],
    ['no option', (commands) => commands.submitChoice('q', [])],
    ['a number', (commands) => commands.submitChoice('q', -1e300)],
    ['an empty text', (commands) => commands.submitChoice('q', '')],
    ['a long text', (commands) => commands.submitChoice('q', '😀'.repeat(10_000))],
    ['a text cut within a character', (commands) => commands.submitChoice('q', '가😀'.slice(0, 2))],
    ['a text with NUL', (commands) => commands.submitChoice('q', 'a\0b')],
    ['mute', (commands) => commands.mute(createId())],
    ['unmute', (commands) => commands.unmute()],
    ['remove', (commands) => commands.remove(createId())],
    ['end', (commands) => commands.endDebate()],
    ['record', (commands) => commands.startRecording('audio/webm;codecs=opus')],
    ['stop recording', (commands) => commands.stopRecording(createId())],
  ];
  it.each(asks)('%s', (_, ask) => {
    const sent: [SessionCommandName, unknown][] = [];
    const queue = createCommandQueue({
      time: createVirtualTime(),
      random: () => 0.5,
      createId,
      language: () => 'ko',
      emit: (name, body) => sent.push([name, body]),
      onRefused() {},
      onChange() {},
      onSilence() {},
    });
    queue.resume();
    const view = { page: 7 } as never;
    const answers = createAnswers({ send: queue.send, createId, keptOf: keptAnswersOf, onChange() {} });
    const session = { send: queue.send, replica: { view } as never };
    ask(createRoomCommands({ session, answers, now: () => 1_700_000_000_000.25, onUnmuted() {} }));
    expect(sent).toHaveLength(1);
    for (const [name, body] of sent) taken(name, body);
  });

  it('of a take: started, stopped', async () => {
    const sent: [SessionCommandName, unknown][] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const take = createTake({
      take: {
        takeId: createId(),
        owner: 'room/me',
        mimeType: 'audio/mp4',
        commandId: createId(),
        capturedAt: 1.7e12 + 0.25,
      },
      left: [],
      spool: createMemorySpool(),
      time: createVirtualTime(),
      send: (async (name: SessionCommandName, body: unknown) => {
        sent.push([name, body]);
        return { ok: true, recordingId: createId(), path: 'p', startedAt: 0, endedAt: 1, durationMs: 1 };
      }) as never,
      createUpload: () => ({ add: async () => ({ ok: true }), complete: async () => ({ ok: true }), retryNow() {} }),
      onProgress: () => {},
      onOver: finish,
    });
    take.end();
    await finished;
    expect(sent.map(([name]) => name)).toEqual(['recording:start', 'recording:stop']);
    for (const [name, body] of sent) taken(name, body);
  });
});

describe('[CK1] signals are taken', () => {
  it.each([
    ['an offer', { description: { type: 'offer', sdp: 'v=0' } }],
    ['an answer', { description: { type: 'answer', sdp: 'v=0' } }],
    ['a wish for an offer', { description: { type: 'rollback' } }],
    [
      'a candidate',
      { candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'abcd' } },
    ],
    [
      'a candidate of a browser that names nothing else',
      { candidate: { candidate: 'candidate:1', sdpMid: null, sdpMLineIndex: null, usernameFragment: null } },
    ],
  ])('%s', (_, content) => {
    const parsed = signalSchema.safeParse(overTheWire({ to: createId(), epoch: 0, ...content }));
    expect(parsed.error?.message).toBeUndefined();
  });

  it('of a page that names itself', () => expect(instanceSchema.safeParse(createId()).success).toBe(true));
});

describe('[CK1] requests are taken', () => {
  const sentBy = async (ask: (fetch: Fetch) => Promise<unknown>): Promise<RequestInit[]> => {
    const sent: RequestInit[] = [];
    const fetch: Fetch = async (_, init = {}) => {
      sent.push(init);
      return Response.json({ index: 0, id: 'r' });
    };
    await ask(fetch);
    return sent;
  };

  it.each(['Mina', '😀'.repeat(40), 'a\uD83D', 'nul\0'])('joining as %j', async (nickname) => {
    const joinKey = createId();
    const [sent] = await sentBy((fetch) => joinRoom({ serverUrl: '', code: 'ab cd', nickname, joinKey, fetch }));
    expect(joinSchema.safeParse(JSON.parse(String(sent?.body))).error?.message).toBeUndefined();
  });

  it.each([...EXTREMES.filter((ms) => Math.abs(ms) <= 8.64e15), 1_700_000_000_000.25])(
    'a chunk stamped %d',
    async (startedAt) => {
      const chunk = { index: 0, bytes: new Uint8Array([1]), startedAt, endedAt: startedAt };
      const [sent] = await sentBy((fetch) =>
        createRecordingUpload({ serverUrl: '', token: 't', recordingId: 'r', fetch }).add(chunk),
      );
      const headers = new Headers(sent?.headers);
      // What src/recordings/ingest.ts takes for an instant.
      for (const name of ['chunk-started-at', 'chunk-ended-at'])
        expect(headers.get(name)).toMatch(/^-?\d{1,16}(\.\d{1,20})?$/);
    },
  );

  it.each([0, 1, 100_000])('the end of a take of %d chunks', async (chunkCount) => {
    const [sent] = await sentBy((fetch) =>
      createRecordingUpload({ serverUrl: '', token: 't', recordingId: 'r', fetch }).complete(chunkCount),
    );
    expect(completeRecordingSchema.safeParse(JSON.parse(String(sent?.body))).success).toBe(true);
  });
});

// What tests of the API do again and again: call, make a room, sit people down, start a debate, record.
import { createHash, randomUUID } from 'node:crypto';
import type { JoinAnswer } from '../../../src/protocol/join-answers.ts';
import type { RecordingAnswer } from '../../../src/protocol/recording-answers.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import type { CreatedRoom, StudyAnswer } from '../../../src/protocol/study-answers.ts';
import { type ApiServer, RESEARCHER_KEY } from './api-server.ts';

export const SMALL_STUDY: StudyInput = {
  title: 'A study',
  pages: [{ title: 'One', questions: [{ id: 'q1', prompt: 'Yes?', kind: 'single', options: ['yes', 'no'] }] }],
  settings: { countdownMs: 500, graceMs: 60_000 },
};

export interface Called<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly retryAfterMs?: number;
    readonly details?: Record<string, unknown>;
    readonly requestId: string;
  };
}

export interface CallOptions {
  /** `undefined`: nobody. */
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

export const chunkHeaders = (bytes: Uint8Array, startedAt = Date.now()): Record<string, string> => ({
  'content-digest': `sha-256=:${sha256Of(bytes)}:`,
  'chunk-started-at': String(startedAt),
  'chunk-ended-at': String(startedAt + 1_000),
});

export const createApiClient = ({ url, rooms }: ApiServer) => {
  const call = async <Body>(
    method: string,
    path: string,
    { token, body, headers }: CallOptions = {},
  ): Promise<Called<Body>> => {
    const bytes = body instanceof Uint8Array || typeof body === 'string';
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !bytes && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: bytes ? (body as Uint8Array<ArrayBuffer> | string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  };

  const researcher = <Body>(method: string, path: string, body?: unknown) =>
    call<Body>(method, path, { token: RESEARCHER_KEY, body });

  const newStudy = async (study: StudyInput = SMALL_STUDY) =>
    (await researcher<StudyAnswer>('POST', '/api/studies', study)).body;

  const newRoom = async (study?: StudyInput): Promise<CreatedRoom> => {
    const { id } = await newStudy(study);
    const made = await researcher<{ rooms: CreatedRoom[] }>('POST', `/api/studies/${id}/rooms`, {});
    const room = made.body.rooms[0];
    if (!room) throw new Error(`no room was made: ${JSON.stringify(made.body)}`);
    return room;
  };

  const join = (code: string, fields: Record<string, unknown> = {}, token?: string) =>
    call<JoinAnswer & ErrorBody>('POST', '/api/join', { token, body: { code, nickname: 'Somebody', ...fields } });

  const startRecording = async (seat: JoinAnswer, mimeType = 'audio/webm'): Promise<string> => {
    const recordingId = randomUUID();
    const path = `recordings/2026-11-20/${seat.room.id}/${recordingId}`;
    const result = await rooms.handle(seat.room.id, {
      type: 'start_recording',
      by: seat.participant.id,
      recordingId,
      mimeType,
      path,
    });
    if (!result.ok) throw new Error(result.refusal.code);
    return recordingId;
  };

  /** A participant with an open recording. */
  const recordingSeat = async (study?: StudyInput) => {
    const room = await newRoom(study);
    const { body: seat } = await join(room.code);
    return { room, seat, recordingId: await startRecording(seat) };
  };

  /** Two people with seats in a room for two; `start` connects both and resolves to the instant their debate began. */
  const pair = async (settings: StudyInput['settings'] = {}) => {
    const room = await newRoom({ ...SMALL_STUDY, settings: { ...SMALL_STUDY.settings, roomSize: 2, ...settings } });
    const seats = [(await join(room.code)).body, (await join(room.code)).body] as const;
    const start = async (): Promise<number> => {
      const started = new Promise<number>((resolve) => {
        const unwatch = rooms.watch(room.id, (state) => {
          if (state?.startedAt === undefined) return;
          unwatch();
          resolve(state.startedAt);
        });
      });
      for (const { participant } of seats) {
        await rooms.handle(room.id, { type: 'connect', by: participant.id, bootId: 'test' });
      }
      return started;
    };
    return { room, seats, start };
  };

  const putChunk = (
    { token }: JoinAnswer,
    chunk: { readonly recordingId: string; readonly index: number | string; readonly bytes: Uint8Array },
    headers: Readonly<Record<string, string>> = chunkHeaders(chunk.bytes),
  ) =>
    call<ErrorBody & { index: number }>('PUT', `/api/recordings/${chunk.recordingId}/chunks/${chunk.index}`, {
      token,
      body: chunk.bytes,
      headers,
    });

  const complete = ({ token }: JoinAnswer, recordingId: string, body: unknown) =>
    call<RecordingAnswer & ErrorBody>('POST', `/api/recordings/${recordingId}/complete`, { token, body });

  const audio = async (recordingId: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${url}/api/recordings/${recordingId}/audio`, {
      headers: { authorization: `Bearer ${RESEARCHER_KEY}`, ...headers },
    });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  return { call, researcher, newStudy, newRoom, join, startRecording, recordingSeat, pair, putChunk, complete, audio };
};

export type ApiClient = ReturnType<typeof createApiClient>;

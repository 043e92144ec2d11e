// The researcher's calls, one method per route of the REST API.
import type { AccessAnswer, ApiKeyAnswer } from '../../protocol/access-answers.ts';
import type { ListAnswer } from '../../protocol/answer-fields.ts';
import type { LatestChoice } from '../../protocol/choices.ts';
import type { JobsAnswer } from '../../protocol/job-answers.ts';
import type { Language } from '../../protocol/languages.ts';
import type { RoomPhase } from '../../protocol/phases.ts';
import type { ParticipantRecordings, RecordingAnswer } from '../../protocol/recording-answers.ts';
import type { Report } from '../../protocol/report.ts';
import type { AnalysisRequest } from '../../protocol/rest.ts';
import type { EventsAnswer, RoomAnswer, RoomListItem } from '../../protocol/room-answers.ts';
import type { StudyInput } from '../../protocol/study.ts';
import type { CreatedRoom, StudyAnswer } from '../../protocol/study-answers.ts';
import type { TelemetryItems, TelemetryKind } from '../../protocol/telemetry.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import { type ApiCall, apiPath, callApi, type Fetch, queryOf } from './api-call.ts';
import { type RoomListeners, watchRoomStream } from './room-stream.ts';

export type StudyPatch = Partial<Omit<StudyInput, 'settings'>> & { readonly settings?: Record<string, unknown> };

/** Every call rejects with ApiRefusal. */
export interface ResearcherApi {
  createStudy(study: StudyInput): Promise<StudyAnswer>;
  studies(): Promise<ListAnswer<StudyAnswer>>;
  study(studyId: string): Promise<StudyAnswer>;
  patchStudy(studyId: string, patch: StudyPatch): Promise<StudyAnswer>;
  createRooms(
    studyId: string,
    options?: { count?: number; label?: string; description?: string },
  ): Promise<{ rooms: CreatedRoom[] }>;
  rooms(query?: {
    studyId?: string;
    phase?: RoomPhase;
    cursor?: string;
    limit?: number;
  }): Promise<ListAnswer<RoomListItem>>;
  room(roomId: string): Promise<RoomAnswer>;
  endRoom(roomId: string): Promise<void>;
  eraseRoom(roomId: string): Promise<void>;
  recordings(roomId: string): Promise<ListAnswer<ParticipantRecordings>>;
  recording(recordingId: string): Promise<RecordingAnswer>;
  jobs(roomId: string): Promise<JobsAnswer>;
  rerunAnalysis(roomId: string, request?: AnalysisRequest): Promise<void>;
  transcript(roomId: string): Promise<Transcript>;
  report(roomId: string): Promise<Report>;
  /** The latest answer of each participant to each question; every revision is in `paths.choicesCsv`. */
  choices(roomId: string): Promise<{ items: LatestChoice[] }>;
  events(roomId: string, query?: { cursor?: string; limit?: number }): Promise<EventsAnswer>;
  /** What clients measured, oldest first, page by page. */
  telemetry<Kind extends TelemetryKind>(
    roomId: string,
    kind: Kind,
    query?: { cursor?: string; limit?: number },
  ): Promise<ListAnswer<TelemetryItems[Kind]>>;
  apiKeys(): Promise<ListAnswer<ApiKeyAnswer>>;
  createApiKey(name: string): Promise<ApiKeyAnswer>;
  revokeApiKey(keyId: string): Promise<void>;
  /** A link that opens `path` (starting with /api/) without headers, for audio elements and downloads; short-lived. */
  accessUrl(path: string): Promise<string>;
  /** Paths for accessUrl. */
  paths: {
    audio(recordingId: string): string;
    transcript(roomId: string, format: 'json' | 'vtt' | 'txt'): string;
    report(roomId: string, format: 'json' | 'md'): string;
    choicesCsv(roomId: string): string;
    telemetryCsv(roomId: string, kind: TelemetryKind): string;
    roomsCsv(studyId: string): string;
  };
  /**
   * The live room: calls back with every frame until the returned function is called or the room is gone for good;
   * renews its access on reconnect.
   */
  watchRoom(roomId: string, listeners: RoomListeners): () => void;
}

export interface ResearcherOptions {
  /** Origin of the server; '' is the page's own. */
  readonly serverUrl: string;
  readonly key: string;
  /** Of the messages of refusals; without it the browser's own. */
  readonly language?: Language;
  readonly fetch?: Fetch;
}

export const createResearcherApi = (options: ResearcherOptions): ResearcherApi => {
  const { serverUrl, key } = options;
  const base = {
    serverUrl,
    token: key,
    ...(options.language === undefined ? {} : { language: options.language }),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };
  const call = <Answer>(path: string, rest: Partial<ApiCall> = {}): Promise<Answer> =>
    callApi<Answer>({ ...base, path, ...rest });
  const post = <Answer>(path: string, body: unknown = {}) => call<Answer>(path, { method: 'POST', body });

  const accessUrl = async (path: string): Promise<string> => {
    const { token } = await post<AccessAnswer>('/api/access', { path });
    const separator = path.includes('?') ? '&' : '?';
    return `${serverUrl.replace(/\/$/, '')}${path}${separator}access=${encodeURIComponent(token)}`;
  };

  const room = (roomId: string) => call<RoomAnswer>(apiPath`/api/rooms/${roomId}`);

  /** Access to a path is given whether or not there is something: whether there is a room still has to be asked. */
  const streamUrl = async (roomId: string): Promise<string> => {
    await room(roomId);
    return accessUrl(apiPath`/api/rooms/${roomId}/stream`);
  };

  return {
    createStudy: (study) => post('/api/studies', study),
    studies: () => call('/api/studies'),
    study: (studyId) => call(apiPath`/api/studies/${studyId}`),
    patchStudy: (studyId, patch) => call(apiPath`/api/studies/${studyId}`, { method: 'PATCH', body: patch }),
    createRooms: (studyId, rooms) => post(apiPath`/api/studies/${studyId}/rooms`, rooms),
    rooms: (query = {}) => call(`/api/rooms${queryOf(query)}`),
    room,
    endRoom: (roomId) => post(apiPath`/api/rooms/${roomId}/end`),
    eraseRoom: (roomId) => call(apiPath`/api/rooms/${roomId}`, { method: 'DELETE' }),
    recordings: (roomId) => call(apiPath`/api/rooms/${roomId}/recordings`),
    recording: (recordingId) => call(apiPath`/api/recordings/${recordingId}`),
    jobs: (roomId) => call(apiPath`/api/rooms/${roomId}/jobs`),
    rerunAnalysis: (roomId, request = {}) => post(apiPath`/api/rooms/${roomId}/analysis`, request),
    transcript: (roomId) => call(apiPath`/api/rooms/${roomId}/transcript`),
    report: (roomId) => call(apiPath`/api/rooms/${roomId}/report`),
    choices: (roomId) => call(apiPath`/api/rooms/${roomId}/choices`),
    telemetry: (roomId, kind, query = {}) =>
      call(`${apiPath`/api/rooms/${roomId}/telemetry`}${queryOf({ kind, ...query })}`),
    events: (roomId, query = {}) => call(apiPath`/api/rooms/${roomId}/events` + queryOf(query)),
    apiKeys: () => call('/api/keys'),
    createApiKey: (name) => post('/api/keys', { name }),
    revokeApiKey: (keyId) => call(apiPath`/api/keys/${keyId}`, { method: 'DELETE' }),
    accessUrl,
    paths: {
      audio: (recordingId) => apiPath`/api/recordings/${recordingId}/audio`,
      transcript: (roomId, format) => apiPath`/api/rooms/${roomId}/transcript?format=${format}`,
      report: (roomId, format) => apiPath`/api/rooms/${roomId}/report?format=${format}`,
      choicesCsv: (roomId) => apiPath`/api/rooms/${roomId}/choices.csv`,
      telemetryCsv: (roomId, kind) => `${apiPath`/api/rooms/${roomId}/telemetry`}?kind=${kind}&format=csv`,
      roomsCsv: (studyId) => apiPath`/api/studies/${studyId}/rooms.csv`,
    },
    watchRoom: (roomId, listeners) => watchRoomStream({ url: () => streamUrl(roomId), ...listeners }),
  };
};

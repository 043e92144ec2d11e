// The researcher's calls, one method per route of the REST API. Types first: the calls follow protocol/rest.ts.

import type {
  ApiKeyAnswer,
  CreatedRoom,
  EventsAnswer,
  JobsAnswer,
  ListAnswer,
  ParticipantRecordings,
  RecordingAnswer,
  RoomAnswer,
  RoomListItem,
  StudyAnswer,
} from '../protocol/rest.ts';
import type { RoomPhase } from '../protocol/room-view.ts';
import type { StudyInput } from '../protocol/study.ts';
import type { Report, Transcript } from '../protocol/transcript.ts';

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
  rerunAnalysis(roomId: string): Promise<void>;
  transcript(roomId: string): Promise<Transcript>;
  report(roomId: string): Promise<Report>;
  events(roomId: string, query?: { cursor?: string; limit?: number }): Promise<EventsAnswer>;
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
    roomsCsv(studyId: string): string;
  };
  /** The live room: calls back with every frame until the returned function is called; renews its access on reconnect. */
  watchRoom(
    roomId: string,
    listeners: { onRoom: (room: RoomAnswer) => void; onState?: (state: 'live' | 'reconnecting') => void },
  ): () => void;
}

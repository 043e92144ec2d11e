// The room as a researcher sees it: state, microphones and received chunks in, one frame out.
import type { RoomAnswer, RoomListItem, RoomParticipantAnswer } from '../protocol/room-answers.ts';
import { recordingNowOf, shownVoiceOf, type Voices } from './shown-media.ts';
import type { ParticipantState, RoomState } from './state.ts';

/** How far the upload of one participant is, over all takes. */
export type UploadState = RoomParticipantAnswer['upload'];

export interface ResearcherViewInput {
  readonly state: RoomState;
  readonly room: Pick<RoomListItem, 'joinUrl' | 'label' | 'description'>;
  readonly voices: Voices;
  /** By participant id. */
  readonly uploads: ReadonlyMap<string, UploadState>;
  readonly wrongPins: number;
}

const NOTHING_UPLOADED: UploadState = { chunks: 0, bytes: 0, pending: 0, complete: false };

const presenceOf = (participant: ParticipantState): RoomParticipantAnswer['presence'] => {
  if (participant.standing !== 'seated') return participant.standing;
  if (participant.connection) return 'connected';
  return participant.epoch === 0 ? 'invited' : 'away';
};

export const researcherViewOf = ({ state, room, voices, uploads, wrongPins }: ResearcherViewInput): RoomAnswer => {
  const { definition, phase, version, page, startsAt, startedAt, endedAt } = state;
  const { content } = definition;
  const recording = recordingNowOf(state);
  const participants = Object.values(state.participants)
    .sort((a, b) => a.seat - b.seat || a.joinedAt - b.joinedAt)
    .map((one) => ({
      id: one.id,
      seat: one.seat,
      nickname: one.nickname,
      ...(one.externalId !== undefined && { externalId: one.externalId }),
      ...(one.unusableId !== undefined && { unusableId: one.unusableId }),
      isHost: state.hostId === one.id,
      presence: presenceOf(one),
      ...(one.graceUntil !== undefined && { graceUntil: one.graceUntil }),
      ...shownVoiceOf(one, voices.get(one.id)),
      muted: one.muted,
      recording: recording.has(one.id),
      upload: uploads.get(one.id) ?? NOTHING_UPLOADED,
    }));
  return {
    id: definition.roomId,
    code: definition.code,
    joinUrl: room.joinUrl,
    studyId: definition.studyId,
    studyVersion: definition.studyVersion,
    title: content.title,
    ...(room.label !== undefined && { label: room.label }),
    ...(room.description !== undefined && { description: room.description }),
    phase,
    version,
    page,
    pageCount: content.pages.length,
    roomSize: content.settings.roomSize,
    createdAt: definition.createdAt,
    expiresAt: definition.expiresAt,
    ...(startsAt !== undefined && { startsAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(wrongPins > 0 && { wrongPins }),
    participants,
  };
};

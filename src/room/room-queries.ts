// Questions about a room that deciding, evolving and viewing share. Ids may come from clients, so lookups see own keys only:
// "__proto__" must find nothing.
import type { CommandConnection } from './commands.ts';
import type { ParticipantState, RecordingState, RoomState } from './state.ts';

export const ownOf = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

export const participantOf = (state: RoomState, id: string): ParticipantState | undefined =>
  ownOf(state.participants, id);

export const isSeated = (participant: ParticipantState): boolean => participant.standing === 'seated';
/** Whoever left before the start gave the seat up; after it a seat stays its owner's. */
export const holdsSeat = (participant: ParticipantState): boolean =>
  participant.standing === 'seated' || (participant.standing === 'left' && participant.seatGivenUp !== true);

export const hasStarted = (state: RoomState): boolean => state.startedAt !== undefined;
export const isOver = (state: RoomState): boolean => state.phase === 'ended' || state.phase === 'expired';

export const seatedOf = (state: RoomState): ParticipantState[] => Object.values(state.participants).filter(isSeated);
export const connectedOf = (state: RoomState): ParticipantState[] =>
  seatedOf(state).filter((participant) => participant.connection !== undefined);

/** Whether this is the connection that counts for the participant. Once a room is over presence stands still: the last one counts. */
export const isLiveConnection = (state: RoomState, { participantId, epoch }: CommandConnection): boolean => {
  const participant = participantOf(state, participantId);
  return (isOver(state) ? participant?.epoch : participant?.connection?.epoch) === epoch;
};

export const isEverySeatConnected = (state: RoomState): boolean =>
  connectedOf(state).length === state.definition.content.settings.roomSize;

/** The lowest seat that nobody holds; `preferred` if that one is free. */
export const freeSeatOf = (state: RoomState, preferred?: number): number | undefined => {
  const taken = new Set(
    Object.values(state.participants)
      .filter(holdsSeat)
      .map((participant) => participant.seat),
  );
  if (preferred !== undefined && !taken.has(preferred)) return preferred;
  const { roomSize } = state.definition.content.settings;
  for (let seat = 0; seat < roomSize; seat++) if (!taken.has(seat)) return seat;
  return undefined;
};

/** Undefined when there is none, or it is another's. */
export const ownRecordingOf = (
  state: RoomState,
  participantId: string,
  recordingId: string,
): RecordingState | undefined => {
  const recording = ownOf(state.recordings, recordingId);
  return recording?.participantId === participantId ? recording : undefined;
};

export const openRecordingOf = (state: RoomState, participantId: string): RecordingState | undefined =>
  Object.values(state.recordings).find(
    (recording) => recording.participantId === participantId && recording.endedAt === undefined,
  );

/** Who was muted unmutes by switching the microphone on; a report that was still on its way when the mute came is no switch. */
export const unmutesBySwitchingOn = (
  state: RoomState,
  participantId: string,
  before: { readonly micOn: boolean } | undefined,
  now: { readonly micOn: boolean },
): boolean => state.participants[participantId]?.muted === true && now.micOn && !before?.micOn;

// What a front end sees of a room: the state that it draws, and the events that it may act on. Types only.
import type { ErrorCode } from '../protocol/error-codes.ts';
import type { RoomView, VisibleRoomEvent } from '../protocol/room-view.ts';
import type { SessionCommandName } from '../protocol/session-messages.ts';
import type { ChoiceValue } from '../protocol/study.ts';

/**
 * connecting: first time. reconnecting: comes back by itself. replaced: the same person is connected elsewhere;
 * `connect()` takes over again. refused: no retry will help, see `refusal`. ended: `close()` was called.
 */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'replaced' | 'refused' | 'ended';

export interface ClockState {
  /** Room clock minus local clock. */
  readonly offsetMs: number;
  /** Half the best round trip plus what the clocks may have drifted since. */
  readonly uncertaintyMs: number;
  /** The quickest round trip of the last minutes. */
  readonly rttMs: number;
  /** How much longer than the quickest nine of ten round trips take at most; undefined while there was only one. */
  readonly spreadMs: number | undefined;
  /** False until the first burst of pings is in. */
  readonly synced: boolean;
}

export interface LinkState {
  readonly participantId: string;
  /**
   * `disconnected` may heal by itself; nothing is torn down. `failed` is tried again and again, too; with a TURN server that is
   * away or refuses the credentials it is all there is. `waiting`: no peer connection yet.
   */
  readonly state: 'waiting' | 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';
  /** Whether this participant's voice arrives here; null while not known. */
  readonly audible: boolean | null;
  /** Whether it sounds right now, measured on the received audio. */
  readonly sounding: boolean;
  readonly rttMs: number | null;
  readonly packetsLost: number | null;
}

export interface UploadProgress {
  /** A take is being captured right now. */
  readonly capturing: boolean;
  readonly queuedChunks: number;
  readonly queuedBytes: number;
  readonly uploadedChunks: number;
  /** Something is captured, queued or still to be completed: wait. */
  readonly sending: boolean;
  /** Takes that the server has refused for good, or that the browser does not give out. They stay in this browser: `keptRecordings()`, `sendRecordingsAgain()`. */
  readonly keptTakes: number;
  /** Some of the talk was not captured, or is lost: it is neither here nor on the server. */
  readonly lacking: boolean;
  /** All that was captured is on the server, and every take is completed there. */
  readonly complete: boolean;
  /** What could not be stored for good, if anything. `capture_failed`: nothing is recorded until the microphone is opened again. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** What is not on the server of one take, playable with its first chunk. */
export interface KeptRecording {
  readonly mimeType: string;
  /** Room clock. */
  readonly startedAt: number;
  readonly bytes: Blob;
}

export interface RefusedAnswer {
  readonly questionId: string;
  readonly value: ChoiceValue;
  readonly message: string;
}

export interface AnswersProgress {
  /** Given, and not yet acknowledged. */
  readonly pending: number;
  /** The latest answer to each of these questions was refused for good, though it fits its question. */
  readonly refused: readonly RefusedAnswer[];
}

export interface RoomClientState {
  readonly connection: ConnectionState;
  /** With `refused`. */
  readonly refusal?: { readonly code: ErrorCode; readonly message: string };
  /**
   * The room as it is to be shown: `page` and `phase` change at their instants on the room clock, not when their
   * message comes in. Undefined until the first snapshot; kept while reconnecting.
   */
  readonly room?: RoomView;
  /** Equals `room.page`. */
  readonly shownPage: number;
  /** The page that the server has committed: ahead of shownPage until it turns. */
  readonly committedPage: number;
  readonly clock: ClockState;
  /** By participant id, without oneself. Empty without media. */
  readonly links: Readonly<Record<string, LinkState>>;
  readonly upload: UploadProgress;
  readonly microphone: { readonly on: boolean; readonly speaking: boolean };
  readonly answers: AnswersProgress;
  /** Commands sent or queued, not yet answered. */
  readonly pendingCommands: number;
}

export interface CommandRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

export interface RoomClientEvents {
  /** After every change of `state`; several changes of one turn of the event loop come as one. */
  change: RoomClientState;
  /** The debate starts: show it now. `lateMs`: how long after the instant this came. */
  start: { readonly startsAt: number; readonly lateMs: number };
  /** Show this page now. */
  page: { readonly page: number; readonly turnsAt: number; readonly lateMs: number };
  /** Every event of every commit, in order, when it comes in. */
  event: { readonly event: VisibleRoomEvent; readonly version: number; readonly at: number };
  /** Play this stream; null: it is gone. A new stream replaces the former. Told once: listen before `connect()`. */
  remoteAudio: { readonly participantId: string; readonly stream: MediaStream | null };
  /** A command was refused for good. Its promise resolves with the same refusal. */
  refused: { readonly command: SessionCommandName; readonly refusal: CommandRefusal };
  /** The host muted the viewer; the microphone is off already. */
  muted: { readonly by: string };
}

// The client SDK: the only door into src/client. No framework, no server code; runs in browsers, and without media in Node.

import type { IceServer, JoinAnswer, JoinInfo } from '../protocol/rest.ts';
import type { SessionAnswers } from '../protocol/session-messages.ts';
import type { ChoiceValue, ConsentItem } from '../protocol/study.ts';
import type { CommandRefusal, RoomClientEvents, RoomClientState } from './client-state.ts';

export type * from './client-state.ts';

/** A refusal or failure of a REST call. `code` is `network` when no answer came at all. */
export declare class ApiRefusal extends Error {
  readonly code: import('../protocol/error-codes.ts').ErrorCode | 'network';
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly details?: unknown;
  readonly requestId?: string;
}

export interface JoinOptions {
  /** Origin of the server; '' is the page's own. */
  readonly serverUrl: string;
  readonly code: string;
  readonly nickname: string;
  readonly pin?: string;
  readonly externalId?: string;
  /** A UUID that the front end keeps, so that a lost answer takes no second seat. See `createId()`. */
  readonly joinKey?: string;
  /** Ids of the items agreed to. */
  readonly consent?: readonly ConsentItem['id'][];
  /** Of an earlier join: finds the same seat again. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}
/** Rejects with ApiRefusal. */
export declare function joinRoom(options: JoinOptions): Promise<JoinAnswer>;
export declare function joinInfo(serverUrl: string, code: string): Promise<JoinInfo>;
/** A random UUID, also on plain http where crypto.randomUUID is missing. */
export declare function createId(): string;

// ---------------------------------------------------------------------------------------------- environment
export type EnvironmentProblem =
  | 'insecure_context'
  | 'in_app_browser'
  | 'no_microphone_api'
  | 'no_media_recorder'
  | 'no_webrtc';
export interface Environment {
  /** Nothing stands in the way of talking. An in-app browser alone is a warning: ok stays true when everything else is there. */
  readonly ok: boolean;
  readonly problems: readonly EnvironmentProblem[];
  /** KakaoTalk, Instagram, LINE, NAVER, Facebook, ... */
  readonly inAppBrowser?: string;
}
export declare function checkEnvironment(): Environment;

// ---------------------------------------------------------------------------------------------- microphone
export type MicrophoneProblem = 'denied' | 'not_found' | 'in_use' | 'unsupported' | 'unknown';
export interface MicrophoneDevice {
  readonly deviceId: string;
  readonly label: string;
}
export interface MicrophoneState {
  readonly status: 'closed' | 'opening' | 'open' | 'failed';
  readonly problem?: MicrophoneProblem;
  readonly deviceId?: string;
  readonly devices: readonly MicrophoneDevice[];
  readonly on: boolean;
  readonly speaking: boolean;
  /** The level meter cannot run before the user has touched the page: call `resume()` in a click handler. */
  readonly needsGesture: boolean;
}
export interface MicrophoneEvents {
  change: MicrophoneState;
  /** About 20 times a second while open, 0 to 1 on a scale made for meters. */
  level: number;
  /** The track to send: a new one after a change of device, null when closed or unplugged. */
  track: MediaStreamTrack | null;
}
export interface Microphone {
  readonly state: MicrophoneState;
  readonly track: MediaStreamTrack | null;
  on<K extends keyof MicrophoneEvents>(event: K, listener: (payload: MicrophoneEvents[K]) => void): () => void;
  /** Asks for permission if needed. Resolves to the new state; never rejects. Call again with a deviceId to change. */
  open(deviceId?: string): Promise<MicrophoneState>;
  resume(): Promise<void>;
  setOn(on: boolean): void;
  close(): void;
}
/** Usable before joining for the microphone check, then given to createRoomClient. */
export declare function createMicrophone(): Microphone;

// ---------------------------------------------------------------------------------------------- room client
export type CommandResult<Fields> =
  | ({ readonly ok: true } & Fields)
  | { readonly ok: false; readonly error: CommandRefusal };

export interface RoomClientOptions {
  readonly serverUrl: string;
  readonly token: string;
  readonly iceServers?: readonly IceServer[];
  readonly iceTransportPolicy?: 'all' | 'relay';
  /** With it the client talks and records; without it a browser only listens. */
  readonly microphone?: Microphone;
  /** False: no mesh and no recorder. Default: wherever the browser has WebRTC. */
  readonly media?: boolean;
}

export interface RoomClient {
  readonly state: RoomClientState;
  on<K extends keyof RoomClientEvents>(event: K, listener: (payload: RoomClientEvents[K]) => void): () => void;
  /** Starts, or takes over again after `replaced`. */
  connect(): void;
  /** Leaves the sockets and the mesh; resolves when the timers are gone. Uploads of finished takes go on until done or the page goes. */
  close(): Promise<void>;
  /** Room clock, epoch ms. */
  now(): number;
  /** Commands: resent unchanged after a reconnect until answered; they never reject. */
  turnPage(to: number | 'next' | 'previous'): Promise<CommandResult<SessionAnswers['page:turn']>>;
  submitChoice(questionId: string, value: ChoiceValue): Promise<CommandResult<SessionAnswers['choice:submit']>>;
  mute(participantId: string): Promise<CommandResult<SessionAnswers['participant:mute']>>;
  /** Of oneself, after the host muted. Turns the microphone on. */
  unmute(): Promise<CommandResult<SessionAnswers['participant:unmute']>>;
  remove(participantId: string): Promise<CommandResult<SessionAnswers['participant:remove']>>;
  endDebate(): Promise<CommandResult<SessionAnswers['debate:end']>>;
  startRecording(mimeType: string): Promise<CommandResult<SessionAnswers['recording:start']>>;
  stopRecording(recordingId: string): Promise<CommandResult<SessionAnswers['recording:stop']>>;
  /** The viewer's own microphone; also while no Microphone was given (Node). */
  reportVoice(status: { micOn: boolean; speaking: boolean }): void;
  /**
   * When the page was really on the screen (room clock). If the app never calls it for a page, the instant of the
   * `page` event is reported; call it inside the `page` listener's frame callback to replace that.
   */
  confirmPageShown(page: number, shownAt: number): void;
}
export declare function createRoomClient(options: RoomClientOptions): RoomClient;

// ---------------------------------------------------------------------------------------------- researcher
export type { ResearcherApi, StudyPatch } from './researcher-api.ts';
export declare function createResearcherApi(options: {
  readonly serverUrl: string;
  readonly key: string;
}): import('./researcher-api.ts').ResearcherApi;

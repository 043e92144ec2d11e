// The client of one room as a front end meets it, and what it is made with. Types only.
import type { IceServer } from '../protocol/join-answers.ts';
import type { Fetch } from './api/api-call.ts';
import type { KeptRecording, RoomClientEvents, RoomClientState } from './client-state.ts';
import type { StoppableTime } from './clock/local-time.ts';
import type { ReconnectPolicy } from './session/reconnect-policy.ts';
import type { RoomCommands } from './session/room-commands.ts';
import type { Microphone } from './voice/microphone.ts';

export interface RoomClientOptions {
  /** Origin of the server; '' is the page's own. */
  readonly serverUrl: string;
  readonly token: string;
  readonly iceServers?: readonly IceServer[];
  /** `relay`: voices go through the TURN server or nowhere. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** With it the client talks and records; without it a browser only listens. */
  readonly microphone?: Microphone;
  /** False: no mesh and no recorder. Default: wherever the browser has WebRTC. */
  readonly media?: boolean;
  readonly policy?: ReconnectPolicy;
  readonly time?: StoppableTime;
  readonly fetch?: Fetch;
}

export interface RoomClient extends RoomCommands {
  /** The same object until something changes. */
  readonly state: RoomClientState;
  on<K extends keyof RoomClientEvents>(event: K, listener: (payload: RoomClientEvents[K]) => void): () => void;
  /** Starts, or takes over again after `replaced`. */
  connect(): void;
  /** Leaves sockets and mesh and ends the take. What is not uploaded by then waits in the spool for the next visit. */
  close(): Promise<void>;
  /** What this browser recorded and the server does not have, to be saved as files. */
  keptRecordings(): Promise<KeptRecording[]>;
  /** Asks once more for what the server has refused for good. */
  sendRecordingsAgain(): Promise<void>;
  /** Room clock, epoch ms. */
  now(): number;
  /** For front ends that capture by themselves; with a Microphone the client reports on its own. */
  reportVoice(status: { readonly micOn: boolean; readonly speaking: boolean }): void;
  /**
   * When the page was really on the screen (room clock). Without it the instant of the `page` event is reported; call it
   * within 250 ms of that event.
   */
  confirmPageShown(page: number, shownAt: number): void;
}

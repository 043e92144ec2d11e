// Microphone, mesh and recorder of one room, wired to what the room says. Absent media (Node, old browsers) is a quiet no.
import type { IceServer } from '../protocol/join-answers.ts';
import { OWN_CLIENT } from '../protocol/own-client.ts';
import type { RoomView } from '../protocol/room-view.ts';
import type { Fetch } from './api/api-call.ts';
import { fetchIceServers } from './api/join.ts';
import type { KeptRecording, LinkState, RoomClientEvents, RoomClientState, UploadProgress } from './client-state.ts';
import type { RoomClock } from './clock/clock.ts';
import type { LocalTime } from './clock/local-time.ts';
import { createId } from './id.ts';
import { createRecorder } from './recording/recorder.ts';
import { createRecordingUpload } from './recording/recording-upload.ts';
import type { ChannelHandlers } from './session/connection.ts';
import type { EmitMessage, Session } from './session/session.ts';
import { createIceServerSupply } from './voice/ice-server-supply.ts';
import { UNKNOWN_LINK } from './voice/link-stats.ts';
import { createMesh } from './voice/mesh.ts';
import type { Microphone } from './voice/microphone.ts';
import type { VoiceReport } from './voice/voice-report.ts';

export interface RoomMedia {
  readonly state: Pick<RoomClientState, 'links' | 'upload' | 'microphone'>;
  /** The /signaling namespace, where there is something to signal about. */
  readonly signaling?: { readonly auth: Record<string, string>; readonly handlers: ChannelHandlers };
  /** The room as shown, after every change. */
  update(room: RoomView): void;
  /** The host said so: off at once. */
  muteSelf(): void;
  unmuteSelf(): void;
  /** The network may be back. */
  retryNow(): void;
  keptRecordings(): Promise<KeptRecording[]>;
  sendRecordingsAgain(): Promise<void>;
  /** Replaced or refused: leaves the mesh and ends the take; uploads go on. */
  suspend(): void;
  close(): Promise<void>;
}

const NO_UPLOAD: UploadProgress = {
  capturing: false,
  queuedChunks: 0,
  queuedBytes: 0,
  uploadedChunks: 0,
  sending: false,
  keptTakes: 0,
  lacking: false,
  complete: true,
};

/** A link for everybody else who has a seat, also before there is a connection. */
const linksOf = (room: RoomView | undefined, links: Readonly<Record<string, LinkState>>): Record<string, LinkState> => {
  const others = room?.participants.filter((participant) => participant.id !== room.self) ?? [];
  return Object.fromEntries(others.map(({ id }) => [id, links[id] ?? { ...UNKNOWN_LINK, participantId: id }]));
};

export const createRoomMedia = (options: {
  readonly serverUrl: string;
  readonly token: string;
  readonly iceServers?: readonly IceServer[];
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  readonly microphone?: Microphone;
  readonly media?: boolean;
  readonly fetch?: Fetch;
  readonly time: LocalTime;
  readonly clock: RoomClock;
  readonly session: Session;
  readonly voiceReport: VoiceReport;
  readonly emitSignal: EmitMessage;
  readonly onRemoteAudio: (audio: RoomClientEvents['remoteAudio']) => void;
  readonly onChange: () => void;
  /** The connection answers nothing any more: it should be replaced. */
  readonly onSilence: () => void;
}): RoomMedia => {
  const { serverUrl, token, microphone, time, clock, session, voiceReport } = options;
  const access = { serverUrl, token, ...(options.fetch ? { fetch: options.fetch } : {}) };
  let room: RoomView | undefined;
  const auth = { token, client: OWN_CLIENT, instance: createId() };

  const hasMesh = options.media !== false && typeof RTCPeerConnection !== 'undefined';
  const mesh = hasMesh
    ? createMesh({
        time,
        iceServers: createIceServerSupply({
          time,
          given: options.iceServers,
          fetchServers: (signal) => fetchIceServers({ ...access, signal }),
        }),
        createConnection: (iceServers) =>
          new RTCPeerConnection({ iceServers, iceTransportPolicy: options.iceTransportPolicy ?? 'all' }),
        emit: options.emitSignal,
        report: (report) => session.tell('link:report', report),
        onRemoteAudio: options.onRemoteAudio,
        onChange: options.onChange,
        onSilence: options.onSilence,
      })
    : undefined;
  const recorder =
    hasMesh && microphone
      ? createRecorder({
          time,
          clock,
          createId,
          send: session.send,
          createUpload: (recordingId) => createRecordingUpload({ ...access, time, recordingId }),
          onProgress: options.onChange,
        })
      : undefined;

  const selfMuted = () => room?.participants.some(({ id, muted }) => id === room?.self && muted) ?? false;

  /** The server numbers instances in the order of their appearance: whoever comes again after another page is a new one. */
  const leaveMesh = () => {
    mesh?.leave();
    auth.instance = createId();
  };
  const onSignaling = (name: string, body: unknown) => {
    if (name === 'connection:replaced') leaveMesh();
    else mesh?.handlers.message(name, body);
  };

  const unsubscribe = [
    microphone?.on('track', (track) => {
      mesh?.setTrack(track);
      recorder?.setTrack(track);
    }),
    microphone?.on('change', ({ on, speaking, status }) => {
      voiceReport.set({ micOn: on && status === 'open', speaking });
      // Only who was muted can undo it, and turning the microphone on is how one does.
      if (on && selfMuted()) void session.send('participant:unmute', {});
      options.onChange();
    }),
  ];
  if (microphone) {
    mesh?.setTrack(microphone.track);
    recorder?.setTrack(microphone.track);
    const { on, speaking, status } = microphone.state;
    voiceReport.set({ micOn: on && status === 'open', speaking });
  }

  return {
    get state() {
      const { on, speaking, status } = microphone?.state ?? { on: false, speaking: false, status: 'closed' };
      return {
        links: mesh ? linksOf(room, mesh.links) : {},
        upload: recorder?.progress ?? NO_UPLOAD,
        microphone: { on: on && status === 'open', speaking },
      };
    },
    ...(mesh ? { signaling: { auth, handlers: { ...mesh.handlers, message: onSignaling } } } : {}),
    update(next) {
      const first = room === undefined;
      room = next;
      // After a reload the host's word still holds.
      if (first && selfMuted()) microphone?.setOn(false);
      mesh?.retain(next.participants.map(({ id }) => id));
      recorder?.setRunning(next.phase === 'running' && next.settings.record, `${next.id}/${next.self}`);
    },
    muteSelf: () => microphone?.setOn(false),
    unmuteSelf: () => microphone?.setOn(true),
    retryNow: () => recorder?.retryNow(),
    keptRecordings: async () => (await recorder?.kept()) ?? [],
    sendRecordingsAgain: async () => recorder?.sendAgain(),
    suspend() {
      leaveMesh();
      void recorder?.suspend();
    },
    async close() {
      for (const stop of unsubscribe) stop?.();
      mesh?.close();
      await recorder?.close();
    },
  };
};

// The voices: one link per other participant, found over /signaling. A reconnect of the socket keeps every link, a reload of
// the other page (a higher epoch) replaces its link, and nothing is torn down because signaling or a path is away.

import type { Ack, SessionBody } from '../../protocol/session-messages.ts';
import type { IncomingSignal, Peer, SignalingServerEvents } from '../../protocol/signaling-messages.ts';
import type { LinkState, RoomClientEvents } from '../client-state.ts';
import type { LocalTime } from '../clock/local-time.ts';
import type { ChannelHandlers } from '../session/connection.ts';
import type { EmitMessage } from '../session/session.ts';
import type { IceServerSupply } from './ice-server-supply.ts';
import { createLinkStats, type LinkStats, UNKNOWN_LINK } from './link-stats.ts';
import { createPeerLink, type OutgoingSignal, type PeerLink } from './peer-link.ts';

export interface Mesh {
  readonly handlers: ChannelHandlers;
  /** By participant id. */
  readonly links: Readonly<Record<string, LinkState>>;
  setTrack(track: MediaStreamTrack | null): void;
  /** Who has a seat: links to all others are closed. */
  retain(participantIds: readonly string[]): void;
  /** Closes all links; the next list of peers makes new ones. */
  leave(): void;
  close(): void;
}

const STATS_EVERY_MS = 2_000;
const LISTEN_EVERY_MS = 200;
const REPORT_EVERY_MS = 5_000;
const RATE_LIMITED_MS = 500;
/** A voice that was there is gone and signaling does not answer: the network has changed, and the socket is dead. */
const ANSWER_WITHIN_MS = 2_000;
/** Signals from a page load that has not been announced yet: its announcement is on the way. */
const MAX_EARLY_SIGNALS = 50;

interface Entry {
  readonly peer: Peer;
  readonly link: PeerLink;
  readonly stats: ReturnType<typeof createLinkStats>;
  readonly stream: MediaStream;
  hasStood: boolean;
  measured: LinkStats;
  sounding: boolean;
  reportedAt: number;
  reported: string;
}

export const createMesh = (options: {
  readonly time: LocalTime;
  readonly createConnection: (iceServers: RTCIceServer[]) => RTCPeerConnection;
  readonly iceServers: IceServerSupply;
  readonly emit: EmitMessage;
  readonly report: (report: SessionBody<'link:report'>) => void;
  readonly onRemoteAudio: (audio: RoomClientEvents['remoteAudio']) => void;
  readonly onChange: () => void;
  /** The connection answers nothing any more: it should be replaced. */
  readonly onSilence: () => void;
}): Mesh => {
  const { time } = options;
  const entries = new Map<string, Entry>();
  let early: IncomingSignal[] = [];
  let track: MediaStreamTrack | null = null;
  let statsDueAt = 0;
  let cancelPoll = () => {};
  let socket = 0;

  const isCurrent = (entry: Entry) => entries.get(entry.peer.participantId) === entry;

  const send = (peer: Peer, signal: OutgoingSignal) => {
    const body = { to: peer.participantId, epoch: peer.epoch, ...signal };
    const mine = socket;
    const isUrgent = 'description' in signal && entries.get(peer.participantId)?.hasStood === true;
    const cancel = isUrgent ? time.after(ANSWER_WITHIN_MS, () => mine === socket && options.onSilence()) : () => {};
    options.emit('signal', body, (answer: Ack<Record<never, never>>) => {
      cancel();
      const entry = entries.get(peer.participantId);
      if (answer.ok || entry?.peer.epoch !== peer.epoch) return;
      // These need no retry of their own: the peer's next announcement resumes or replaces the link.
      if (answer.error.code === 'peer_not_found' || answer.error.code === 'stale_epoch') entry.link.rest();
      if (answer.error.code === 'rate_limited')
        time.after(RATE_LIMITED_MS, () => isCurrent(entry) && send(peer, signal));
    });
  };

  const remove = (participantId: string) => {
    const entry = entries.get(participantId);
    if (!entry) return;
    entries.delete(participantId);
    entry.link.close();
    options.onRemoteAudio({ participantId, stream: null });
    options.onChange();
  };

  const leave = () => {
    for (const participantId of [...entries.keys()]) remove(participantId);
  };

  const add = (peer: Peer) => {
    const { participantId } = peer;
    const stream = new MediaStream();
    const link = createPeerLink({
      role: peer.role,
      time,
      track,
      createConnection: options.createConnection,
      iceServers: options.iceServers,
      send: (signal) => send(peer, signal),
      onTrack(remote) {
        for (const old of stream.getTracks()) stream.removeTrack(old);
        stream.addTrack(remote);
        options.onRemoteAudio({ participantId, stream });
      },
      onState() {
        entry.hasStood ||= link.state === 'connected';
        reportLink(entry, true);
        options.onChange();
      },
    });
    const entry: Entry = {
      peer,
      link,
      stream,
      stats: createLinkStats(link.connection),
      hasStood: false,
      measured: UNKNOWN_LINK,
      sounding: false,
      reportedAt: Number.NEGATIVE_INFINITY,
      reported: '',
    };
    entries.set(participantId, entry);
    const waiting = early.filter((signal) => signal.from === participantId && signal.epoch === peer.epoch);
    early = early.filter((signal) => signal.from !== participantId);
    for (const signal of waiting) link.receive(signal);
    options.onChange();
  };

  const meet = (peer: Peer) => {
    const known = entries.get(peer.participantId);
    if (known && known.peer.epoch > peer.epoch) return;
    if (known?.peer.epoch === peer.epoch) return known.link.resume();
    remove(peer.participantId);
    add(peer);
  };

  const reportLink = (entry: Entry, onlyIfNew: boolean) => {
    const { audible, rttMs, packetsLost } = entry.measured;
    const { state } = entry.link;
    const summary = `${state} ${audible}`;
    const due = time.now() - entry.reportedAt >= REPORT_EVERY_MS;
    if (summary === entry.reported && (onlyIfNew || !due)) return;
    entry.reported = summary;
    entry.reportedAt = time.now();
    options.report({ participantId: entry.peer.participantId, state, rttMs, packetsLost, audible });
  };

  const measure = async (entry: Entry) => {
    const measured = await entry.stats.read().catch(() => undefined);
    if (!measured || !isCurrent(entry)) return;
    entry.measured = measured;
    reportLink(entry, false);
    options.onChange();
  };

  const poll = () => {
    cancelPoll = time.after(LISTEN_EVERY_MS, poll);
    for (const entry of entries.values()) {
      const { sounding, timestamp } = entry.stats.listen();
      entry.link.heard(timestamp);
      if (sounding !== entry.sounding) {
        entry.sounding = sounding;
        options.onChange();
      }
    }
    if (time.now() < statsDueAt) return;
    statsDueAt = time.now() + STATS_EVERY_MS;
    for (const entry of entries.values()) void measure(entry);
  };
  poll();

  const on: SignalingServerEvents = {
    // Whoever is missing here has only lost signaling: the voice may well go on.
    peers: ({ peers }) => peers.forEach(meet),
    'peer:joined': meet,
    'peer:left': () => {},
    signal(incoming) {
      const entry = entries.get(incoming.from);
      if (entry?.peer.epoch === incoming.epoch) entry.link.receive(incoming);
      else if (!entry || entry.peer.epoch < incoming.epoch) early = [...early, incoming].slice(-MAX_EARLY_SIGNALS);
    },
  };

  return {
    handlers: {
      up() {
        socket += 1;
      },
      down() {
        socket += 1;
      },
      message(name, body) {
        if (Object.hasOwn(on, name)) (on as unknown as Record<string, (body: unknown) => void>)[name]?.(body);
      },
    },
    get links() {
      const states = [...entries.values()].map(
        (entry): LinkState => ({
          ...entry.measured,
          participantId: entry.peer.participantId,
          state: entry.link.state,
          sounding: entry.sounding,
        }),
      );
      return Object.fromEntries(states.map((state) => [state.participantId, state]));
    },
    setTrack(next) {
      track = next;
      for (const entry of entries.values()) entry.link.setTrack(next);
    },
    retain(participantIds) {
      for (const participantId of [...entries.keys()])
        if (!participantIds.includes(participantId)) remove(participantId);
    },
    leave,
    close() {
      cancelPoll();
      leave();
    },
  };
};

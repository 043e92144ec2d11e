// One voice link to one page load of one participant: an RTCPeerConnection and the exchange that keeps it alive. The
// offerer alone makes offers, so two never cross. Signals may be lost or repeated; nothing here depends on their luck.
import type { IncomingSignal, PeerRole, Signal } from '../protocol/signaling-messages.ts';
import type { LocalTime } from './local-time.ts';

export type OutgoingSignal = Pick<Signal, 'description'> | Pick<Signal, 'candidate'>;

export interface PeerLink {
  readonly connection: RTCPeerConnection;
  receive(signal: IncomingSignal): void;
  /** Sends another track from now on, or silence; needs no new exchange. */
  setTrack(track: MediaStreamTrack | null): void;
  /** Signals may have been lost: unless the link stands, send again what the other side may lack. */
  resume(): void;
  close(): void;
}

/** No answer, or no path found: offer again. */
const CONNECT_WITHIN_MS = 5_000;
/** Short losses heal by themselves; after this a new path is looked for while the old one may still come back. */
const DISCONNECTED_MS = 1_500;
const RESTART_CAP_MS = 10_000;

export const createPeerLink = (options: {
  readonly role: PeerRole;
  readonly time: LocalTime;
  readonly createConnection: () => RTCPeerConnection;
  readonly refreshIceServers: () => Promise<RTCIceServer[] | undefined>;
  readonly track: MediaStreamTrack | null;
  readonly send: (signal: OutgoingSignal) => void;
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onState: () => void;
}): PeerLink => {
  const connection = options.createConnection();
  let { track } = options;
  let waitingCandidates: RTCIceCandidateInit[] = [];
  let closed = false;
  let restarts = 0;
  let cancelWatch = () => {};
  let work = Promise.resolve();

  /** One exchange at a time; a failure leaves the watch to try again. */
  const inTurn = (run: () => Promise<void>) => {
    work = work.then(async () => {
      if (closed) return;
      try {
        await run();
      } catch {
        // Descriptions that come out of order and candidates of a former generation end here. The watch heals.
      }
    });
  };

  const sendDescription = () => {
    const description = connection.localDescription;
    if (description) options.send({ description: { type: description.type, sdp: description.sdp } });
  };

  const offer = async (iceRestart: boolean) => {
    if (iceRestart) {
      const iceServers = await options.refreshIceServers();
      if (closed) return;
      if (iceServers) connection.setConfiguration({ ...connection.getConfiguration(), iceServers });
    }
    await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
    sendDescription();
  };

  /** The offer that was sent may never have arrived; a path that was found may be gone. */
  const offerAgain = () =>
    inTurn(async () => {
      if (connection.connectionState === 'connected') return;
      if (connection.signalingState === 'have-local-offer' && restarts <= 1) sendDescription();
      else await offer(true);
    });

  const watch = () => {
    cancelWatch();
    if (closed || options.role === 'answer') return;
    const state = connection.connectionState;
    if (state === 'connected') {
      restarts = 0;
      return;
    }
    const patience = state === 'failed' ? 0 : state === 'disconnected' ? DISCONNECTED_MS : CONNECT_WITHIN_MS;
    const delay = restarts === 0 ? patience : Math.min(RESTART_CAP_MS, Math.max(patience, 1_000 * 2 ** (restarts - 1)));
    cancelWatch = options.time.after(delay, () => {
      restarts += 1;
      offerAgain();
      watch();
    });
  };

  const addWaitingCandidates = async () => {
    const candidates = waitingCandidates;
    waitingCandidates = [];
    for (const candidate of candidates) await connection.addIceCandidate(candidate);
  };

  const answer = async (sdp: string) => {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    const [transceiver] = connection.getTransceivers();
    if (transceiver) {
      transceiver.direction = 'sendrecv';
      await transceiver.sender.replaceTrack(track);
    }
    await connection.setLocalDescription(await connection.createAnswer());
    sendDescription();
    await addWaitingCandidates();
  };

  const receive = async ({ description, candidate }: IncomingSignal) => {
    if (description?.type === 'offer' && options.role === 'answer') {
      await answer(description.sdp ?? '');
    } else if (description?.type === 'answer' && options.role === 'offer') {
      // A repeated answer finds the exchange closed already.
      if (connection.signalingState !== 'have-local-offer') return;
      await connection.setRemoteDescription({ type: 'answer', sdp: description.sdp ?? '' });
      await addWaitingCandidates();
    } else if (candidate) {
      const init: RTCIceCandidateInit = {
        candidate: candidate.candidate,
        sdpMid: candidate.sdpMid ?? null,
        sdpMLineIndex: candidate.sdpMLineIndex ?? null,
        usernameFragment: candidate.usernameFragment ?? null,
      };
      if (connection.remoteDescription) await connection.addIceCandidate(init);
      else waitingCandidates.push(init);
    }
  };

  connection.onicecandidate = ({ candidate }) => {
    if (candidate && candidate.candidate !== '') options.send({ candidate: candidate.toJSON() as Signal['candidate'] });
  };
  connection.ontrack = (event) => options.onTrack(event.track);
  connection.onconnectionstatechange = () => {
    if (closed) return;
    watch();
    options.onState();
  };
  if (options.role === 'offer') {
    connection.addTransceiver(track ?? 'audio', { direction: 'sendrecv' });
    inTurn(() => offer(false));
  }
  watch();

  return {
    connection,
    receive: (signal) => inTurn(() => receive(signal)),
    setTrack(next) {
      track = next;
      inTurn(async () => {
        await connection.getTransceivers()[0]?.sender.replaceTrack(next);
      });
    },
    resume() {
      if (connection.connectionState === 'connected') return;
      if (options.role === 'offer') offerAgain();
      else inTurn(async () => sendDescription());
    },
    close() {
      closed = true;
      cancelWatch();
      connection.onicecandidate = null;
      connection.ontrack = null;
      connection.onconnectionstatechange = null;
      connection.close();
    },
  };
};

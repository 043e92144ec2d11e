// One voice link to one page load of one participant: an RTCPeerConnection and the exchange that keeps it alive. The
// offerer alone makes offers, so two never cross; the answerer asks it for one by a rollback. Signals may be lost or repeated;
// nothing here depends on their luck.
import type { IncomingSignal, PeerRole, Signal } from '../../protocol/signaling-messages.ts';
import type { LocalTime } from '../clock/local-time.ts';
import type { IceServerSupply } from './ice-server-supply.ts';
import { createLinkWatch } from './link-watch.ts';

export type OutgoingSignal = Pick<Signal, 'description'> | Pick<Signal, 'candidate'>;

export interface PeerLink {
  readonly connection: RTCPeerConnection;
  /** The connection's, but `failed` also when trying again and again has led to nothing. */
  readonly state: RTCPeerConnectionState;
  receive(signal: IncomingSignal): void;
  /** Sends another track from now on, or silence; needs no new exchange. */
  setTrack(track: MediaStreamTrack | null): void;
  /** Signals may have been lost: unless the link stands, try again. */
  resume(): void;
  /** The other side is not there; until `resume` there is no hurry. */
  rest(): void;
  /** Several times a second: the timestamp of the packet played last. */
  heard(timestamp: number | undefined): void;
  close(): void;
}

/** An answer may still be on its way, and would not fit another offer: until then the same one is sent again. */
const OFFER_HOLDS_MS = 10_000;
/** Both sides notice most failures: the one that offers goes first. */
const ANSWERER_LATER_MS = 500;

export const createPeerLink = (options: {
  readonly role: PeerRole;
  readonly time: LocalTime;
  readonly createConnection: (iceServers: RTCIceServer[]) => RTCPeerConnection;
  readonly iceServers: IceServerSupply;
  readonly track: MediaStreamTrack | null;
  readonly send: (signal: OutgoingSignal) => void;
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onState: () => void;
}): PeerLink => {
  let servers = options.iceServers.known;
  const connection = options.createConnection(servers);
  let { track } = options;
  let waitingCandidates: RTCIceCandidateInit[] = [];
  let closed = false;
  let offeredAt = Number.NEGATIVE_INFINITY;
  /** Offers that have been overtaken by another need no answer. */
  let newestOffer: IncomingSignal | undefined;
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

  /** For the candidates that are gathered from now on. */
  const takeServers = async () => {
    const next = await options.iceServers.get();
    if (closed || next === servers) return;
    servers = next;
    connection.setConfiguration({ ...connection.getConfiguration(), iceServers: next });
  };

  const offer = async (iceRestart: boolean) => {
    await takeServers();
    if (closed) return;
    await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
    offeredAt = options.time.now();
    sendDescription();
  };

  /** The offer that was sent may never have arrived; a path that was found may be gone. */
  const offerAgain = () =>
    inTurn(async () => {
      const holds = options.time.now() - offeredAt < OFFER_HOLDS_MS;
      if (connection.signalingState === 'have-local-offer' && holds) sendDescription();
      else await offer(true);
    });

  const watch = createLinkWatch({
    time: options.time,
    laterByMs: options.role === 'offer' ? 0 : ANSWERER_LATER_MS,
    tryAgain() {
      if (options.role === 'offer') offerAgain();
      else options.send({ description: { type: 'rollback' } });
      options.onState();
    },
  });

  const addWaitingCandidates = async () => {
    const candidates = waitingCandidates;
    waitingCandidates = [];
    for (const candidate of candidates) await connection.addIceCandidate(candidate);
  };

  const answer = async (sdp: string) => {
    watch.progressed();
    watch.began();
    await takeServers();
    if (closed) return;
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

  const receive = async (signal: IncomingSignal) => {
    const { description, candidate } = signal;
    if (description?.type === 'offer' && options.role === 'answer') {
      if (signal === newestOffer) await answer(description.sdp ?? '');
    } else if (description?.type === 'answer' && options.role === 'offer') {
      // A repeated answer finds the exchange closed already.
      if (connection.signalingState !== 'have-local-offer') return;
      watch.progressed();
      await connection.setRemoteDescription({ type: 'answer', sdp: description.sdp ?? '' });
      await addWaitingCandidates();
    } else if (description?.type === 'rollback' && options.role === 'offer') {
      watch.asked();
    } else if (candidate) {
      watch.progressed();
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
    watch.note(connection.connectionState);
    options.onState();
  };
  if (options.role === 'offer') {
    connection.addTransceiver(track ?? 'audio', { direction: 'sendrecv' });
    watch.began();
    inTurn(() => offer(false));
  }

  return {
    connection,
    get state() {
      return watch.hopeless ? 'failed' : connection.connectionState;
    },
    receive(signal) {
      if (signal.description?.type === 'offer') newestOffer = signal;
      inTurn(() => receive(signal));
    },
    setTrack(next) {
      track = next;
      inTurn(async () => {
        await connection.getTransceivers()[0]?.sender.replaceTrack(next);
      });
    },
    resume() {
      if (!watch.stands) watch.tryNow();
    },
    rest: () => watch.rest(),
    heard: (timestamp) => watch.heard(timestamp),
    close() {
      closed = true;
      watch.stop();
      connection.onicecandidate = null;
      connection.ontrack = null;
      connection.onconnectionstatechange = null;
      connection.close();
    },
  };
};

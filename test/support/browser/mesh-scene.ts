// One page's mesh on virtual time, its peer connections played by the test: the state of a link is what the test says.
import { createMesh } from '../../../src/client/voice/mesh.ts';
import type { Ack } from '../../../src/protocol/session-messages.ts';
import type { Peer, Signal } from '../../../src/protocol/signaling-messages.ts';
import { createVirtualTime } from '../room/virtual-time.ts';

/** Only what the link uses of an RTCPeerConnection; states are set by the test. */
class FakeConnection {
  signalingState = 'stable';
  connectionState = 'new';
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  closed = false;
  offers: boolean[] = [];
  candidates: string[] = [];
  servers: unknown[] = [];
  sent: (MediaStreamTrack | null)[] = [];
  timestamp: number | undefined;
  onconnectionstatechange: (() => void) | null = null;
  onicecandidate: ((event: unknown) => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  readonly #transceiver = {
    direction: 'recvonly',
    sender: {
      replaceTrack: async (track: MediaStreamTrack | null) => {
        this.sent.push(track);
      },
    },
  };

  addTransceiver() {}
  getTransceivers() {
    return [this.#transceiver];
  }
  getReceivers() {
    return [{ getSynchronizationSources: () => [{ audioLevel: 0, rtpTimestamp: this.timestamp }] }];
  }
  getConfiguration() {
    return {};
  }
  setConfiguration({ iceServers }: { iceServers: unknown[] }) {
    this.servers = iceServers;
  }
  async getStats() {
    return new Map();
  }
  async createOffer({ iceRestart }: { iceRestart: boolean }) {
    this.offers.push(iceRestart);
    return { type: 'offer', sdp: `offer ${this.offers.length}` };
  }
  async createAnswer() {
    return { type: 'answer', sdp: `answer to ${this.remoteDescription?.sdp}` };
  }
  async setLocalDescription(description: { type: string; sdp: string }) {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
  }
  async setRemoteDescription(description: { type: string; sdp: string }) {
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
  }
  async addIceCandidate({ candidate }: { candidate: string }) {
    if (!this.remoteDescription) throw new Error('a candidate before the description');
    this.candidates.push(candidate);
  }
  close() {
    this.closed = true;
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

globalThis.MediaStream ??= class {} as unknown as typeof MediaStream;

export const given = [{ urls: 'turn:given' }];
export const fresh = [{ urls: 'turn:fresh' }];

export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export const createMeshScene = () => {
  const time = createVirtualTime();
  const connections: FakeConnection[] = [];
  const sent: Signal[] = [];
  const reports: { state: string }[] = [];
  const madeWith: unknown[] = [];
  let servers = given;
  let answer: Ack<Record<never, never>> | undefined = { ok: true };
  let silences = 0;
  const mesh = createMesh({
    time,
    createConnection(iceServers) {
      madeWith.push(iceServers);
      const connection = new FakeConnection();
      connections.push(connection);
      return connection as unknown as RTCPeerConnection;
    },
    iceServers: { known: given, get: async () => servers },
    emit(_, body, ack) {
      sent.push(body as Signal);
      if (answer) (ack as ((answer: Ack<Record<never, never>>) => void) | undefined)?.(answer);
    },
    report: (report) => reports.push(report),
    onRemoteAudio: () => {},
    onChange: () => {},
    onSilence() {
      silences += 1;
    },
  });
  const receive = (name: string, body: unknown) => mesh.handlers.message(name, body);
  const meet = async (peer: Peer) => {
    receive('peers', { peers: [peer] });
    await settle();
    const connection = connections.at(-1);
    if (!connection) throw new Error('no connection was made');
    return connection;
  };
  const pass = async (ms: number) => {
    time.runUntil(time.now() + ms);
    await settle();
  };
  return {
    mesh,
    connections,
    madeWith,
    sent,
    reports,
    receive,
    meet,
    pass,
    silences: () => silences,
    /** From now on signals get no answer. */
    fallSilent() {
      answer = undefined;
    },
    renewServers() {
      servers = fresh;
    },
    refuse(code: 'rate_limited' | 'peer_not_found' | undefined) {
      answer = code ? { ok: false, error: { code, message: '', retryable: true } } : { ok: true };
    },
  };
};
export const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0', sdpMLineIndex: 0 } });
export const description = (type: string, sdp: string) => ({ description: { type, sdp } });

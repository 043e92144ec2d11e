import { beforeAll, describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../test/support/virtual-time.ts';
import type { Ack } from '../protocol/session-messages.ts';
import type { Peer, Signal } from '../protocol/signaling-messages.ts';
import { createMesh } from './mesh.ts';

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
    return [];
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

beforeAll(() => {
  globalThis.MediaStream ??= class {} as unknown as typeof MediaStream;
});

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const createScene = () => {
  const time = createVirtualTime();
  const connections: FakeConnection[] = [];
  const sent: Signal[] = [];
  const reports: { state: string }[] = [];
  let answer: Ack<Record<never, never>> = { ok: true };
  const mesh = createMesh({
    time,
    createConnection() {
      const connection = new FakeConnection();
      connections.push(connection);
      return connection as unknown as RTCPeerConnection;
    },
    refreshIceServers: async () => [{ urls: 'turn:fresh' }],
    emit(_, body, ack) {
      sent.push(body as Signal);
      (ack as ((answer: Ack<Record<never, never>>) => void) | undefined)?.(answer);
    },
    report: (report) => reports.push(report),
    onRemoteAudio: () => {},
    onChange: () => {},
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
    sent,
    reports,
    receive,
    meet,
    pass,
    refuse(code: 'rate_limited' | undefined) {
      answer = code ? { ok: false, error: { code, message: '', retryable: true } } : { ok: true };
    },
  };
};
const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0', sdpMLineIndex: 0 } });
const description = (type: string, sdp: string) => ({ description: { type, sdp } });

describe('the mesh', () => {
  test('[CL7] the offerer offers, the answerer waits for the offer', async () => {
    const offering = createScene();
    await offering.meet({ participantId: 'b', epoch: 4, role: 'offer' });
    expect(offering.sent).toEqual([{ to: 'b', epoch: 4, ...description('offer', 'offer 1') }]);
    const answering = createScene();
    await answering.meet({ participantId: 'a', epoch: 2, role: 'answer' });
    expect(answering.sent).toEqual([]);
    answering.receive('signal', { from: 'a', epoch: 2, ...description('offer', 'offer 1') });
    await settle();
    expect(answering.sent).toEqual([{ to: 'a', epoch: 2, ...description('answer', 'answer to offer 1') }]);
  });

  test('candidates that come before the description wait for it', async () => {
    const { meet, receive } = createScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    receive('signal', { from: 'a', epoch: 1, ...candidate('early') });
    await settle();
    expect(connection.candidates).toEqual([]);
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 1') });
    receive('signal', { from: 'a', epoch: 1, ...candidate('later') });
    await settle();
    expect(connection.candidates).toEqual(['early', 'later']);
  });

  test('[CL7] a reconnect of the socket keeps the link, a reload of the page replaces it', async () => {
    const { meet, mesh, connections, receive } = createScene();
    const first = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    first.become('connected');
    receive('peer:left', { participantId: 'b', epoch: 1 });
    mesh.handlers.down();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    expect(connections).toHaveLength(1);
    expect(first.closed).toBe(false);
    expect(first.offers).toHaveLength(1);
    receive('peer:joined', { participantId: 'b', epoch: 2, role: 'offer' });
    expect(first.closed).toBe(true);
    expect(connections).toHaveLength(2);
    receive('peer:joined', { participantId: 'b', epoch: 1, role: 'offer' });
    expect(connections).toHaveLength(2);
  });

  test('[CL7] signals lost with the socket are sent again when it is back', async () => {
    const { meet, sent } = createScene();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    expect(sent).toEqual([
      { to: 'b', epoch: 1, ...description('offer', 'offer 1') },
      { to: 'b', epoch: 1, ...description('offer', 'offer 1') },
    ]);
  });

  test('[CL7] a failed link is restarted with fresh ICE servers, a disconnected one after a moment, a standing one never', async () => {
    const { meet, receive, pass, sent } = createScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 1') });
    await settle();
    connection.become('connected');
    await pass(60_000);
    expect(connection.offers).toEqual([false]);
    connection.become('disconnected');
    await pass(1_400);
    expect(connection.offers).toEqual([false]);
    await pass(200);
    expect(connection.offers).toEqual([false, true]);
    expect(connection.servers).toEqual([{ urls: 'turn:fresh' }]);
    expect(sent.at(-1)).toMatchObject(description('offer', 'offer 2'));
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 2') });
    await settle();
    connection.become('connected');
    connection.become('failed');
    await pass(0);
    expect(connection.offers).toEqual([false, true, true]);
    expect(connection.closed).toBe(false);
  });

  test('the answerer never offers, whatever happens to the link', async () => {
    const { meet, pass } = createScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    connection.become('failed');
    await pass(60_000);
    expect(connection.offers).toEqual([]);
  });

  test('a signal over the rate limit is sent again a moment later', async () => {
    const { meet, pass, sent, refuse } = createScene();
    refuse('rate_limited');
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    refuse(undefined);
    await pass(500);
    expect(sent).toHaveLength(2);
  });

  test('another device needs no new exchange; links of those without a seat are closed; changes are reported', async () => {
    const { meet, mesh, sent, reports } = createScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    connection.become('connected');
    const before = sent.length;
    const track = {} as MediaStreamTrack;
    mesh.setTrack(track);
    await settle();
    expect(connection.sent).toEqual([track]);
    expect(sent).toHaveLength(before);
    expect(reports.map(({ state }) => state)).toEqual(['connected']);
    mesh.retain(['me']);
    expect(connection.closed).toBe(true);
    expect(mesh.links).toEqual({});
  });
});

// What one participant or one stranger may do to a server, one thing at a time. Rates are those that were found to hurt, or the
// highest that the server allows.
import WebSocket from 'ws';
import {
  type Abuse,
  type AbuseTarget,
  type Act,
  fetchCode,
  newChunk,
  openDebate,
  openSpeaker,
  putChunk,
  type Speaker,
  say,
  startRecording,
} from './abuse-tools.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

const post = (port: number, path: string, body: object, token?: string): Promise<string> =>
  fetchCode(port, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: token === undefined ? JSON_TYPE : { ...JSON_TYPE, authorization: `Bearer ${token}` },
  });

/** In turn; whoever was closed, or has used up what one connection allows, connects anew. */
const inTurn = async (target: AbuseTarget, act: (speaker: Speaker) => Promise<string>): Promise<Act> => {
  const speakers = await openDebate(target);
  const coming = new Map<number, Promise<void>>();
  let turn = 0;
  const again = async (index: number, old: Speaker): Promise<void> => {
    old.client.close();
    speakers[index] = await openSpeaker(target.port, old.seat);
  };
  return async () => {
    const index = turn++ % speakers.length;
    await coming.get(index);
    const speaker = speakers[index];
    if (!speaker) throw new Error('a room has people');
    const code = await act(speaker);
    const isUsedUp = code === 'rate_limited' || speaker.isClosed();
    if (isUsedUp && speakers[index] === speaker && !coming.has(index)) {
      const returned = again(index, speaker).finally(() => coming.delete(index));
      returned.catch(() => {});
      coming.set(index, returned);
    }
    return code;
  };
};

/** Short answers, as people give them. */
const speaking = (target: AbuseTarget): Promise<Act> => inTurn(target, (speaker) => say(speaker, 'yes'));

const firstOf = <T>([first]: readonly T[]): T => {
  if (first === undefined) throw new Error('a room has a host');
  return first;
};

const recordingOf = async (target: AbuseTarget) => {
  const speaker = firstOf(await openDebate(target));
  return { recordingId: await startRecording(speaker), token: speaker.seat.token };
};

const CONNECT_PACKET = `40/session,${JSON.stringify({ token: 'x'.repeat(MIB / 2) })}`;

/** An answer, or the end of the connection. */
const sendConnectPacket = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    const done = (code: string) => () => {
      socket.off('message', onMessage).off('close', onClose);
      resolve(code);
    };
    const onMessage = done('refused');
    const onClose = done('closed');
    socket.on('message', onMessage).on('close', onClose).send(CONNECT_PACKET);
  });

const openWebSocket = (port: number): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    socket.on('error', reject).once('message', () => resolve(socket));
  });

const connectPackets = async ({ port }: AbuseTarget): Promise<Act> => {
  const free: WebSocket[] = [];
  return async () => {
    const left = free.pop();
    const socket = left?.readyState === WebSocket.OPEN ? left : await openWebSocket(port);
    const code = await sendConnectPacket(socket);
    free.push(socket);
    return code;
  };
};

const uploads = async (target: AbuseTarget, bytes: number): Promise<Act> => {
  const { recordingId, token } = await recordingOf(target);
  const chunk = newChunk(bytes);
  let index = 0;
  return () => putChunk(target.port, token, { recordingId, index: index++, chunk });
};

const bigSignals = async (target: AbuseTarget): Promise<Act> => {
  const { port, seats } = target;
  const [from, to] = seats;
  if (!from || !to) throw new Error('a room has three seats');
  let speaker = await openSpeaker(port, from, { namespace: '/signaling' });
  const description = { type: 'offer', sdp: 'x'.repeat(0.9 * MIB) };
  return async () => {
    if (speaker.isClosed()) speaker = await openSpeaker(port, from, { namespace: '/signaling' });
    return (await speaker.ask('signal', { to: to.participantId, epoch: 1, description })).code;
  };
};

const neverReads = async (target: AbuseTarget): Promise<Act> => {
  const speakers = await openDebate(target);
  // Every page shown makes what is asked for longer.
  const host = firstOf(speakers);
  for (let page = 1; page < LONG_PAGES; page += 1) await host.ask('page:turn', { to: page });
  for (const { client } of speakers) client.deafen();
  let turn = 0;
  return async () => {
    const index = turn++ % speakers.length;
    const speaker = speakers[index];
    if (!speaker) throw new Error('a room has people');
    if (!speaker.isClosed()) {
      speaker.client.send('room:sync', { since: 0 });
      return 'sent';
    }
    speakers[index] = await openSpeaker(target.port, speaker.seat);
    speakers[index].client.deafen();
    return 'closed';
  };
};

/** Of the abuser's study. */
export const LONG_PAGES = 8;

const farChunk = async (target: AbuseTarget): Promise<Act> => {
  const { recordingId, token } = await recordingOf(target);
  await putChunk(target.port, token, { recordingId, index: 99_999, chunk: newChunk(10) });
  const headers = { authorization: `Bearer ${token}` };
  return () => fetchCode(target.port, `/api/recordings/${recordingId}`, { headers });
};

const wrongDigests = async (target: AbuseTarget): Promise<Act> => {
  const { recordingId, token } = await recordingOf(target);
  const chunk = newChunk(16 * MIB);
  const chunkCount = 4;
  for (let index = 0; index < chunkCount; index += 1) await putChunk(target.port, token, { recordingId, index, chunk });
  const digest = `sha-256=:${newChunk(1).digest}:`;
  return () => post(target.port, `/api/recordings/${recordingId}/complete`, { chunkCount, digest }, token);
};

const quoteToken = `x${'"'.repeat(15_800)}x`;

export const ABUSES: readonly Abuse[] = [
  { name: 'locked-row', what: 'another room’s row is locked', perSecond: 10, atOnce: 12, open: speaking },
  { name: 'erase', what: 'a room with 400,000 measurements is erased', perSecond: 20, atOnce: 12, open: speaking },
  {
    name: 'uploads',
    what: '64 uploads at once, 256 kB each',
    perSecond: 1_000,
    atOnce: 64,
    open: (target) => uploads(target, MIB / 4),
  },
  {
    name: 'quote-tokens',
    what: 'tokens of 15.8 kB of quote marks',
    perSecond: 40,
    atOnce: 40,
    open: async ({ port }) => {
      const headers = { authorization: `Bearer ${quoteToken}` };
      return () => fetchCode(port, '/api/ice-servers', { headers });
    },
  },
  { name: 'connect-packets', what: 'CONNECT packets of 0.5 MB', perSecond: 20, atOnce: 20, open: connectPackets },
  {
    name: 'long-answers',
    what: 'answers of 10,000 characters',
    perSecond: 120,
    atOnce: 24,
    open: (target) => inTurn(target, (speaker) => say(speaker, 'a'.repeat(10_000))),
  },
  {
    name: 'recording-starts',
    what: 'recordings begun',
    perSecond: 120,
    atOnce: 24,
    open: (target) =>
      inTurn(target, async (speaker) => (await speaker.ask('recording:start', { mimeType: 'audio/webm' })).code),
  },
  { name: 'big-signals', what: 'signals of 0.9 MB', perSecond: 30, atOnce: 30, open: bigSignals },
  { name: 'never-reads', what: '`room:sync` by who never reads', perSecond: 6, atOnce: 6, open: neverReads },
  {
    name: 'openapi',
    what: '`/api/openapi.json`',
    perSecond: 30,
    atOnce: 30,
    open:
      async ({ port }) =>
      () =>
        fetchCode(port, '/api/openapi.json'),
  },
  { name: 'far-chunk', what: 'a recording with chunk 99,999', perSecond: 30, atOnce: 30, open: farChunk },
  {
    name: 'wrong-digests',
    what: '64 MiB completed with a wrong digest',
    perSecond: 10,
    atOnce: 10,
    open: wrongDigests,
  },
  {
    name: 'full-disk',
    what: 'a disk filled with chunks of 16 MiB',
    perSecond: 40,
    atOnce: 4,
    open: (target) => uploads(target, 16 * MIB),
  },
  // Last: what its address has used up is the others' too.
  {
    name: 'wrong-codes',
    what: 'wrong codes',
    perSecond: 50,
    atOnce: 50,
    open: async ({ port }) => {
      const guess = () => Math.random().toString(36).slice(2, 10);
      return () => post(port, '/api/join', { code: guess(), nickname: 'guess' });
    },
  },
];

// A debate on a real server with everything under way that a stop can meet: sockets of both namespaces, commands, uploads that
// are slow, a live stream. Clients are standard ones: plain Socket.IO, plain HTTP.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { io, type Socket } from 'socket.io-client';
import type { ServerProcess } from '../../processes/spawn-server.ts';
import { createResearcherApi, joinRoom } from '../../src/client/index.ts';
import type { RoomEventMessage } from '../../src/protocol/room-view.ts';

const STUDY = {
  title: 'Stopped',
  pages: [{ title: 'Only page', questions: [{ id: 'q', prompt: 'What do you say?', kind: 'text' as const }] }],
  settings: { countdownMs: 500 },
};
const CHUNK = Buffer.alloc(64 * 1024, 'spoken');
const SPOKEN_MS = 1_000;

/** A chunk of which the first half has been sent. */
export interface SlowUpload {
  readonly recordingId: string;
  /** Sends the rest; resolves to the status of the answer. */
  finish(): Promise<number | undefined>;
  /** Resolves when its connection is gone. */
  readonly closed: Promise<unknown>;
}

export const standardSocket = (server: Pick<ServerProcess, 'url'>, namespace: string, token: string): Socket =>
  io(`${server.url}${namespace}`, {
    transports: ['websocket'],
    auth: { token, instance: 'a-page' },
    reconnection: false,
    forceNew: true,
  });

const uploadSlowly = async (url: string, token: string, recordingId: string): Promise<SlowUpload> => {
  const upload: ClientRequest = request(`${url}/api/recordings/${recordingId}/chunks/0`, {
    method: 'PUT',
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-length': CHUNK.byteLength,
      'content-digest': `sha-256=:${createHash('sha256').update(CHUNK).digest('base64')}:`,
      'chunk-started-at': String(Date.now() - SPOKEN_MS),
      'chunk-ended-at': String(Date.now()),
    },
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) =>
    upload.once('response', resolve).once('error', reject),
  );
  answer.catch(() => {});
  const closed = once(upload, 'close').catch(() => {});
  await new Promise((resolve) => upload.write(CHUNK.subarray(0, CHUNK.byteLength / 2), resolve));
  return {
    recordingId,
    closed,
    async finish() {
      upload.end(CHUNK.subarray(CHUNK.byteLength / 2));
      return (await answer).statusCode;
    },
  };
};

export const openBusyDebate = async (server: Pick<ServerProcess, 'url' | 'researcherKey'>) => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy(STUDY);
  const [room] = (await api.createRooms(study.id, {})).rooms;
  if (!room) throw new Error('no room was made');
  const { id: roomId, code } = room;
  const seats = await Promise.all(
    ['a', 'b', 'c'].map((nickname) => joinRoom({ serverUrl: server.url, code, nickname })),
  );
  const sockets = seats.map(({ token }) => standardSocket(server, '/session', token));
  const [first] = sockets;
  if (!first) throw new Error('there are three seats');
  const started = new Promise<void>((resolve) => {
    first.on('room:event', ({ events }: RoomEventMessage) => {
      if (events.some(({ type }) => type === 'debate_started')) resolve();
    });
  });
  const signaling = seats.map(({ token }) => standardSocket(server, '/signaling', token));
  await Promise.all(signaling.map((socket) => new Promise<void>((resolve) => socket.once('peers', () => resolve()))));
  await started;

  /** Why the server's side of each was closed, in the words of the standard client. */
  const closings = [...sockets, ...signaling].map(
    (socket) => new Promise<string>((resolve) => socket.once('disconnect', (reason) => resolve(reason))),
  );

  const slowUpload = async (seat: number): Promise<SlowUpload> => {
    const socket = sockets[seat];
    const token = seats[seat]?.token;
    if (!socket || !token) throw new Error(`there is no seat ${seat}`);
    const answer = await socket.timeout(10_000).emitWithAck('recording:start', { mimeType: 'audio/webm' });
    if (!answer.ok) throw new Error(`no recording: ${JSON.stringify(answer)}`);
    return uploadSlowly(server.url, token, String(answer.recordingId));
  };

  /** The live stream of the room, read from its first frame to its end. */
  const liveStream = async () => {
    const response = await fetch(`${server.url}/api/rooms/${roomId}/stream`, {
      headers: { authorization: `Bearer ${server.researcherKey}` },
    });
    const reader = response.body?.getReader();
    if (!reader) throw new Error('the live stream has no body');
    await reader.read();
    const readOn = async (): Promise<'ended'> => {
      while (!(await reader.read()).done);
      return 'ended';
    };
    return { ended: readOn() };
  };

  /** What has been answered so far, from the journal. */
  const choices = async (): Promise<string[]> => {
    const values: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const answer = await api.events(roomId, cursor === undefined ? {} : { cursor });
      for (const { events } of answer.commits)
        for (const event of events) if (event.type === 'choice_submitted') values.push(String(event.value));
      cursor = answer.nextCursor;
      if (cursor === undefined) return values;
    }
  };

  return {
    api,
    roomId,
    seats,
    sockets,
    closings,
    slowUpload,
    liveStream,
    choices,
    close: () => {
      for (const socket of [...sockets, ...signaling]) socket.disconnect();
    },
  };
};

export type BusyDebate = Awaited<ReturnType<typeof openBusyDebate>>;

// What an abuse is made of: where it goes, whose seats it may use, and how its answers are told.
import { createHash, randomBytes } from 'node:crypto';
import { ackOf, connectRaw, type RawAck, type RawClient } from '../raw-client.ts';

export interface AbuserSeat {
  readonly token: string;
  readonly participantId: string;
}

export interface AbuseTarget {
  readonly port: number;
  /** All of one room, the host first. */
  readonly seats: readonly AbuserSeat[];
}

/** Sends one thing; resolves to `ok` or to the code of what came back. Rejects when the connection breaks. */
export type Act = () => Promise<string>;

export interface Abuse {
  readonly name: string;
  /** For people. */
  readonly what: string;
  readonly perSecond: number;
  /** Unanswered at any time. */
  readonly atOnce: number;
  /** What comes before: connections, recordings. Not measured. */
  readonly open: (target: AbuseTarget) => Promise<Act>;
}

const ANSWER_WITHIN_MS = 30_000;

/** The code of a refusal, or the status. */
export const fetchCode = async (port: number, path: string, init: RequestInit = {}): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...init,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await response.text();
  if (response.ok) return 'ok';
  return `${response.status} ${/"code":"([a-z_]+)"/.exec(text)?.[1] ?? ''}`.trimEnd();
};

export interface Speaker {
  readonly seat: AbuserSeat;
  ask(name: string, body: object): Promise<RawAck>;
  readonly client: RawClient;
  isClosed(): boolean;
  /** Resolves when it hears that the debate has started. */
  readonly started: Promise<void>;
}

export const openSpeaker = async (
  port: number,
  seat: AbuserSeat,
  options: { readonly namespace?: '/session' | '/signaling'; readonly onEvent?: (text: string) => void } = {},
): Promise<Speaker> => {
  const waiting = new Map<number, (ack: RawAck) => void>();
  let closed = false;
  const started = Promise.withResolvers<void>();
  const client = await connectRaw({
    port,
    auth: { token: seat.token, instance: 'abuser' },
    ...options,
    onEvent(text) {
      options.onEvent?.(text);
      if (text.includes('"debate_started"')) started.resolve();
    },
    onAck(text) {
      const ack = ackOf(text);
      waiting.get(ack.id)?.(ack);
      waiting.delete(ack.id);
    },
    onClose() {
      closed = true;
      for (const answer of waiting.values()) answer({ id: -1, code: 'closed', text: '' });
    },
  });
  return {
    seat,
    client,
    isClosed: () => closed,
    started: started.promise,
    ask: (name, body) =>
      new Promise((resolve) => {
        if (closed) resolve({ id: -1, code: 'closed', text: '' });
        else waiting.set(client.send(name, body), resolve);
      }),
  };
};

/** All of the room, in a debate that runs. */
export const openDebate = async ({ port, seats }: AbuseTarget): Promise<Speaker[]> => {
  const speakers: Speaker[] = [];
  for (const seat of seats) speakers.push(await openSpeaker(port, seat));
  await Promise.all(speakers.map(({ started }) => started));
  return speakers;
};

export const say = async (speaker: Speaker, value: string): Promise<string> =>
  (await speaker.ask('choice:submit', { questionId: 'q', value })).code;

/** The number of the recording that this person has open from now on. */
export const startRecording = async (speaker: Speaker): Promise<string> => {
  const { text } = await speaker.ask('recording:start', { mimeType: 'audio/webm' });
  const id = /"recordingId":"([^"]+)"/.exec(text)?.[1];
  if (id === undefined) throw new Error(`no recording: ${text}`);
  return id;
};

export interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: string;
}

export const newChunk = (size: number): Chunk => {
  const bytes = new Uint8Array(randomBytes(size));
  return { bytes, digest: createHash('sha256').update(bytes).digest('base64') };
};

export const putChunk = (
  port: number,
  token: string,
  { recordingId, index, chunk }: { readonly recordingId: string; readonly index: number; readonly chunk: Chunk },
): Promise<string> =>
  fetchCode(port, `/api/recordings/${recordingId}/chunks/${index}`, {
    method: 'PUT',
    body: chunk.bytes,
    headers: {
      authorization: `Bearer ${token}`,
      'content-digest': `sha-256=:${chunk.digest}:`,
      'chunk-started-at': String(Date.now() - 1_000),
      'chunk-ended-at': String(Date.now()),
    },
  });

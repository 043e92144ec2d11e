// A room of a cluster in which everything that is done, and everything that each connection is told, is written down with its
// instant. Nobody here retries, reconnects or asks for what is missing: what arrives is what the nodes sent of themselves.
import { randomUUID } from 'node:crypto';
import { ApiRefusal, joinRoom } from '../../../src/client/index.ts';
import type { JoinAnswer } from '../../../src/protocol/join-answers.ts';
import type { RoomEvent } from '../../../src/protocol/room-events.ts';
import type { RoomSnapshot } from '../../../src/protocol/room-view.ts';
import type { VoiceStatus } from '../../../src/protocol/session-messages.ts';
import { type Answer, connectToNode, type NodeSocket } from '../../support/cluster/node-socket.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';
import { chunkHeaders } from '../../support/servers/api-client.ts';
import { openSignaling, type SignalingWitness } from './signaling-witness.ts';

const PATIENCE_MS = 10_000;

/** Instants are monotonic, ms. */
export interface Deed {
  readonly what: string;
  readonly by: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Code of the refusal; absent: acknowledged. */
  readonly refused?: string;
  /** Tells the one event of the journal that it made; absent: it makes none. */
  readonly isMade?: (event: RoomEvent) => boolean;
}

export interface Witness {
  readonly seat: JoinAnswer;
  readonly id: string;
  readonly node: number;
  readonly session: NodeSocket;
  readonly signaling: SignalingWitness;
  /** Reasons for which the server closed /session, unless another connection of the same person took over. */
  readonly lost: readonly string[];
  /** When that was welcomed. */
  replacedAt?: number;
}

type Microphone = Pick<VoiceStatus, 'micOn' | 'speaking'>;

/** When a connection had this version, by the commit itself or by a snapshot; undefined: never. */
export const arrivalOf = ({ session }: Witness, version: number): number | undefined =>
  session.received.find(({ name, body }) => {
    const told = (body as { version?: number } | undefined)?.version ?? -1;
    return name === 'room:event' ? told === version : name === 'room:snapshot' && told >= version;
  })?.at;

export const eventsOf = ({ session }: Witness): { readonly event: RoomEvent; readonly at: number }[] =>
  session.received
    .filter(({ name }) => name === 'room:event')
    .flatMap(({ body, at }) => (body as { events: readonly RoomEvent[] }).events.map((event) => ({ event, at })));

/** What a connection was told last of somebody's microphone. */
const toldVoiceOf = (session: NodeSocket, participantId: string): Microphone | undefined => {
  for (const { name, body } of session.received.toReversed()) {
    const said = name === 'voice:status' ? [body as VoiceStatus] : [];
    const shown = name === 'room:snapshot' ? (body as RoomSnapshot).room.participants : [];
    const voice = [...said.map((status) => ({ ...status, id: status.participantId })), ...shown].find(
      ({ id }) => id === participantId,
    );
    if (voice) return { micOn: voice.micOn, speaking: voice.speaking };
  }
  return undefined;
};

export type WitnessedRoom = ReturnType<typeof createWitnessedRoom>;

export const createWitnessedRoom = (cluster: TestCluster, { id, code }: { id: string; code: string }) => {
  const deeds: Deed[] = [];
  const witnesses: Witness[] = [];
  const microphones = new Map<string, Microphone>();
  const urlOf = (node: number): string => cluster.nodes[node]?.url ?? '';

  const present = (): Witness[] => witnesses.filter(({ replacedAt }) => replacedAt === undefined);
  const newestOf = (id: string): Witness | undefined => present().find((witness) => witness.id === id);

  /** `attempt` resolves to the code of its refusal or to what tells its event. */
  const note = async (what: string, by: string, attempt: () => Promise<string | Deed['isMade']>): Promise<Deed> => {
    const sentAt = performance.now();
    const outcome = await attempt().catch((error: unknown) =>
      error instanceof ApiRefusal ? error.code : `unanswered: ${String(error)}`,
    );
    const deed: Deed = {
      what,
      by,
      sentAt,
      answeredAt: performance.now(),
      ...(typeof outcome === 'string' && { refused: outcome }),
      ...(typeof outcome === 'function' && { isMade: outcome }),
    };
    deeds.push(deed);
    return deed;
  };

  /** No command: it makes no commit, and what others hear of it in an outage is promised for later. */
  const say = async ({ id: by, session }: Witness, status: Microphone): Promise<void> => {
    await session.ask('voice:status', status);
    microphones.set(by, status);
  };

  const call = async (seat: JoinAnswer, node: number, path: string, init: RequestInit): Promise<Response> =>
    fetch(`${urlOf(node)}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${seat.token}`, ...init.headers },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });

  return {
    id,
    deeds: deeds as readonly Deed[],
    witnesses: witnesses as readonly Witness[],
    /** The newest connection of each. */
    present,

    async join(nickname: string, node: number): Promise<JoinAnswer> {
      let seat: JoinAnswer | undefined;
      const { refused } = await note('join', nickname, async () => {
        seat = await joinRoom({ serverUrl: urlOf(node), code, nickname, joinKey: randomUUID() });
        const { id: participantId } = seat.participant;
        return (event) => event.type === 'participant_joined' && event.participantId === participantId;
      });
      if (!seat) throw new Error(`${nickname} got no seat: ${refused}`);
      return seat;
    },

    /** Both namespaces, as a page that has just been loaded. Its ack is the snapshot. Takes over from an older page. */
    async connect(seat: JoinAnswer, node: number): Promise<Witness> {
      const { id: participantId } = seat.participant;
      const former = newestOf(participantId);
      const epoch = witnesses.filter((witness) => witness.id === participantId).length + 1;
      let session: NodeSocket | undefined;
      const { refused, answeredAt } = await note('connect', participantId, async () => {
        session = await connectToNode({ url: urlOf(node), token: seat.token });
        return (event) =>
          event.type === 'participant_connected' && event.participantId === participantId && event.epoch === epoch;
      });
      if (!session) throw new Error(`${seat.participant.nickname} could not connect: ${refused}`);
      if (former) former.replacedAt = answeredAt;
      const { socket, received } = session;
      const lost: string[] = [];
      socket.on('disconnect', (reason) => {
        const isReplaced = received.some(({ name }) => name === 'connection:replaced');
        if (!isReplaced && reason !== 'io client disconnect') lost.push(`/session: ${reason}`);
      });
      // On the same WebSocket, as the client does it.
      const signaling = await openSignaling(socket.io, { participantId, token: seat.token });
      const witness: Witness = { seat, id: participantId, node, session, signaling, lost };
      witnesses.push(witness);
      // As the client does it on every new connection.
      const microphone = microphones.get(participantId);
      if (microphone) await say(witness, microphone);
      return witness;
    },

    /** Resolves to the answer, whatever it is; undefined: there was none. */
    async command(
      { id: by, session }: Witness,
      name: string,
      body: object,
      made: (answer: Answer) => Deed['isMade'],
    ): Promise<Answer | undefined> {
      let answer: Answer | undefined;
      await note(name, by, async () => {
        answer = await session.ask(name, { commandId: randomUUID(), ...body });
        return answer.ok ? made(answer) : (answer.error?.code ?? 'refused');
      });
      return answer;
    },

    say,

    /** Who was told something else of somebody's microphone than was said last. */
    misheard: (): string[] =>
      present().flatMap(({ session, seat, node }) =>
        [...microphones].flatMap(([participantId, said]) => {
          const told = toldVoiceOf(session, participantId);
          if (told?.micOn === said.micOn && told.speaking === said.speaking) return [];
          const { nickname } = seat.participant;
          return [
            `${nickname} at ${node} was told ${JSON.stringify(told)} of ${participantId}, not ${JSON.stringify(said)}`,
          ];
        }),
      ),

    async putChunk(seat: JoinAnswer, node: number, recordingId: string, index: number, bytes: Buffer<ArrayBuffer>) {
      await note('chunk', seat.participant.id, async () => {
        const { status } = await call(seat, node, `/api/recordings/${recordingId}/chunks/${index}`, {
          method: 'PUT',
          headers: chunkHeaders(bytes),
          body: bytes,
        });
        return status === 201 ? undefined : `answered ${status}`;
      });
    },

    async complete(seat: JoinAnswer, node: number, recordingId: string, chunkCount: number) {
      await note('complete', seat.participant.id, async () => {
        const response = await call(seat, node, `/api/recordings/${recordingId}/complete`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ chunkCount }),
        });
        if (response.status !== 202) return `answered ${response.status}: ${await response.text()}`;
        return (event) => event.type === 'recording_completed' && event.recordingId === recordingId;
      });
    },

    close(): void {
      for (const { signaling, session } of witnesses) {
        signaling.close();
        session.socket.disconnect();
      }
    },
  };
};

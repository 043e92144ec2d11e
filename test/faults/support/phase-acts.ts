// What people do in a witnessed room: take seats, record, send chunks, turn pages, choose. Every deed carries what tells its
// event in the journal.
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../processes/eventually.ts';
import type { JoinAnswer } from '../../../src/protocol/join-answers.ts';
import { nodeOrder } from '../../support/cluster/cluster-room.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';
import { eventsOf, type Witness, type WitnessedRoom } from './witnessed-room.ts';

const MAX_CHUNK_BYTES = 50_000;
const NICKNAMES = ['a', 'b', 'c'];

export interface Recording {
  readonly id: string;
  readonly seat: JoinAnswer;
  chunks: number;
  /** Of all bytes sent. */
  readonly hash: Hash;
}

/** What a snapshot shows of a moment that is past. */
const SHOWN_AS = { countdown_started: 'startsAt', debate_started: 'startedAt', debate_ended: 'endedAt' } as const;
type Milestone = keyof typeof SHOWN_AS;

const made = (type: string, fields: object) => (event: object) =>
  Object.entries({ type, ...fields }).every(([name, value]) => Reflect.get(event, name) === value);

const hasHeard = (witness: Witness, type: Milestone): boolean =>
  witness.session.snapshot()?.room[SHOWN_AS[type]] !== undefined ||
  eventsOf(witness).some(({ event }) => event.type === type);

/** Not for what is promised in a time: that is read from what was written down. */
export const allHear = (room: WitnessedRoom, type: Milestone): Promise<true> =>
  eventually(`all hear of ${type}`, () => room.present().every((witness) => hasHeard(witness, type)), 15_000);

export type PhaseActs = ReturnType<typeof createPhaseActs>;

export const createPhaseActs = (cluster: TestCluster, random: () => number) => {
  const anyNode = (): number => Math.floor(random() * cluster.nodes.length);
  const pause = (fromMs: number, toMs: number): Promise<void> => delay(fromMs + random() * (toMs - fromMs));

  const enter = async (room: WitnessedRoom, nickname: string, node: number): Promise<Witness> =>
    room.connect(await room.join(nickname, node), node);

  /** Three people, the first is the host, each at a node of their own. */
  const seatAll = async (room: WitnessedRoom): Promise<Witness[]> => {
    const people: Witness[] = [];
    const nodes = nodeOrder(cluster.nodes.length, random);
    for (const [index, nickname] of NICKNAMES.entries())
      people.push(await enter(room, nickname, nodes[index % nodes.length] ?? 0));
    await Promise.all(people.map((witness) => room.say(witness, { micOn: true, speaking: false })));
    return people;
  };

  return {
    anyNode,
    pause,
    enter,
    seatAll,

    async startDebate(room: WitnessedRoom): Promise<Witness[]> {
      const people = await seatAll(room);
      await allHear(room, 'debate_started');
      return people;
    },

    async startRecording(room: WitnessedRoom, witness: Witness): Promise<Recording> {
      const answer = await room.command(witness, 'recording:start', { mimeType: 'audio/webm' }, ({ recordingId }) =>
        made('recording_started', { recordingId }),
      );
      return { id: String(answer?.recordingId), seat: witness.seat, chunks: 0, hash: createHash('sha256') };
    },

    stopRecording: (room: WitnessedRoom, witness: Witness, { id: recordingId }: Recording) =>
      room.command(witness, 'recording:stop', { recordingId }, () => made('recording_stopped', { recordingId })),

    /** Chunk after chunk to any node while `goesOn`, one at least. */
    async sendChunks(room: WitnessedRoom, recording: Recording, goesOn: () => boolean): Promise<void> {
      do {
        const bytes = randomBytes(1 + Math.floor(random() * MAX_CHUNK_BYTES));
        recording.hash.update(bytes);
        await room.putChunk(recording.seat, anyNode(), recording.id, recording.chunks, bytes);
        recording.chunks += 1;
        await pause(50, 150);
      } while (goesOn());
    },

    complete: (room: WitnessedRoom, { seat, id, chunks }: Recording) => room.complete(seat, anyNode(), id, chunks),

    turn: (room: WitnessedRoom, host: Witness, page: number) =>
      room.command(host, 'page:turn', { to: page }, ({ turnsAt }) => made('page_turned', { page, turnsAt })),

    /** Sent twice under one id; true when both answers were the same. */
    async choose(room: WitnessedRoom, guest: Witness, value: string): Promise<boolean> {
      const body = { questionId: 'q', value, commandId: value };
      const first = await room.command(guest, 'choice:submit', body, ({ revision }) =>
        made('choice_submitted', { participantId: guest.id, value, revision }),
      );
      const repeated = await guest.session.ask('choice:submit', body).catch(() => undefined);
      return first?.ok === true && repeated?.revision === first.revision;
    },

    endDebate: (room: WitnessedRoom, host: Witness) =>
      room.command(host, 'debate:end', {}, ({ endedAt }) => made('debate_ended', { endedAt })),
  };
};

// People whom a test seats at nodes of its choice, with plain sockets and not through the front.
import { joinRoom } from '../../../src/client/index.ts';
import type { JoinAnswer } from '../../../src/protocol/join-answers.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import type { CreatedRoom } from '../../../src/protocol/study-answers.ts';
import { researcherOf } from './cluster-room.ts';
import { connectToNode, type NodeSocket, openNodeSocket } from './node-socket.ts';
import type { TestCluster } from './spawn-cluster.ts';

const PAGES: StudyInput['pages'] = [
  { title: 'Page 0', questions: [{ id: 'q', prompt: 'Why?', kind: 'text' }] },
  ...Array.from({ length: 199 }, (_, index) => ({ title: `Page ${index + 1}` })),
];

export interface NodePerson {
  readonly seat: JoinAnswer;
  readonly socket: NodeSocket;
}

export const createNodePeople = (cluster: TestCluster) => {
  const sockets = new Set<NodeSocket>();
  const urlOf = (node: number): string => cluster.nodes[node]?.url ?? '';

  const newRooms = async (settings: StudyInput['settings'] = {}, count = 1): Promise<readonly CreatedRoom[]> => {
    const api = researcherOf(cluster);
    const study = await api.createStudy({ title: 'Nodes', pages: PAGES, settings: { countdownMs: 500, ...settings } });
    return (await api.createRooms(study.id, { count })).rooms;
  };
  const join = (node: number, { code }: CreatedRoom, nickname: string): Promise<JoinAnswer> =>
    joinRoom({ serverUrl: urlOf(node), code, nickname });
  /** Does not wait. `comesAgain`: as standard clients do it. */
  const open = (node: number, { token }: JoinAnswer, { comesAgain = false } = {}): NodeSocket => {
    const opened = openNodeSocket({ url: urlOf(node), token, comesAgain });
    sockets.add(opened);
    return opened;
  };
  const connect = async (node: number, { token }: JoinAnswer, { comesAgain = false } = {}): Promise<NodeSocket> => {
    const connected = await connectToNode({ url: urlOf(node), token, comesAgain });
    sockets.add(connected);
    return connected;
  };
  /** One after another, the host first. */
  const seatAt = async (room: CreatedRoom, nodes: readonly number[]): Promise<NodePerson[]> => {
    const people: NodePerson[] = [];
    for (const [index, node] of nodes.entries()) {
      const seat = await join(node, room, `person ${index}`);
      people.push({ seat, socket: await connect(node, seat) });
    }
    return people;
  };

  return {
    urlOf,
    newRooms,
    join,
    open,
    connect,
    /** What one node in particular says to researchers. */
    askAt: (node: number) => researcherOf({ ...cluster, url: urlOf(node) }),
    async newRoom(settings?: StudyInput['settings']): Promise<CreatedRoom> {
      const [room] = await newRooms(settings);
      if (!room) throw new Error('no room was made');
      return room;
    },
    /** As many people as nodes are named, each at its node, in a debate that runs. */
    async debate(room: CreatedRoom, nodes: readonly number[]): Promise<NodePerson[]> {
      const people = await seatAt(room, nodes);
      await Promise.all(people.map(({ socket }) => socket.untilEvent('debate_started')));
      return people;
    },
    leaveAll() {
      for (const { socket } of sockets) socket.disconnect();
      sockets.clear();
    },
  };
};

export type NodePeople = ReturnType<typeof createNodePeople>;

// Pages that come, go and come again, on one node and on two: who is named to whom, and whose page counts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryPeers } from '../../test/support/room/memory-peers.ts';
import { createMemoryNamespace, type MemoryClient, type SocketRooms } from '../../test/support/room/memory-sockets.ts';
import type { RemotePeers } from './ports.ts';
import { createSignalingPeers, type LocalPeer } from './signaling-peers.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const SEATS: Readonly<Record<string, number>> = { anna: 0, bora: 1, chul: 2 };

const createNode = (remote?: RemotePeers, rooms?: SocketRooms) => {
  const { namespace, connect } = createMemoryNamespace(rooms);
  const peers = createSignalingPeers({ namespace, remote });
  const entered = new Map<MemoryClient, LocalPeer>();
  let open = 0;
  let entering: ((peer: LocalPeer | undefined) => void) | undefined;
  namespace.on('connection', (socket) => {
    const { participantId, epoch } = socket.handshake.auth;
    const identity = { roomId: 'room', participantId, nickname: participantId, language: 'en' };
    Object.assign(socket.data, { ...identity, seat: SEATS[participantId], instance: `page${epoch}` });
    open += 1;
    const release = () => {
      open -= 1;
    };
    void peers.prepare(socket, epoch).then(() => {
      const peer = peers.enter(socket, epoch, release);
      if (!peer) release();
      entering?.(peer);
    });
  });
  return {
    peers,
    open: () => open,
    /** The participant's page with this epoch comes in by a new connection. */
    async enter(participantId: string, epoch = 1): Promise<MemoryClient> {
      const done = new Promise<LocalPeer | undefined>((resolve) => {
        entering = resolve;
      });
      const client = connect({ auth: { participantId, epoch } });
      const peer = await done;
      if (peer) entered.set(client, peer);
      return client;
    },
    leave(client: MemoryClient, forGood: boolean) {
      const peer = entered.get(client);
      if (peer) peers.leave(peer, forGood);
    },
    emitTo: (participantId: string, name: string) => peers.targetOf('room', participantId)?.emit(name, {}),
  };
};

/** What a client was sent beside the list at its entry, in short. */
const newsOf = (client: MemoryClient): string[] =>
  client.received
    .filter(({ name }) => name !== 'peers')
    .map(({ name, body }) => {
      const { participantId = '', epoch = '', role = '' } = body as Record<string, unknown>;
      return [name, participantId, epoch, role].filter((part) => part !== '').join(' ');
    });
const peersAt = (client: MemoryClient) => client.bodiesOf<{ peers: unknown[] }>('peers')[0]?.peers;

describe('pages on one node', () => {
  it('[SG1] who enters is told who is there, they are told of it, and the lower seat offers', async () => {
    const { enter } = createNode();
    const bora = await enter('bora');
    const anna = await enter('anna', 3);
    expect(peersAt(bora)).toEqual([]);
    expect(peersAt(anna)).toEqual([{ participantId: 'bora', epoch: 1, role: 'offer' }]);
    expect(newsOf(bora)).toEqual(['peer:joined anna 3 answer']);
  });

  it('[SG6] who comes again within ten seconds has not left, who stays away has', async () => {
    const { peers, enter, leave } = createNode();
    const anna = await enter('anna');
    leave(await enter('bora'), false);
    expect(peers.targetOf('room', 'bora')).toBeUndefined();
    expect(peersAt(await enter('chul'))).toEqual([{ participantId: 'anna', epoch: 1, role: 'answer' }]);
    vi.advanceTimersByTime(9_999);
    const back = await enter('bora');
    vi.advanceTimersByTime(20_000);
    leave(back, false);
    vi.advanceTimersByTime(9_999);
    expect(newsOf(anna)).toEqual(['peer:joined bora 1 offer', 'peer:joined chul 1 offer', 'peer:joined bora 1 offer']);
    vi.advanceTimersByTime(1);
    expect(newsOf(anna).at(-1)).toBe('peer:left bora 1');
    expect(peers.size).toBe(2);
  });

  it('[SG6] who leaves for good has left at once, once', async () => {
    const { enter, leave, open } = createNode();
    const anna = await enter('anna');
    const bora = await enter('bora');
    leave(bora, true);
    leave(bora, true);
    vi.advanceTimersByTime(20_000);
    expect(newsOf(anna)).toEqual(['peer:joined bora 1 offer', 'peer:left bora 1']);
    expect(open()).toBe(1);
  });

  it('[SG11] of the connections of a page the newest counts, and an older page does not come in', async () => {
    const { enter, open, peers } = createNode();
    const former = await enter('anna', 2);
    const current = await enter('anna', 2);
    const older = await enter('anna', 1);
    expect([former, current, older].map(({ state }) => state)).toEqual(['closed', 'connected', 'closed']);
    for (const replaced of [former, older]) expect(newsOf(replaced)).toEqual(['connection:replaced']);
    expect(open()).toBe(1);
    peers.targetOf('room', 'anna')?.emit('signal', {});
    expect(newsOf(current)).toEqual(['signal']);
  });

  it('whoever is cut is told nothing, the others that the page has left', async () => {
    const { peers, enter, open } = createNode();
    const [anna, bora] = [await enter('anna'), await enter('bora')];
    peers.cut('room', 'bora');
    expect(bora.state).toBe('closed');
    expect(newsOf(anna)).toEqual(['peer:joined bora 1 offer', 'peer:left bora 1']);
    peers.cut('room', undefined);
    expect(anna.state).toBe('closed');
    expect([open(), peers.size]).toEqual([0, 0]);
  });

  it('a restart closes the transports, and everybody stays known', async () => {
    const { peers, enter } = createNode();
    const clients = [await enter('anna'), await enter('bora')];
    peers.restart('room');
    expect(clients.map(({ transport }) => transport.readyState)).toEqual(['closed', 'closed']);
    expect(peers.pagesOf('room').map(({ participantId }) => participantId)).toEqual(['anna', 'bora']);
  });

  it('closed, it keeps nothing and no timer', async () => {
    const { peers, enter, leave, open } = createNode();
    await enter('anna');
    leave(await enter('bora'), false);
    peers.close();
    expect([open(), peers.size, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });
});

describe('pages on two nodes', () => {
  const createNodes = () => {
    const board = createMemoryPeers();
    const rooms: SocketRooms = new Map();
    return { board, one: createNode(board.node(), rooms), other: createNode(board.node(), rooms) };
  };

  it('[SG9] they are named to each other, join and leave', async () => {
    const { one, other } = createNodes();
    const anna = await one.enter('anna');
    const bora = await other.enter('bora');
    expect(peersAt(bora)).toEqual([{ participantId: 'anna', epoch: 1, role: 'answer' }]);
    other.leave(bora, true);
    expect(newsOf(anna)).toEqual(['peer:joined bora 1 offer', 'peer:left bora 1']);
  });

  it('[SG10] what is sent to a page on the other node reaches that page alone', async () => {
    const { one, other } = createNodes();
    const [anna, bora] = [await one.enter('anna'), await other.enter('bora')];
    expect(one.peers.targetOf('room', 'bora')).toMatchObject({ pageEpoch: 1, isRemote: true });
    expect(one.peers.targetOf('room', 'anna')).toMatchObject({ isRemote: false });
    one.emitTo('bora', 'signal');
    expect([newsOf(anna), newsOf(bora)]).toEqual([['peer:joined bora 1 offer'], ['signal']]);
  });

  it('[SG11] a page that goes on at another node has left for nobody, and its former connection is replaced', async () => {
    const { one, other } = createNodes();
    const chul = await one.enter('chul');
    const former = await one.enter('anna', 4);
    const current = await other.enter('anna', 4);
    expect(former.state).toBe('closed');
    expect(newsOf(former)).toEqual(['connection:replaced']);
    expect(newsOf(chul)).toEqual(['peer:joined anna 4 answer', 'peer:joined anna 4 answer']);
    one.emitTo('anna', 'signal');
    expect(newsOf(current)).toEqual(['signal']);
    expect(one.open()).toBe(1);
  });

  it('[SG11] an older page is refused on the other node too', async () => {
    const { one, other } = createNodes();
    const current = await one.enter('anna', 4);
    const older = await other.enter('anna', 3);
    expect([older.state, current.state]).toEqual(['closed', 'connected']);
  });

  it('[SG13] while the line is down nobody who is away is given up: the page may be on the other node', async () => {
    const { board, one } = createNodes();
    const chul = await one.enter('chul');
    one.leave(await one.enter('anna'), false);
    board.setUp(false);
    vi.advanceTimersByTime(60_000);
    expect(newsOf(chul)).toEqual(['peer:joined anna 1 answer']);
    board.setUp(true);
    vi.advanceTimersByTime(10_000);
    expect(newsOf(chul).at(-1)).toBe('peer:left anna 1');
  });
});

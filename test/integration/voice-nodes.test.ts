// Microphones of people on other nodes: shown to whoever comes, and after an outage of Redis to whoever is there.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { joinRoom } from '../../src/client/index.ts';
import { researcherOf } from '../support/cluster/cluster-room.ts';
import { connectToNode, type NodeSocket } from '../support/cluster/node-socket.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

describeWithRedis('microphones on other nodes', () => {
  let cluster: TestCluster;
  const sockets: NodeSocket[] = [];
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: 2 });
  });
  afterAll(async () => {
    for (const { socket } of sockets) socket.disconnect();
    await cluster?.close();
  });

  const newRoom = async (): Promise<string> => {
    const api = researcherOf(cluster);
    const study = await api.createStudy({ title: 'Microphones', pages: [{ title: 'One' }] });
    return (await api.createRooms(study.id, {})).rooms[0]?.code ?? '';
  };

  const connect = async (token: string, node: number): Promise<NodeSocket> => {
    const socket = await connectToNode({ url: cluster.nodes[node]?.url ?? '', token });
    sockets.push(socket);
    return socket;
  };
  const enter = async (code: string, nickname: string, node: number) => {
    const serverUrl = cluster.nodes[node]?.url ?? '';
    const { token, participant } = await joinRoom({ serverUrl, code, nickname });
    return { id: participant.id, token, socket: await connect(token, node) };
  };

  it('[NO6][CH8] the first of a room on a node is shown the microphones of the others', async () => {
    const code = await newRoom();
    const speaker = await enter(code, 'a', 0);
    await speaker.socket.ask('voice:status', { micOn: true, speaking: true });
    const { socket } = await enter(code, 'b', 1);
    const shown = socket.snapshot()?.room.participants.find(({ id }) => id === speaker.id);
    expect(shown).toMatchObject({ micOn: true, speaking: true });
  });

  it('[NO6][CH8] who goes on at another node is not shown with the microphone of before', async () => {
    const code = await newRoom();
    const speaker = await enter(code, 'a', 0);
    const { socket: listener } = await enter(code, 'b', 0);
    await speaker.socket.ask('voice:status', { micOn: true, speaking: true });
    await listener.until('voice:status');
    await connect(speaker.token, 1);
    await speaker.socket.closed;
    const { token } = await enter(code, 'c', 1);
    const isSilent = async () => {
      const people = (await connect(token, 1)).snapshot()?.room.participants;
      return people?.find(({ id }) => id === speaker.id)?.micOn === false;
    };
    await eventually('the microphone is off', isSilent, 5_000);
  });

  it('[NO6][CH8] what was said while Redis was away is told when it is back', async () => {
    const code = await newRoom();
    const speaker = await enter(code, 'a', 0);
    const { socket: listener } = await enter(code, 'b', 1);
    cluster.redis.pause();
    try {
      for (const micOn of [true, false, true])
        expect(await speaker.socket.ask('voice:status', { micOn, speaking: false })).toEqual({ ok: true });
      await eventually('the outage is known', async () => !(await fetch(`${cluster.url}/readyz`)).ok);
    } finally {
      cluster.redis.resume();
    }
    const { body } = await listener.until('voice:status');
    expect(body).toMatchObject({ participantId: speaker.id, micOn: true, speaking: false });
  });
});

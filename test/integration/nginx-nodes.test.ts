// Nodes that come and go behind nginx while requests, uploads and sockets are under way.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import {
  createRecordingUpload,
  createResearcherApi,
  createRoomClient,
  joinRoom,
  type ResearcherApi,
} from '../../src/client/index.ts';
import { type ClusterNode, spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithNginx, describeWithRedis } from '../support/describe-with-program.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';

const PAGES = Array.from({ length: 50 }, (_, index) => ({ title: `Page ${index}` }));
const READERS = 4;
const CHUNK_BYTES = 200_000;
const PAUSE_MS = 20;

describeWithNginx('nodes that come and go behind nginx', () => {
  describeWithRedis('which share a Redis', () => {
    let cluster: TestCluster;
    let nginx: Nginx;
    let api: ResearcherApi;

    beforeAll(async () => {
      cluster = await spawnCluster({ nodes: 2 });
      nginx = await startNginx({ nodes: cluster.nodes.map(({ port }) => port) });
      api = createResearcherApi({ serverUrl: nginx.url, key: cluster.researcherKey });
    });
    afterAll(async () => {
      await nginx?.stop();
      await cluster?.close();
    });

    const node = (index: number): ClusterNode => {
      const found = cluster.nodes[index];
      if (!found) throw new Error(`there is no node ${index}`);
      return found;
    };

    const openDebate = async () => {
      const { id: studyId } = await api.createStudy({ title: 'Moved', pages: PAGES, settings: { countdownMs: 500 } });
      const [room] = (await api.createRooms(studyId, {})).rooms;
      if (!room) throw new Error('no room was made');
      const people = [];
      for (const nickname of ['a', 'b', 'c']) {
        const { token } = await joinRoom({ serverUrl: nginx.url, code: room.code, nickname });
        const client = createRoomClient({ serverUrl: nginx.url, token, media: false });
        onTestFinished(() => client.close());
        client.connect();
        await eventually(`${nickname} is online`, () => client.state.connection === 'online');
        people.push({ client, token });
      }
      const [host] = people;
      if (!host) throw new Error('there is no host');
      const all = people.map(({ client }) => client);
      await eventually('the debate runs', () => all.every(({ state }) => state.room?.phase === 'running'));
      const turnedForAll = async (): Promise<void> => {
        const turned = await host.client.turnPage('next');
        if (!turned.ok) throw new Error(`a turn was refused: ${turned.error.code}`);
        await eventually('all are on the page', () => all.every(({ state }) => state.room?.page === turned.page));
      };
      return { roomId: room.id, host, all, turnedForAll };
    };

    it('no read and no chunk is lost when a node is killed, the sockets come back by the other, and it is used again', async () => {
      const { roomId, host, all, turnedForAll } = await openDebate();
      const started = await host.client.startRecording('audio/webm');
      if (!started.ok) throw new Error(started.error.code);
      const { recordingId } = started;
      const upload = createRecordingUpload({ serverUrl: nginx.url, token: host.token, recordingId });

      let stopping = false;
      const counts = { reads: 0, chunks: 0 };
      const failures: string[] = [];
      const reading = Array.from({ length: READERS }, async () => {
        while (!stopping) {
          const headers = { authorization: `Bearer ${cluster.researcherKey}` };
          const answer = await fetch(`${nginx.url}/api/rooms/${roomId}`, { headers });
          const text = await answer.text();
          if (answer.status !== 200 || !text.endsWith('}')) failures.push(`${answer.status} ${text}`);
          counts.reads += 1;
          await delay(PAUSE_MS);
        }
      });
      const uploading = (async () => {
        for (; !stopping; counts.chunks += 1) {
          const now = Date.now();
          const chunk = { index: counts.chunks, bytes: randomBytes(CHUNK_BYTES), startedAt: now, endedAt: now + 10 };
          const stored = await upload.add(chunk);
          if (!stored.ok) failures.push(stored.error.message);
        }
      })();

      for (const index of [0, 1]) {
        await turnedForAll();
        const { reads, chunks } = counts;
        await eventually('there is load', () => counts.reads > reads + 50 && counts.chunks > chunks + 5);
        await node(index).kill('SIGKILL');
        await eventually('all are back by the other node', () =>
          all.every(({ state }) => state.connection === 'online'),
        );
        await turnedForAll();
        const logged = nginx.accessLog().length;
        await node(index).start();
        const used = `"node":"127.0.0.1:${node(index).port}","nodeStatus":"200"`;
        await eventually('the node is used again', () => nginx.accessLog().slice(logged).includes(used));
      }
      stopping = true;
      await Promise.all([...reading, uploading]);
      expect(failures).toEqual([]);
      // The kills did meet requests that were on their way, or nodes that were asked in vain.
      expect(nginx.accessLog()).toContain('"nodeStatus":"502, 200"');
      expect((await upload.complete(counts.chunks)).ok).toBe(true);
      const audio = await api.recording(recordingId);
      expect(audio.bytes).toBe(counts.chunks * CHUNK_BYTES);
    }, 120_000);

    it('a reload to other nodes drops no socket and no live stream, and new requests go to the new nodes', async () => {
      const { roomId, all, turnedForAll } = await openDebate();
      const headers = { authorization: `Bearer ${cluster.researcherKey}` };
      const stream = await fetch(`${nginx.url}/api/rooms/${roomId}/stream`, { headers });
      let frames = 0;
      let streamEnded = false;
      const reader = stream.body?.getReader();
      onTestFinished(() => reader?.cancel());
      void (async () => {
        while (!(await reader?.read())?.done) frames += 1;
        streamEnded = true;
      })();
      const drops: string[] = [];
      for (const client of all) {
        client.on('change', ({ connection }) => {
          if (connection !== 'online') drops.push(connection);
        });
      }
      const sockets = async (): Promise<string> => (await fetch(`${node(1).url}/metrics`)).text();
      const held = /^trialogue_connections\{kind="sockets"\} [1-9]/m;
      expect(await sockets()).toMatch(held);

      await nginx.reload([node(0).port]);
      const logged = nginx.accessLog().length;
      for (let count = 0; count < 20; count += 1) await api.room(roomId);
      expect(nginx.accessLog().slice(logged)).not.toContain(`127.0.0.1:${node(1).port}`);
      const before = frames;
      await turnedForAll();
      await eventually('the live stream tells of it', () => frames > before);
      expect([drops, streamEnded]).toEqual([[], false]);
      expect(await sockets()).toMatch(held);
    });
  });
});

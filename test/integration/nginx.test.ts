// nginx in front of two nodes, as participants and researchers meet it: sockets, uploads, live streams, the page, limits.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import {
  createResearcherApi,
  createRoomClient,
  joinRoom,
  type ResearcherApi,
  type RoomClient,
} from '../../src/client/index.ts';
import type { RoomAnswer } from '../../src/protocol/room-answers.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import type { CreatedRoom } from '../../src/protocol/study-answers.ts';
import { persistently } from '../support/cluster/cluster-room.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithNginx, describeWithRedis } from '../support/describe-with-program.ts';
import { chunkHeaders, type ErrorBody } from '../support/servers/api-client.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';

const MIB = 1024 * 1024;
const STUDY: StudyInput = {
  title: 'Behind nginx',
  pages: [{ title: 'One' }, { title: 'Two' }],
  settings: { countdownMs: 500 },
};

describeWithNginx('nginx in front of two nodes', () => {
  describeWithRedis('which share a Redis', () => {
    const storage = mkdtempSync(join(tmpdir(), 'trialogue-storage-'));
    let cluster: TestCluster;
    let nginx: Nginx;
    let api: ResearcherApi;

    beforeAll(async () => {
      cluster = await spawnCluster({ nodes: 2, env: { LOG_LEVEL: 'info', STORAGE_URL: pathToFileURL(storage).href } });
      nginx = await startNginx({ nodes: cluster.nodes.map(({ port }) => port) });
      api = createResearcherApi({ serverUrl: nginx.url, key: cluster.researcherKey });
    });
    afterAll(async () => {
      await nginx?.stop();
      await cluster?.close();
      rmSync(storage, { recursive: true, force: true });
    });

    const newRoom = async (study: StudyInput = STUDY): Promise<CreatedRoom> => {
      const { id } = await api.createStudy(study);
      const [room] = (await api.createRooms(id, {})).rooms;
      if (!room) throw new Error('no room was made');
      return room;
    };
    const connectTo = async (room: CreatedRoom, nickname: string) => {
      const seat = await joinRoom({ serverUrl: nginx.url, code: room.code, nickname });
      const client = createRoomClient({ serverUrl: nginx.url, token: seat.token, media: false });
      onTestFinished(() => client.close());
      client.connect();
      await eventually(`${nickname} is online`, () => client.state.connection === 'online');
      return { seat, client };
    };
    const socketsAt = async (url: string): Promise<number> => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/^trialogue_connections\{kind="sockets"\} (\d+)$/m.exec(metrics)?.[1]);
    };

    it('[CH3] carries the sockets to both nodes, and a page turn to everybody', async () => {
      const room = await newRoom();
      const clients: RoomClient[] = [];
      for (const nickname of ['a', 'b', 'c']) clients.push((await connectTo(room, nickname)).client);
      const sockets = await Promise.all(cluster.nodes.map(({ url }) => socketsAt(url)));
      expect(sockets.toSorted()).toEqual([1, 2]);
      await eventually('the debate runs', () => clients.every(({ state }) => state.room?.phase === 'running'));
      expect(await clients[0]?.turnPage('next')).toMatchObject({ ok: true, page: 1 });
      await eventually('all are on the page', () => clients.every(({ state }) => state.room?.page === 1));
    });

    const recording = async () => {
      const { seat, client } = await connectTo(await newRoom(), 'speaker');
      const started = await client.startRecording('audio/webm');
      if (!started.ok) throw new Error(started.error.code);
      const pathOf = (index: number) => `/api/recordings/${started.recordingId}/chunks/${index}`;
      const headersOf = (bytes: Uint8Array) => ({ authorization: `Bearer ${seat.token}`, ...chunkHeaders(bytes) });
      return {
        begin: (index: number, bytes: Uint8Array): ClientRequest => {
          const headers = { ...headersOf(bytes), 'content-length': bytes.byteLength };
          return request(`${nginx.url}${pathOf(index)}`, { method: 'PUT', agent: false, headers });
        },
        put: (index: number, bytes: Uint8Array<ArrayBuffer>) =>
          fetch(`${nginx.url}${pathOf(index)}`, { method: 'PUT', body: bytes, headers: headersOf(bytes) }),
      };
    };

    it('[RC3] lets the largest chunk through, and refuses more in the words of the nodes', async () => {
      const { put } = await recording();
      expect((await put(0, randomBytes(16 * MIB))).status).toBe(201);
      for (const [mebibytes, limit] of [
        [17, 16 * MIB],
        [25, 24 * MIB],
      ] as const) {
        const refused = await put(1, randomBytes(mebibytes * MIB));
        const { error } = (await refused.json()) as ErrorBody;
        expect([refused.status, error.code, error.details]).toEqual([413, 'body_too_large', { limit }]);
      }
    });

    it('passes an upload on while it comes in, and keeps none of it', async () => {
      const { begin } = await recording();
      const bytes = randomBytes(2 * MIB);
      const upload = begin(0, bytes);
      const answered = once(upload, 'response');
      upload.write(bytes.subarray(0, MIB));
      const unfinished = join(storage, '.unfinished');
      await eventually('the first half is on its way to the disk of a node', () =>
        readdirSync(unfinished).some((name) => statSync(join(unfinished, name)).size > MIB / 2),
      );
      const kept = readdirSync(nginx.folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
      expect(kept.filter((one) => one.isFile() && one.parentPath.includes('tmp-'))).toEqual([]);
      upload.end(bytes.subarray(MIB));
      expect(((await answered) as [IncomingMessage])[0].statusCode).toBe(201);
    });

    it('takes a study that is larger than one buffer', async () => {
      const study = await api.createStudy({ ...STUDY, pages: [{ title: 'Long', body: 'word '.repeat(9_000) }] });
      expect((await api.study(study.id)).pages[0]?.body).toHaveLength(45_000);
    });

    it('[JN11] tells of every change on a live stream at once', async () => {
      const room = await newRoom();
      const response = await fetch(`${nginx.url}/api/rooms/${room.id}/stream`, {
        headers: { authorization: `Bearer ${cluster.researcherKey}`, 'accept-encoding': 'gzip' },
      });
      const reader = response.body?.getReader();
      onTestFinished(() => reader?.cancel());
      expect(response.headers.get('content-encoding')).toBeNull();
      const next = async () => {
        const text = new TextDecoder().decode((await reader?.read())?.value);
        return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? 'null') as RoomAnswer;
      };
      expect((await next()).participants).toEqual([]);
      await joinRoom({ serverUrl: nginx.url, code: room.code, nickname: 'seen' });
      expect((await next()).participants).toMatchObject([{ nickname: 'seen' }]);
    });

    it('[JN7] gives a request one id: in the answer, in the log of nginx and in that of the node', async () => {
      for (const given of [undefined, `mine-${randomUUID()}`]) {
        const response = await fetch(`${nginx.url}/api/studies`, given ? { headers: { 'x-request-id': given } } : {});
        const { requestId } = ((await response.json()) as ErrorBody).error;
        expect(response.headers.get('x-request-id')).toBe(requestId);
        if (given) expect(requestId).toBe(given);
        const entry = `"requestId":"${requestId}"`;
        await eventually(
          'both logs have it',
          () => nginx.accessLog().includes(entry) && cluster.output().includes(entry),
        );
      }
    });

    it('[JN6] counts wrong codes by the address that nginx sees, whatever the caller says it is', async () => {
      const guess = (localAddress: string, index: number): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const headers = {
            'x-forwarded-for': `198.51.100.${index}`,
            'x-real-ip': '198.51.100.1',
            forwarded: 'for=198.51.100.1',
          };
          const asking = get(
            `${nginx.url}/api/join/NOSUCH${index}`,
            { localAddress, agent: false, headers },
            (answer) => {
              answer.resume();
              resolve(answer.statusCode);
            },
          );
          asking.on('error', reject);
        });
      const statuses = [];
      for (let index = 0; index < 31; index += 1) statuses.push(await guess('127.0.0.2', index));
      expect(statuses).toEqual([...Array(30).fill(404), 429]);
      expect(await guess('127.0.0.3', 1)).toBe(404);
    });

    it('compresses the page and its files, and nothing of the API', async () => {
      const gzipped = { headers: { 'accept-encoding': 'gzip', authorization: `Bearer ${cluster.researcherKey}` } };
      const page = await fetch(`${nginx.url}/j/CODE`, gzipped);
      const [script] = /\/assets\/[\w-]+\.js/.exec(await page.text()) ?? [];
      const file = await fetch(`${nginx.url}${script}`, gzipped);
      expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'gzip']);
      expect(file.headers.get('vary')).toMatch(/accept-encoding/i);
      expect(file.headers.get('cache-control')).toContain('immutable');
      const plain = await fetch(`${nginx.url}${script}`, { headers: { 'accept-encoding': 'identity' } });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(await plain.text()).toBe(await file.text());
      await newRoom({ ...STUDY, pages: [{ title: 'Long', body: 'word '.repeat(5_000) }] });
      const studies = await fetch(`${nginx.url}/api/studies`, gzipped);
      expect([studies.status, studies.headers.get('content-encoding')]).toEqual([200, null]);
    });

    it('shows whether all is well, and no numbers', async () => {
      for (const path of ['/healthz', '/readyz']) expect((await fetch(`${nginx.url}${path}`)).status).toBe(200);
      for (const path of ['/metrics', '/%6Detrics', '//metrics', '/metrics?x', '/api/../metrics']) {
        const answer = get({ port: nginx.port, host: '127.0.0.1', path, agent: false });
        const [response] = (await once(answer, 'response')) as [IncomingMessage];
        response.resume();
        expect([path, response.statusCode]).toEqual([path, 404]);
      }
    });

    it('gives up idle connections long before a node does, who might close on a request', async () => {
      const [, nodeSeconds] =
        /timeout=(\d+)/.exec((await fetch(`${cluster.nodes[0]?.url}/healthz`)).headers.get('keep-alive') ?? '') ?? [];
      const configuration = readFileSync(join(nginx.folder, 'trialogue.conf'), 'utf8');
      const [, nginxSeconds] = /^ {2}keepalive_timeout (\d+)s;$/m.exec(configuration) ?? [];
      expect(Number(nodeSeconds)).toBeGreaterThanOrEqual(3 * Number(nginxSeconds));
    });

    it('never refuses a lab of 90 behind one address', async () => {
      const { id } = await api.createStudy(STUDY);
      const { rooms } = await api.createRooms(id, { count: 30 });
      const page = await (await fetch(`${nginx.url}/j/CODE`)).text();
      const files = page.match(/\/assets\/[\w-]+\.\w+/g) ?? [];
      const arrive = async (code: string, nickname: string): Promise<RoomClient> => {
        const load = async (path: string) => (await fetch(`${nginx.url}${path}`)).arrayBuffer();
        await Promise.all([`/j/${code}`, ...files, `/api/join/${code}`].map(load));
        // A machine that others keep busy may be too slow for a moment: that is no refusal.
        const { token } = await persistently(() => joinRoom({ serverUrl: nginx.url, code, nickname }));
        const client = createRoomClient({ serverUrl: nginx.url, token, media: false });
        onTestFinished(() => client.close());
        client.connect();
        return client;
      };
      const before = nginx.accessLog().length;
      const clients = await Promise.all(
        rooms.flatMap(({ code }) => ['a', 'b', 'c'].map((nickname) => arrive(code, nickname))),
      );
      const allRun = () => clients.every(({ state }) => state.room?.phase === 'running');
      await eventually('all debates run', allRun, 60_000);
      const log = nginx.accessLog().slice(before);
      expect(log.match(/"path":"\/api\/join"/g)?.length).toBeGreaterThanOrEqual(90);
      expect(log).not.toContain('"status":429');
    }, 120_000);
  });
});

// One real server with the others on it, and one abuse after another: the abuser sends to the server, then, at the same rate, to
// the sink.

import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../../processes/spawn-server.ts';
import { createResearcherApi } from '../../src/client/api/researcher-api.ts';
import { joinRoom } from '../../src/client/index.ts';
import { startSink } from '../bare-process.ts';
import { cpuMsOf, schedulingOf } from '../process-usage.ts';
import type { AbuserSeat } from './abuse-tools.ts';
import { type Abuser, startAbuser } from './abuser-process.ts';
import { LONG_PAGES } from './abuses.ts';
import { beyondTheWire, type Deed } from './database-abuses.ts';
import { type OthersReport, openOthers } from './others.ts';

const LEAD_MS = 500;
/** What an abuse has left to do must not fall into the time that it is compared with. */
const IDLE_SHARE = 0.2;
const LOOK_EVERY_MS = 250;
const IDLE_WITHIN_MS = 30_000;

export type AbuserReport = Awaited<ReturnType<Abuser['stop']>>;

export interface ArmReport {
  readonly others: OthersReport;
  readonly abuser: AbuserReport | undefined;
  readonly serverCpuShare: number;
  /** How many times longer the server's work took than on a machine that has nothing else to do. */
  readonly stretch: number;
}

export interface Scene {
  /** The others alone. */
  quiet(seconds: number): Promise<ArmReport>;
  /** `sink`: at the same rate to the sink. */
  abused(abuse: string, seconds: number): Promise<ArmReport & { readonly sink: () => Promise<ArmReport> }>;
  close(): Promise<void>;
}

export const openScene = async (options: {
  readonly server: Pick<ServerProcess, 'url' | 'port' | 'pid' | 'researcherKey'>;
  readonly databaseUrl: string;
  readonly rooms: number;
  /** Each has a room of its own, made before the first: afterwards the abuser may be let in nowhere. */
  readonly abuses: number;
}): Promise<Scene> => {
  const { server, databaseUrl } = options;
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({
    title: 'The abuser',
    pages: Array.from({ length: LONG_PAGES }, (_, index) => ({
      title: `Page ${index}`,
      body: 'x'.repeat(50_000),
      questions: index === 0 ? [{ id: 'q', prompt: 'Why?', kind: 'text' as const, maxLength: 10_000 }] : [],
    })),
    settings: { countdownMs: 500, roomSize: 3, graceMs: 3_600_000 },
  });
  const others = await openOthers({ url: server.url, port: server.port, api, count: options.rooms });
  const sink = await startSink();

  const abusersRooms: { roomId: string; seats: AbuserSeat[] }[] = [];
  for (const { id, code } of (await api.createRooms(study.id, { count: options.abuses })).rooms) {
    const seats: AbuserSeat[] = [];
    for (const nickname of ['a', 'b', 'c']) {
      const { token, participant } = await joinRoom({ serverUrl: server.url, code, nickname });
      seats.push({ token, participantId: participant.id });
    }
    abusersRooms.push({ roomId: id, seats });
  }

  const untilIdle = async (): Promise<void> => {
    const deadline = performance.now() + IDLE_WITHIN_MS;
    for (let before = cpuMsOf(server.pid); performance.now() < deadline; before = cpuMsOf(server.pid)) {
      await delay(LOOK_EVERY_MS);
      if (cpuMsOf(server.pid) - before < LOOK_EVERY_MS * IDLE_SHARE) return;
    }
  };

  const arm = async (seconds: number, abuser?: Abuser, deed?: Deed): Promise<ArmReport> => {
    let cpuBefore = 0;
    const before = schedulingOf(server.pid);
    let begun = 0;
    let undo: (() => Promise<void>) | undefined;
    const report = await others.measure({
      leadMs: LEAD_MS,
      seconds,
      async onBegin() {
        abuser?.go();
        cpuBefore = cpuMsOf(server.pid);
        begun = performance.now();
        undo = await deed?.();
      },
      async onEnd() {
        await undo?.();
      },
    });
    const serverCpuShare = (cpuMsOf(server.pid) - cpuBefore) / (performance.now() - begun);
    const after = schedulingOf(server.pid);
    const stretch = 1 + (after.waitedMs - before.waitedMs) / Math.max(1, after.ranMs - before.ranMs);
    return { others: report, abuser: await abuser?.stop(), serverCpuShare, stretch };
  };

  return {
    quiet: (seconds) => arm(seconds),
    async abused(abuse, seconds) {
      await untilIdle();
      const room = abusersRooms.pop();
      if (!room) throw new Error('more abuses than were announced');
      const { roomId, seats } = room;
      const deed = await beyondTheWire({ abuse, databaseUrl, roomId, api });
      const abuser = await startAbuser({ abuse, target: { port: server.port, seats } });
      const report = await arm(seconds, abuser, deed);
      const perSecond = report.abuser?.perSecond ?? 0;
      return {
        ...report,
        async sink() {
          await untilIdle();
          return arm(seconds, await startAbuser({ abuse, target: { port: sink.port, seats }, perSecond }));
        },
      };
    },
    async close() {
      others.close();
      await sink.stop();
    },
  };
};

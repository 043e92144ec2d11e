// The others: rooms in which hosts turn pages, people answer and record, while more people join; and what became of all of it.
// Everything is sent at its time, whatever has been answered: what is late stays late.
import { setTimeout as delay } from 'node:timers/promises';
import { type Summary, summaryOf } from '../../processes/percentiles.ts';
import type { ResearcherApi } from '../../src/client/api/researcher-api.ts';
import { joinRoom } from '../../src/client/index.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { newChunk, putChunk, say, startRecording } from './abuse-tools.ts';
import { openTurningRoom, type TurningRoom } from './turning-room.ts';

export interface OthersReport {
  readonly turns: Summary;
  readonly answers: Summary;
  readonly puts: Summary;
  readonly joins: Summary;
  /** What was not done, by what it was and its code. */
  readonly refused: Readonly<Record<string, number>>;
}

const STUDY: StudyInput = {
  title: 'The others',
  pages: Array.from({ length: 200 }, (_, index) => ({
    title: `Page ${index}`,
    body: 'What is to be discussed.',
    questions: index === 0 ? [{ id: 'q', prompt: 'Why?', kind: 'text' as const }] : [],
  })),
  settings: { countdownMs: 500, roomSize: 3 },
};
/** Two seconds of a voice. */
const CHUNK_BYTES = 12_000;
const EVERY_MS = 1_000;
const JOIN_EVERY_MS = 250;
const SETTLE_MS = 15_000;
const SEATS = 3;

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
};

interface OtherRoom {
  readonly turning: TurningRoom;
  readonly recording: { readonly id: string; readonly token: string };
}

export interface Others {
  measure(options: {
    readonly leadMs: number;
    readonly seconds: number;
    readonly onBegin: () => Promise<void>;
    readonly onEnd: () => Promise<void>;
  }): Promise<OthersReport>;
  close(): void;
}

export const openOthers = async (options: {
  readonly url: string;
  readonly port: number;
  readonly api: ResearcherApi;
  readonly count: number;
}): Promise<Others> => {
  const { url, port, api, count } = options;
  const study = await api.createStudy(STUDY);
  const chunk = newChunk(CHUNK_BYTES);
  let nextChunk = 0;
  let openCodes: string[] = [];

  const openRoom = async (code: string): Promise<OtherRoom> => {
    const seats = [];
    for (const nickname of ['host', 'guest', 'other']) {
      const { token, participant } = await joinRoom({ serverUrl: url, code, nickname });
      seats.push({ token, participantId: participant.id });
    }
    const turning = await openTurningRoom(port, seats);
    const recordingId = await startRecording(turning.speakerAt(2));
    return {
      turning,
      recording: { id: recordingId, token: seats[2]?.token ?? '' },
    };
  };
  const { rooms: made } = await api.createRooms(study.id, { count });
  const rooms = await Promise.all(made.map(({ code }) => openRoom(code)));

  return {
    async measure({ leadMs, seconds, onBegin, onEnd }) {
      const joins = Math.ceil((seconds * 1_000 + leadMs) / JOIN_EVERY_MS);
      openCodes = (await api.createRooms(study.id, { count: Math.ceil(joins / SEATS) })).rooms.map(({ code }) => code);
      for (const { turning } of rooms) await turning.ready();
      const refused: Record<string, number> = {};
      const samples = { turn: [] as number[], answer: [] as number[], put: [] as number[], join: [] as number[] };
      let measuring = false;
      const underWay = new Set<Promise<void>>();

      const note = (what: keyof typeof samples, ms: number, code: string): void => {
        samples[what].push(ms);
        if (code !== 'ok') refused[`${what} ${code}`] = (refused[`${what} ${code}`] ?? 0) + 1;
      };
      /** What is still unanswered in the end counts with the time that it has waited. */
      const act = (what: keyof typeof samples, work: () => Promise<string>): void => {
        if (!measuring) return void work().catch(() => {});
        const begun = performance.now();
        const late = Promise.withResolvers<string>();
        lates.add(late.resolve);
        const done = Promise.race([work().catch(reasonOf), late.promise])
          .then((code) => note(what, performance.now() - begun, code))
          .finally(() => {
            lates.delete(late.resolve);
            underWay.delete(done);
          });
        underWay.add(done);
      };
      const lates = new Set<(code: string) => void>();

      const put = ({ recording }: OtherRoom): Promise<string> =>
        putChunk(port, recording.token, { recordingId: recording.id, index: nextChunk++, chunk });
      let joined = 0;
      const join = async (): Promise<string> => {
        const code = openCodes[Math.floor(joined++ / SEATS)] ?? '';
        await joinRoom({ serverUrl: url, code, nickname: `person ${joined}` });
        return 'ok';
      };

      // Spread over the second, as independent debates are.
      const timers: NodeJS.Timeout[] = [setInterval(() => act('join', join), JOIN_EVERY_MS)];
      rooms.forEach((room, index) => {
        const first = setTimeout(
          () => {
            const once = (): void => {
              act('turn', () => room.turning.turn());
              act('answer', () => say(room.turning.speakerAt(1), 'yes'));
              act('put', () => put(room));
            };
            once();
            timers.push(setInterval(once, EVERY_MS));
          },
          (index * EVERY_MS) / rooms.length,
        );
        timers.push(first);
      });
      const begun = onBegin();
      await delay(leadMs);
      measuring = true;
      await delay(seconds * 1_000);
      for (const timer of timers) clearTimeout(timer);
      await begun;
      await onEnd();
      await Promise.race([Promise.all(underWay), delay(SETTLE_MS)]);
      for (const giveUp of lates) giveUp('unanswered');
      await Promise.all(underWay);
      const lost = rooms.reduce((sum, { turning }) => sum + turning.closed(), 0);
      if (lost > 0) refused['connection closed'] = lost;
      return {
        turns: summaryOf(samples.turn),
        answers: summaryOf(samples.answer),
        puts: summaryOf(samples.put),
        joins: summaryOf(samples.join),
        refused,
      };
    },
    close() {
      for (const { turning } of rooms) turning.close();
    },
  };
};

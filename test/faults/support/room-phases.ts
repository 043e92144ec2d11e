// Five rooms of a cluster, one in each phase of a debate, and what people do in each while something happens to Redis. What
// becomes of it is written down by the rooms; what is promised about it is checked elsewhere.
import type { ResearcherApi } from '../../../src/client/index.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';
import { allHear, createPhaseActs, type PhaseActs, type Recording } from './phase-acts.ts';
import { createWitnessedRoom, type Witness, type WitnessedRoom } from './witnessed-room.ts';

export const PHASES = ['waiting', 'countdown', 'running', 'uploading', 'ending'] as const;
export type Phase = (typeof PHASES)[number];

const PAGES = 5;
const COUNTDOWN_MS = 1_500;
const SHORT_COUNTDOWN_MS = 500;
/** Nobody leaves for good. */
const GRACE_MS = 300_000;

export interface FaultWindow {
  /** Resolves when this share of its time has passed. */
  share(share: number): Promise<void>;
  /** Some time after its end: what is done until then shows whether things are as before. */
  isOver(): boolean;
}

export interface PhaseRoom {
  readonly phase: Phase;
  readonly room: WitnessedRoom;
  readonly recordings: readonly Recording[];
  /** What went wrong that no deed tells. */
  readonly problems: readonly string[];
  /** Resolves when everything that was to be done is done. */
  play(window: FaultWindow): Promise<void>;
}

interface Stage {
  readonly cluster: TestCluster;
  readonly api: ResearcherApi;
  readonly random: () => number;
}

/** One after the other they join and connect, one reloads, and with the last the countdown begins. */
const openWaiting = async (room: WitnessedRoom, acts: PhaseActs, nodes: number): Promise<PhaseRoom> => {
  await room.say(await acts.enter(room, 'a', acts.anyNode()), { micOn: true, speaking: false });
  return {
    phase: 'waiting',
    room,
    recordings: [],
    problems: [],
    async play(window) {
      await window.share(0.05);
      const b = await acts.enter(room, 'b', acts.anyNode());
      await window.share(0.15);
      await room.connect(b.seat, (b.node + 1) % nodes);
      await window.share(0.25);
      await acts.enter(room, 'c', acts.anyNode());
      await Promise.all(room.present().map((witness) => room.say(witness, { micOn: true, speaking: true })));
      await allHear(room, 'debate_started');
    },
  };
};

/** The countdown began just before. */
const openCountdown = async (room: WitnessedRoom, acts: PhaseActs): Promise<PhaseRoom> => {
  await acts.seatAll(room);
  await allHear(room, 'countdown_started');
  const play = async (): Promise<void> => {
    await allHear(room, 'debate_started');
  };
  return { phase: 'countdown', room, recordings: [], problems: [], play };
};

const openRunning = async (room: WitnessedRoom, acts: PhaseActs): Promise<PhaseRoom> => {
  const [host, ...guests] = await acts.startDebate(room);
  const problems: string[] = [];

  const turnPages = async (by: Witness, window: FaultWindow): Promise<void> => {
    for (let page = 1; !window.isOver(); page = (page + 1) % PAGES) {
      await acts.turn(room, by, page);
      await room.say(by, { micOn: true, speaking: page % 2 === 0 });
      await acts.pause(100, 300);
    }
  };
  const choose = async (by: Witness, window: FaultWindow): Promise<void> => {
    for (let count = 0; !window.isOver(); count += 1) {
      const value = `${by.seat.participant.nickname} says ${count}`;
      if (!(await acts.choose(room, by, value))) problems.push(`"${value}", sent twice, was answered otherwise`);
      await acts.pause(150, 400);
    }
  };
  return {
    phase: 'running',
    room,
    recordings: [],
    problems,
    async play(window) {
      if (host) await Promise.all([turnPages(host, window), ...guests.map((guest) => choose(guest, window))]);
    },
  };
};

const isBefore = (moment: Promise<void>): (() => boolean) => {
  let passed = false;
  void moment.then(() => {
    passed = true;
  });
  return () => !passed;
};

/** Everybody records and has sent the first chunk. */
const startTakes = async (
  room: WitnessedRoom,
  acts: PhaseActs,
): Promise<{ readonly witness: Witness; readonly recording: Recording }[]> => {
  const people = await acts.startDebate(room);
  return Promise.all(
    people.map(async (witness) => {
      const recording = await acts.startRecording(room, witness);
      await acts.sendChunks(room, recording, () => false);
      return { witness, recording };
    }),
  );
};

const openUploading = async (room: WitnessedRoom, acts: PhaseActs): Promise<PhaseRoom> => {
  const takes = await startTakes(room, acts);
  return {
    phase: 'uploading',
    room,
    recordings: takes.map(({ recording }) => recording),
    problems: [],
    async play(window) {
      const uploads = takes.map(async ({ witness, recording }, index) => {
        await acts.sendChunks(room, recording, isBefore(window.share(0.4 + index * 0.15)));
        await acts.stopRecording(room, witness, recording);
        await acts.complete(room, recording);
      });
      await Promise.all(uploads);
    },
  };
};

/** The host stops recording and ends the debate; the others stop after the end; all uploads come after it. */
const openEnding = async (room: WitnessedRoom, acts: PhaseActs): Promise<PhaseRoom> => {
  const takes = await startTakes(room, acts);
  return {
    phase: 'ending',
    room,
    recordings: takes.map(({ recording }) => recording),
    problems: [],
    async play(window) {
      const [hosts, ...others] = takes;
      await window.share(0.1);
      if (hosts) await acts.stopRecording(room, hosts.witness, hosts.recording);
      await window.share(0.25);
      if (hosts) await acts.endDebate(room, hosts.witness);
      await allHear(room, 'debate_ended');
      await Promise.all(others.map(({ witness, recording }) => acts.stopRecording(room, witness, recording)));
      const uploads = takes.map(async ({ recording }) => {
        await acts.sendChunks(room, recording, isBefore(window.share(0.6)));
        await acts.complete(room, recording);
      });
      await Promise.all(uploads);
    },
  };
};

export const openPhaseRooms = async ({ cluster, api, random }: Stage): Promise<readonly PhaseRoom[]> => {
  const acts = createPhaseActs(cluster, random);
  const newRooms = async (countdownMs: number, count: number): Promise<WitnessedRoom[]> => {
    const pages = Array.from({ length: PAGES }, (_, page) => ({
      title: `Page ${page}`,
      questions: page === 0 ? [{ id: 'q', prompt: 'What do you say?', kind: 'text' as const }] : [],
    }));
    const study = await api.createStudy({ title: 'Faults', pages, settings: { countdownMs, graceMs: GRACE_MS } });
    const { rooms } = await api.createRooms(study.id, { count });
    return rooms.map((room) => createWitnessedRoom(cluster, room));
  };
  const [[waiting, countdown] = [], [running, uploading, ending] = []] = await Promise.all([
    newRooms(COUNTDOWN_MS, 2),
    newRooms(SHORT_COUNTDOWN_MS, 3),
  ]);
  if (!waiting || !countdown || !running || !uploading || !ending) throw new Error('not all rooms were made');
  const others = await Promise.all([
    openWaiting(waiting, acts, cluster.nodes.length),
    openRunning(running, acts),
    openUploading(uploading, acts),
    openEnding(ending, acts),
  ]);
  // The last of all: its time runs.
  return [...others, await openCountdown(countdown, acts)];
};

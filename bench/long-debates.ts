// Histories of long debates: three hours at the rates at which people turn pages and type, and a room in which everybody has used
// up all that src/protocol/ceilings.ts allows.
import { randomUUID } from 'node:crypto';
import { JOURNAL_SHARE, PARTICIPANTS_PER_ROOM } from '../src/protocol/ceilings.ts';
import type { RoomEvent } from '../src/protocol/room-events.ts';
import { type StudyInput, studyContentSchema } from '../src/protocol/study.ts';
import type { StoredCommit } from '../src/room/commands.ts';
import { MAX_TAKES } from '../src/room/decide-recording.ts';
import { evolveCommit } from '../src/room/evolve.ts';
import { initialStateOf } from '../src/room/initial-state.ts';
import type { RoomState } from '../src/room/state.ts';
import { COMMITS_A_SNAPSHOT } from '../src/rooms/copies/keep-snapshots.ts';

export interface LongDebate {
  readonly name: string;
  readonly content: ReturnType<typeof studyContentSchema.parse>;
  /** What happens in it, one commit each. */
  readonly play: (write: Write) => void;
}

export interface Write {
  (event: RoomEvent, by?: string): void;
  state(): RoomState;
}

const BEGIN = 1_800_000_000_000;
const WORDS = '우리는 이 제안이 모두에게 공정하다고 생각하지만 비용과 시간을 먼저 따져 보아야 한다고 말했다'.split(' ');

/** Not the same twice, so that no column is compressed better than people's texts are. */
const textOf = (length: number): string => {
  let text = '';
  while (text.length < length) text += `${WORDS[Math.floor(Math.random() * WORDS.length)]} `;
  return text.slice(0, length);
};

const studyOf = (pages: number, bodyLength: number, textQuestions: number, roomSize: number) => {
  const study: StudyInput = {
    title: 'A long debate',
    language: 'ko',
    pages: Array.from({ length: pages }, (_, page) => ({
      title: `Page ${page}`,
      body: textOf(bodyLength),
      questions: [
        { id: `pick${page}`, prompt: 'Which?', kind: 'single', options: ['one', 'other'] },
        ...Array.from({ length: textQuestions }, (_, index) => ({
          ...{ id: `why${page}.${index}`, prompt: 'Why?', kind: 'text' as const, maxLength: 10_000 },
        })),
      ],
    })),
    settings: { roomSize },
  };
  return studyContentSchema.parse(study);
};

const start = (write: Write, participants: readonly string[]): void => {
  participants.forEach((participantId, seat) => {
    const nickname = `Person ${seat}`;
    write({ type: 'participant_joined', participantId, seat, nickname, isHost: seat === 0, consent: [] });
    write({ type: 'participant_connected', participantId, epoch: 1, bootId: 'a boot' });
  });
  write({ type: 'countdown_started', startsAt: BEGIN });
  write({ type: 'debate_started', startedAt: BEGIN });
};

const take = (write: Write, participantId: string, number: number): void => {
  const recordingId = randomUUID();
  const path = `recordings/2027-01-15/room/${recordingId}`;
  const begun = { participantId, recordingId, path, mimeType: 'audio/webm;codecs=opus', take: number };
  write({ type: 'recording_started', ...begun, startedAt: BEGIN }, participantId);
  write(
    { type: 'recording_stopped', participantId, recordingId, path, endedAt: BEGIN + 1_000, durationMs: 1_000 },
    participantId,
  );
};

const answer = (write: Write, participantId: string, questionId: string, value: string): void => {
  const revision = (write.state().choices[participantId]?.[questionId]?.revision ?? 0) + 1;
  write({ type: 'choice_submitted', participantId, questionId, value, revision }, participantId);
};

const PAGES = 36;
/** An answer of 500 characters, typed within a minute and saved every two seconds. */
const SAVES = 30;

const threeHours: LongDebate = {
  name: '3 hours',
  content: studyOf(PAGES, 2_000, 1, 3),
  play(write) {
    const people = Array.from({ length: 3 }, () => randomUUID());
    start(write, people);
    for (let page = 0; page < PAGES; page += 1) {
      // Forward, back for another look, and forward again.
      for (const to of [page, Math.max(0, page - 1), page])
        write({ type: 'page_turned', page: to, turnsAt: BEGIN, by: people[0] ?? '' }, people[0]);
      for (const one of people) {
        answer(write, one, `pick${page}`, 'one');
        const text = textOf(500);
        for (let save = 1; save <= SAVES; save += 1)
          answer(write, one, `why${page}.0`, text.slice(0, (save * text.length) / SAVES));
        if (page % 2 === 1) {
          const epoch = write.state().participants[one]?.epoch ?? 0;
          write({ type: 'participant_disconnected', participantId: one, epoch, graceUntil: BEGIN });
          write({ type: 'participant_connected', participantId: one, epoch: epoch + 1, bootId: 'a boot' });
        }
        if (page % 6 === 0) take(write, one, page / 6);
      }
    }
  },
};

const QUESTIONS = { pages: 20, each: 1 };

const atCeilings: LongDebate = {
  name: 'at its ceilings',
  content: studyOf(QUESTIONS.pages, 50_000, QUESTIONS.each, 8),
  play(write) {
    const people = Array.from({ length: 8 }, () => randomUUID());
    for (let others = people.length; others < PARTICIPANTS_PER_ROOM; others += 1) {
      const participantId = randomUUID();
      write({
        type: 'participant_joined',
        participantId,
        seat: 7,
        nickname: `Guest ${others}`,
        isHost: false,
        consent: [],
      });
      write({ type: 'participant_left', participantId, reason: 'never_connected' });
    }
    start(write, people);
    for (const one of people) for (let number = 0; number < MAX_TAKES; number += 1) take(write, one, number);
    const text = textOf(1_000_000);
    for (let count = 0; people.some((one) => (write.state().shares[one] ?? 0) < JOURNAL_SHARE); count += 1) {
      const page = count % QUESTIONS.pages;
      const questionId = `why${page}.${Math.floor(count / QUESTIONS.pages) % QUESTIONS.each}`;
      const begin = (count * 7_919) % 990_000;
      for (const one of people) answer(write, one, questionId, text.slice(begin, begin + 10_000));
    }
  },
};

export const LONG_DEBATES: readonly LongDebate[] = [threeHours, atCeilings];

export interface History {
  readonly commits: readonly StoredCommit[];
  /** The last one that is kept; as many commits come after it as can before the next. */
  readonly snapshot: RoomState;
}

export const historyOf = ({ content, play }: LongDebate, roomId: string): History => {
  const definition = { roomId, code: roomId, studyId: roomId, studyVersion: 1, createdAt: BEGIN, expiresAt: BEGIN };
  let state = initialStateOf({ ...definition, content });
  const commits: StoredCommit[] = [];
  const kept = [state];
  const write = (event: RoomEvent, by?: string): void => {
    const commit: StoredCommit = {
      ...{ version: state.version + 1, commitId: randomUUID(), at: BEGIN + state.version, events: [event] },
      ...(by !== undefined && {
        command: { participantId: by, commandId: randomUUID(), digest: randomUUID(), answer: { revision: 1 } },
      }),
    };
    state = evolveCommit(state, commit);
    commits.push(commit);
    if (state.version % COMMITS_A_SNAPSHOT === 0) kept.push(state);
  };
  play(Object.assign(write, { state: () => state }));
  const snapshot = kept.at(-2);
  if (!snapshot) throw new Error('the debate is too short');
  return { snapshot, commits: commits.slice(0, snapshot.version + COMMITS_A_SNAPSHOT - 1) };
};

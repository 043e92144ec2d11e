// Answers that the server has not acknowledged, kept in the browser under their room and participant: a reload, also one
// while the server is away, finds them again, and nobody else who uses this computer does. Of each question the newest one.
import type { ChoiceValue } from '../../protocol/study.ts';

export interface KeptAnswer {
  readonly commandId: string;
  readonly questionId: string;
  readonly value: ChoiceValue;
  /** Room clock. */
  readonly answeredAt: number;
}

/** Whose answers they are. */
export interface Seat {
  readonly roomId: string;
  readonly participantId: string;
}

export interface KeptAnswers {
  readonly all: readonly KeptAnswer[];
  keep(answer: KeptAnswer): void;
  /** Passed over when a newer one to its question is kept. */
  forget(answer: KeptAnswer): void;
}

const PREFIX = 'trialogue.answers.';
/** Longer than any debate; by then nobody comes back for them, and a shared computer need not hold them. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** Undefined outside of browsers, and where the storage is closed. */
const storageOfBrowser = (): Storage | undefined => {
  try {
    return typeof window === 'undefined' ? undefined : window.localStorage;
  } catch {
    return undefined;
  }
};

interface Stored {
  /** This computer's clock. */
  readonly keptAt: number;
  readonly answers: readonly KeptAnswer[];
}

const isStored = (value: unknown): value is Stored =>
  typeof value === 'object' &&
  value !== null &&
  'keptAt' in value &&
  'answers' in value &&
  Array.isArray(value.answers);

const readStored = (storage: Storage, key: string): Stored | undefined => {
  try {
    const stored: unknown = JSON.parse(storage.getItem(key) ?? 'null');
    return isStored(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
};

const dropOld = (storage: Storage, now: number): void => {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys.filter((one) => one.startsWith(PREFIX)))
    if ((readStored(storage, key)?.keptAt ?? 0) < now - FORGOTTEN_AFTER_MS) storage.removeItem(key);
};

export const keptAnswersOf = (seat: Seat, storage = storageOfBrowser(), now = Date.now): KeptAnswers => {
  const key = `${PREFIX}${seat.roomId}.${seat.participantId}`;
  const answers = new Map<string, KeptAnswer>();

  const write = (): void => {
    try {
      if (answers.size === 0) storage?.removeItem(key);
      else storage?.setItem(key, JSON.stringify({ keptAt: now(), answers: [...answers.values()] } satisfies Stored));
    } catch {
      // Full or closed: this page still has them, and sends them.
    }
  };

  if (storage) {
    dropOld(storage, now());
    for (const answer of readStored(storage, key)?.answers ?? []) answers.set(answer.questionId, answer);
  }
  return {
    get all() {
      return [...answers.values()];
    },
    keep(answer) {
      answers.set(answer.questionId, answer);
      write();
    },
    forget({ questionId, commandId }) {
      if (answers.get(questionId)?.commandId !== commandId) return;
      answers.delete(questionId);
      write();
    },
  };
};

// Unsaved edits of a study, kept in this browser: a click on the wrong link, a crash or an expired key loses no evening's work.
import type { StudyDraft } from './study-draft.ts';

export interface StoredDraft {
  readonly draft: StudyDraft;
  /** Epoch ms by this machine's clock. */
  readonly savedAt: number;
}

/** To be raised when StudyDraft changes its shape: what a former build has kept is then not offered. */
const SHAPE = 1;

const PREFIX = 'trialogue.draft.';
/** `studyId`: undefined for a study that is not made yet. */
const keyOf = (studyId: string | undefined): string => `${PREFIX}${SHAPE}.${studyId ?? 'new'}`;

const isStored = (value: unknown): value is StoredDraft => {
  const { draft, savedAt } = (value ?? {}) as Partial<StoredDraft>;
  return (
    typeof savedAt === 'number' && typeof draft?.title === 'string' && Array.isArray(draft.pages) && !!draft.settings
  );
};

export const readDraft = (studyId: string | undefined): StoredDraft | undefined => {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(keyOf(studyId)) ?? 'null');
    return isStored(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
};

/** False when the browser does not keep it (private mode, no room). */
export const writeDraft = (studyId: string | undefined, draft: StudyDraft): boolean => {
  try {
    window.localStorage.setItem(keyOf(studyId), JSON.stringify({ draft, savedAt: Date.now() } satisfies StoredDraft));
    return true;
  } catch {
    return false;
  }
};

export const dropDraft = (studyId: string | undefined): void => {
  try {
    window.localStorage.removeItem(keyOf(studyId));
  } catch {
    // Nothing was kept either.
  }
};

const draftKeys = (): string[] => Object.keys(window.localStorage).filter((key) => key.startsWith(PREFIX));

export const hasDrafts = (): boolean => {
  try {
    return draftKeys().length > 0;
  } catch {
    return false;
  }
};

/** Whoever signs in next at this computer is somebody else. */
export const dropAllDrafts = (): void => {
  try {
    for (const key of draftKeys()) window.localStorage.removeItem(key);
  } catch {
    // Nothing was kept either.
  }
};

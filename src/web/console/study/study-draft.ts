// A study while it is being written: every field as it stands in the form, with keys of its own for lists that move.
// Turned into what the server takes; the server alone says what is valid.
import { createId, type Language } from '../../../client/index.ts';
import type { Question, StudyInput } from '../../../protocol/study.ts';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';

export type QuestionKind = Question['kind'];

export interface QuestionDraft {
  readonly key: string;
  readonly id: string;
  readonly kind: QuestionKind;
  readonly prompt: string;
  readonly required: boolean;
  /** One per line. */
  readonly options: string;
  readonly min: number;
  readonly max: number;
  readonly maxLength: number;
}
export interface PageDraft {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly questions: readonly QuestionDraft[];
}
export interface ConsentDraft {
  readonly key: string;
  readonly id: string;
  readonly text: string;
  readonly required: boolean;
}
export interface SettingsDraft {
  readonly roomSize: number;
  readonly countdownSeconds: number;
  readonly graceSeconds: number;
  readonly roomTtlHours: number;
  readonly uploadTimeoutMinutes: number;
  readonly timeLimitMinutes: number | '';
  readonly pin: string;
  readonly record: boolean;
  readonly completionUrl: string;
  readonly consent: readonly ConsentDraft[];
}
export interface StudyDraft {
  readonly title: string;
  readonly language: Language;
  readonly pages: readonly PageDraft[];
  readonly settings: SettingsDraft;
}

const questionBase = { required: false, options: '', min: 1, max: 7, maxLength: 2_000 };

/** The first id of the form q1, q2, ... that no question has. */
const freeId = (prefix: string, taken: readonly string[]): string => {
  let number = taken.length + 1;
  while (taken.includes(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
};

export const newQuestion = (pages: readonly PageDraft[]): QuestionDraft => ({
  ...questionBase,
  key: createId(),
  id: freeId(
    'q',
    pages.flatMap((page) => page.questions.map((question) => question.id)),
  ),
  kind: 'single',
  prompt: '',
});
export const newPage = (): PageDraft => ({ key: createId(), title: '', body: '', questions: [] });
export const newConsent = (items: readonly ConsentDraft[]): ConsentDraft => ({
  key: createId(),
  id: freeId(
    'c',
    items.map((item) => item.id),
  ),
  text: '',
  required: true,
});

export const newStudy = (language: Language): StudyDraft => ({
  title: '',
  language,
  pages: [newPage()],
  settings: {
    roomSize: 3,
    countdownSeconds: 3,
    graceSeconds: 30,
    roomTtlHours: 24,
    uploadTimeoutMinutes: 15,
    timeLimitMinutes: '',
    pin: '',
    record: true,
    completionUrl: '',
    consent: [],
  },
});

const questionDraftOf = (question: Question): QuestionDraft => ({
  ...questionBase,
  key: createId(),
  id: question.id,
  kind: question.kind,
  prompt: question.prompt,
  required: question.required === true,
  ...('options' in question ? { options: question.options.join('\n') } : {}),
  ...(question.kind === 'scale' ? { min: question.min, max: question.max } : {}),
  ...(question.kind === 'text' ? { maxLength: question.maxLength } : {}),
});

export const draftOf = ({ title, language, pages, settings }: StudyAnswer): StudyDraft => ({
  title,
  language,
  pages: pages.map((page) => ({
    key: createId(),
    title: page.title,
    body: page.body,
    questions: page.questions.map(questionDraftOf),
  })),
  settings: {
    roomSize: settings.roomSize,
    countdownSeconds: settings.countdownMs / 1_000,
    graceSeconds: settings.graceMs / 1_000,
    roomTtlHours: settings.roomTtlMinutes / 60,
    uploadTimeoutMinutes: settings.uploadTimeoutMs / 60_000,
    timeLimitMinutes: settings.timeLimitMinutes ?? '',
    pin: settings.pin ?? '',
    record: settings.record,
    completionUrl: settings.completionUrl ?? '',
    consent: settings.consent.map((item) => ({ key: createId(), ...item })),
  },
});

const optionsOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

type QuestionInput = NonNullable<StudyInput['pages'][number]['questions']>[number];

const questionInputOf = (draft: QuestionDraft): QuestionInput => {
  const base = { id: draft.id.trim(), prompt: draft.prompt, ...(draft.required ? { required: true } : {}) };
  switch (draft.kind) {
    case 'scale':
      return { ...base, kind: 'scale', min: draft.min, max: draft.max };
    case 'text':
      return { ...base, kind: 'text', maxLength: draft.maxLength };
    default:
      return { ...base, kind: draft.kind, options: optionsOf(draft.options) };
  }
};

/** What may be absent: null removes it from a study that had it. */
const optionalSettingsOf = ({ settings }: StudyDraft) => ({
  timeLimitMinutes: settings.timeLimitMinutes === '' ? null : settings.timeLimitMinutes,
  pin: settings.pin.trim() === '' ? null : settings.pin.trim(),
  completionUrl: settings.completionUrl.trim() === '' ? null : settings.completionUrl.trim(),
});

const requiredSettingsOf = ({ settings }: StudyDraft) => ({
  roomSize: settings.roomSize,
  countdownMs: Math.round(settings.countdownSeconds * 1_000),
  graceMs: Math.round(settings.graceSeconds * 1_000),
  roomTtlMinutes: settings.roomTtlHours * 60,
  uploadTimeoutMs: Math.round(settings.uploadTimeoutMinutes * 60_000),
  record: settings.record,
  consent: settings.consent.map(({ id, text, required }) => ({ id: id.trim(), text, required })),
});

const contentOf = (draft: StudyDraft) => ({
  title: draft.title.trim(),
  language: draft.language,
  pages: draft.pages.map((page) => ({
    title: page.title.trim(),
    body: page.body,
    questions: page.questions.map(questionInputOf),
  })),
});

export const studyInputOf = (draft: StudyDraft): StudyInput => {
  const { timeLimitMinutes, pin, completionUrl } = optionalSettingsOf(draft);
  return {
    ...contentOf(draft),
    settings: {
      ...requiredSettingsOf(draft),
      ...(timeLimitMinutes === null ? {} : { timeLimitMinutes }),
      ...(pin === null ? {} : { pin }),
      ...(completionUrl === null ? {} : { completionUrl }),
    },
  };
};

export const studyPatchOf = (draft: StudyDraft) => ({
  ...contentOf(draft),
  settings: { ...requiredSettingsOf(draft), ...optionalSettingsOf(draft) },
});

/** The list with the item one place up or down; unchanged at its ends. */
export const moved = <Item>(items: readonly Item[], at: number, by: -1 | 1): readonly Item[] => {
  const [item, other] = [items[at], items[at + by]];
  if (item === undefined || other === undefined) return items;
  const next = [...items];
  next[at] = other;
  next[at + by] = item;
  return next;
};

/** Paths of fields that cannot be empty: named before the server is asked, in the reader's own language. */
export const emptyFieldsOf = (draft: StudyDraft): string[] => {
  const isBlank = (text: string) => text.trim() === '';
  return [
    ...(isBlank(draft.title) ? ['title'] : []),
    ...draft.pages.flatMap((page, at) =>
      page.questions.flatMap((question, index) => {
        const path = `pages.${at}.questions.${index}`;
        const hasOptions = question.kind === 'single' || question.kind === 'multiple';
        return [
          ...(isBlank(question.prompt) ? [`${path}.prompt`] : []),
          ...(isBlank(question.id) ? [`${path}.id`] : []),
          ...(hasOptions && isBlank(question.options) ? [`${path}.options`] : []),
        ];
      }),
    ),
    ...draft.settings.consent.flatMap((item, at) => (isBlank(item.text) ? [`settings.consent.${at}.text`] : [])),
  ];
};

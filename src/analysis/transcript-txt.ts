// The transcript as plain text for reading: one line per utterance, a heading where the page changes.
import { type Language, languageOf } from '../protocol/languages.ts';
import { TRACK_NOTES } from '../protocol/track-notes.ts';
import type { TrackAccount, TrackNote, Transcript } from '../protocol/transcript.ts';
import { isolated } from '../protocol/typed-text.ts';
import { clockTextOf, oneLineOf } from './clock-text.ts';

const WORDS = {
  en: {
    title: 'Transcript',
    page: 'Page',
    silent: 'Nobody said a word that could be recognised.',
    incomplete: 'Incomplete: something of what was said may be missing.',
    leftOut: (silence: number, outside: number) =>
      `Left out: ${silence} words as silence, ${outside} outside of the debate.`,
  },
  ko: {
    title: '전사본',
    page: '페이지',
    silent: '인식된 발화가 없습니다.',
    incomplete: '불완전: 일부 발화가 빠졌을 수 있습니다.',
    leftOut: (silence: number, outside: number) =>
      `제외된 단어: 침묵으로 판단 ${silence}개, 토론 시간 밖 ${outside}개.`,
  },
} as const;

const noteLineOf = (track: TrackAccount, note: TrackNote, language: Language): string => {
  const speaker = oneLineOf(track.nickname) || `P${track.seat + 1}`;
  const where =
    note.fromMs === undefined ? '' : ` ${clockTextOf(note.fromMs)}-${clockTextOf(note.toMs ?? note.fromMs)}`;
  return `- ${speaker}${where}: ${TRACK_NOTES[note.code][language]}`;
};

export const transcriptTxtOf = (transcript: Transcript): string => {
  const language = languageOf(transcript.language);
  const words = WORDS[language];
  const { tracks = [] } = transcript;
  const lines = [`${words.title} · ${new Date(transcript.startedAt).toISOString()}`];
  if (transcript.status === 'incomplete') lines.push(words.incomplete);
  lines.push(...tracks.flatMap((track) => track.notes.map((note) => noteLineOf(track, note, language))));
  const silence = tracks.reduce((sum, track) => sum + track.words.silence, 0);
  const outside = tracks.reduce((sum, track) => sum + track.words.outside, 0);
  if (silence + outside > 0) lines.push(words.leftOut(silence, outside));
  if (transcript.utterances.length === 0) lines.push('', words.silent);
  let page: number | undefined;
  for (const utterance of transcript.utterances) {
    if (utterance.page !== page) {
      page = utterance.page;
      lines.push('', `== ${words.page} ${page + 1} ==`);
    }
    const speaker = isolated(oneLineOf(utterance.nickname)) || `P${utterance.seat + 1}`;
    const mark = utterance.timing === undefined ? '' : '~';
    lines.push(
      `[${mark}${clockTextOf(utterance.fromMs).slice(0, 8)}] ${speaker}: ${oneLineOf(utterance.text)} (${utterance.id})`,
    );
  }
  return `${lines.join('\n')}\n`;
};

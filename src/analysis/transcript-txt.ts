// The transcript as plain text for reading: one line per utterance, a heading where the page changes.
import type { Transcript } from '../protocol/transcript.ts';
import { clockTextOf, oneLineOf } from './clock-text.ts';

const WORDS = {
  en: {
    title: 'Transcript',
    page: 'Page',
    silent: 'Nobody said a word that could be recognised.',
    incomplete: 'Incomplete: recordings or parts of them were missing.',
  },
  ko: {
    title: '전사본',
    page: '페이지',
    silent: '인식된 발화가 없습니다.',
    incomplete: '불완전: 일부 녹음이 없습니다.',
  },
} as const;

export const transcriptTxtOf = (transcript: Transcript): string => {
  const words = transcript.language === 'ko' ? WORDS.ko : WORDS.en;
  const lines = [`${words.title} · ${new Date(transcript.startedAt).toISOString()}`];
  if (transcript.status === 'incomplete') lines.push(words.incomplete);
  if (transcript.utterances.length === 0) lines.push('', words.silent);
  let page: number | undefined;
  for (const utterance of transcript.utterances) {
    if (utterance.page !== page) {
      page = utterance.page;
      lines.push('', `== ${words.page} ${page + 1} ==`);
    }
    const speaker = oneLineOf(utterance.nickname) || `P${utterance.seat + 1}`;
    lines.push(
      `[${clockTextOf(utterance.fromMs).slice(0, 8)}] ${speaker}: ${oneLineOf(utterance.text)} (${utterance.id})`,
    );
  }
  return `${lines.join('\n')}\n`;
};

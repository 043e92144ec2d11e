// The transcript as WebVTT: one cue per utterance, its id as the cue's, the speaker as a voice tag. Times count from the start of the debate.
import type { Transcript, Utterance } from '../protocol/transcript.ts';
import { isolated } from '../protocol/typed-text.ts';
import { clockTextOf, oneLineOf } from './clock-text.ts';

/** A cue must last: players drop one that ends when it begins. */
const SHORTEST_CUE_MS = 1;

/** "-->" would end the cue's text: with ">" escaped it cannot occur. */
const escapedOf = (text: string): string =>
  oneLineOf(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cueOf = (utterance: Utterance): string => {
  const from = Math.max(0, utterance.fromMs);
  const to = Math.max(from + SHORTEST_CUE_MS, utterance.toMs);
  const voice = isolated(escapedOf(utterance.nickname)) || `P${utterance.seat + 1}`;
  return `${utterance.id}\n${clockTextOf(from)} --> ${clockTextOf(to)}\n<v ${voice}>${escapedOf(utterance.text)}</v>\n`;
};

export const transcriptVttOf = (transcript: Transcript): string =>
  ['WEBVTT\n', ...transcript.utterances.map(cueOf)].join('\n');

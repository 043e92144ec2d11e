import { expect, it } from 'vitest';
import { reportOf, transcriptOf, utteranceOf } from '../../test/support/jobs/sample-transcript.ts';
import { reportMdOf } from './report-md.ts';
import { transcriptTxtOf } from './transcript-txt.ts';
import { transcriptVttOf } from './transcript-vtt.ts';

it('[JN13] in exports no name turns the text beside it, whenever it was given', () => {
  const transcript = transcriptOf([
    utteranceOf('u1', 0, 'Ali\u202e', 'one', 0),
    utteranceOf('u2', 1, 'علي', 'two', 1_000),
  ]);
  for (const text of [transcriptTxtOf(transcript), transcriptVttOf(transcript), reportMdOf(reportOf(), transcript)]) {
    expect(text).not.toContain('\u202e');
    expect(text).not.toMatch(/(?<!\u2068)علي/);
  }
  expect(transcriptTxtOf(transcript)).toContain('\u2068علي\u2069');
});

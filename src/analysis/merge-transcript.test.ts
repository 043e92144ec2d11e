import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { END_TOLERANCE_MS, isSilence, mergeTracks, type Track } from './merge-transcript.ts';
import { type PlacedSegment, placeSegments, type SpokenSegment } from './place-segments.ts';

const SPAN = { startedAt: 100_000, endedAt: 160_000 };

const trackOf = (seat: number, segments: readonly PlacedSegment[], origin = SPAN.startedAt): Track => ({
  recordingId: `r${seat}`,
  debater: { id: `p${seat}`, seat, nickname: `N${seat}` },
  clock: (mediaMs) => origin + mediaMs,
  segments,
});
const says = (from: number, to: number, text = 'word'): PlacedSegment => ({
  fromMs: from * 1_000,
  toMs: to * 1_000,
  timing: 'told',
  text,
});

describe('merging tracks', () => {
  test('[JB1] utterances of all tracks are numbered by start, then seat', () => {
    const tracks = [trackOf(1, [says(3, 4), says(1, 2)]), trackOf(0, [says(3, 5), says(10, 11)])];
    const merged = mergeTracks(tracks, SPAN, []).utterances;
    expect(merged.map((one) => [one.id, one.seat, one.fromMs])).toEqual([
      ['u1', 1, 1_000],
      ['u2', 0, 3_000],
      ['u3', 1, 3_000],
      ['u4', 0, 10_000],
    ]);
  });

  test('the page is the one shown when the utterance began', () => {
    const turns = [
      { page: 1, turnsAt: SPAN.startedAt + 5_000 },
      { page: 0, turnsAt: SPAN.startedAt + 9_000 },
    ];
    const merged = mergeTracks([trackOf(0, [says(4.999, 8), says(5, 6), says(9, 10)])], SPAN, turns).utterances;
    expect(merged.map((one) => one.page)).toEqual([0, 1, 0]);
  });

  test('[JB22] only what lies in the debate stays, cut at its edges; what does not is counted', () => {
    const early = trackOf(0, [says(0, 2, 'sound check'), says(9, 13, 'opening')], SPAN.startedAt - 10_000);
    const late = trackOf(1, [says(58, 60.4, 'closing'), says(61, 63, 'goodbye')]);
    const { utterances: merged, words } = mergeTracks([early, late], SPAN, []);
    expect(words.get('r0')).toEqual({ kept: 1, silence: 0, outside: 2 });
    expect(words.get('r1')).toEqual({ kept: 1, silence: 0, outside: 1 });
    expect(merged.map((one) => [one.text, one.fromMs, one.toMs])).toEqual([
      ['opening', 0, 3_000],
      ['closing', 58_000, 60_400],
    ]);
  });

  test.each<[string, PlacedSegment, boolean]>([
    ['words', says(0, 1), false],
    ['blank text', says(0, 1, ' \n'), true],
    ['surely silent', { ...says(0, 1), noSpeechProb: 0.8, avgLogprob: -0.1 }, true],
    ['probably silent and guessed', { ...says(0, 1), noSpeechProb: 0.61, avgLogprob: -1.1 }, true],
    ['probably silent but clear words', { ...says(0, 1), noSpeechProb: 0.61, avgLogprob: -0.3 }, false],
    ['guessed but speech', { ...says(0, 1), noSpeechProb: 0.6, avgLogprob: -2 }, false],
  ])('[JB5] silence: %s', (_, segment, expected) => {
    expect(isSilence(segment)).toBe(expected);
    expect(mergeTracks([trackOf(0, [segment])], SPAN, []).utterances).toHaveLength(expected ? 0 : 1);
  });

  test('[JB22] ids count up, times ascend and never leave the debate, each word is there or counted, whatever the service answers', () => {
    const segment = fc.record({
      from: fc.double({ min: -100, max: 2e9 }),
      to: fc.oneof(fc.double({ min: -100, max: 200 }), fc.constant(Number.NaN)),
      text: fc.string(),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(segment, { maxLength: 8 }), { maxLength: 4 }),
        fc.nat(70_000),
        (speakers, length) => {
          const tracks = speakers.map((segments: SpokenSegment[], seat) =>
            trackOf(seat, placeSegments(segments, length)),
          );
          const { utterances: merged, words } = mergeTracks(tracks, SPAN, []);
          const wordsIn = (texts: readonly string[]) =>
            texts.flatMap((text) => text.split(/\s/)).filter((word) => word !== '').length;
          const answered = wordsIn(speakers.flat().map((one) => one.text));
          const counted = [...words.values()].reduce((sum, one) => sum + one.kept + one.silence + one.outside, 0);
          expect(counted).toBe(answered);
          expect([...words.values()].reduce((sum, one) => sum + one.kept, 0)).toBe(
            wordsIn(merged.map((one) => one.text)),
          );
          expect(merged.map((one) => one.id)).toEqual(merged.map((_, index) => `u${index + 1}`));
          for (const [index, one] of merged.entries()) {
            expect(one.startsAt).toBeGreaterThanOrEqual(merged[index - 1]?.startsAt ?? SPAN.startedAt);
            expect(one.endsAt).toBeGreaterThanOrEqual(one.startsAt);
            expect(one.endsAt).toBeLessThanOrEqual(SPAN.endedAt + END_TOLERANCE_MS);
            expect(one.text).not.toBe('');
          }
        },
      ),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { transcriptOf, utteranceOf } from '../../test/support/jobs/sample-transcript.ts';
import { type AnalysisAnswer, assembleReport, EMPTY_ANSWER } from './assemble-report.ts';

const TRANSCRIPT = transcriptOf([utteranceOf('u1', 0, 'A', 'one', 0), utteranceOf('u2', 2, 'B', 'two', 2_000)]);
/** The seat between them is empty: labels count people, not seats. */
const DEBATERS = [
  { id: 'p0', seat: 0, nickname: 'A' },
  { id: 'p2', seat: 2, nickname: 'B' },
];

const assembled = (answer: Partial<AnalysisAnswer>) =>
  assembleReport({
    answer: { ...EMPTY_ANSWER, ...answer },
    transcript: TRANSCRIPT,
    debaters: DEBATERS,
    provenance: { model: 'm', promptVersion: 'v', promptTokens: 1, completionTokens: 1, startedAt: 1, finishedAt: 2 },
    revision: 4,
    createdAt: 9,
  });
const states = (text: string, ...utteranceIds: string[]) => ({ text, utteranceIds });

describe('assembling a report', () => {
  test('[JB12] a statement keeps the ids that exist, once each; without any it is dropped and counted', () => {
    const report = assembled({
      agreements: [states('kept', ' u2', 'u2', 'u9'), states('dropped', 'u9'), states('bare'), states(' \0', 'u1')],
    });
    expect(report.agreements).toEqual([states('kept', 'u2')]);
    expect(report).toMatchObject({ rejectedStatements: 3, supported: true });
  });

  test('[JB12] an answer without supported statements gives a report that says so, with everybody in it', () => {
    const report = assembled({ disagreements: [states('invented', 'u3')] });
    expect(report).toMatchObject({ supported: false, rejectedStatements: 1, revision: 4, transcriptRevision: 1 });
    expect(report.participants).toEqual(
      DEBATERS.map(({ id, seat, nickname }) => {
        return { participantId: id, seat, nickname, position: null, arguments: [], choices: [] };
      }),
    );
  });

  test('[JB12] statements go to the participant of their label; those of nobody are dropped and counted', () => {
    const entry = { position: null, arguments: [], choices: [] };
    const report = assembled({
      participants: [
        { ...entry, participant: 'p2', position: states('second', 'u2') },
        { ...entry, participant: 'P1', arguments: [states('first', 'u1')] },
        { ...entry, participant: 'P3', position: states('of nobody', 'u1'), choices: [states('too', 'u1')] },
      ],
    });
    expect(report.participants.map((one) => [one.seat, one.position?.text, one.arguments.length])).toEqual([
      [0, undefined, 1],
      [2, 'second', 0],
    ]);
    expect(report.rejectedStatements).toBe(2);
  });
});

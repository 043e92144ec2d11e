// The report out of the model's answer. A statement stands only on utterances that exist: ids that do not are taken away, and a
// statement that has none left is dropped and counted.
import type { ParticipantReport, Report, Statement } from '../protocol/report.ts';
import type { Transcript } from '../protocol/transcript.ts';
import { labelsOf } from './analysis-prompt.ts';
import type { Debater } from './debate-facts.ts';

/** The shape that the model was asked for. */
export interface AnalysisAnswer {
  readonly participants: readonly {
    /** `P1`, `P2`, ... */
    readonly participant: string;
    readonly position: Statement | null;
    readonly arguments: readonly Statement[];
    readonly choices: readonly Statement[];
  }[];
  readonly agreements: readonly Statement[];
  readonly disagreements: readonly Statement[];
}

/** The answer to a debate in which nothing was said. */
export const EMPTY_ANSWER: AnalysisAnswer = { participants: [], agreements: [], disagreements: [] };

const storableOf = (text: string): string => text.replaceAll('\0', '').toWellFormed().trim();

const createSieve = (known: ReadonlySet<string>) => {
  let rejected = 0;
  const keep = (statements: readonly Statement[]): Statement[] =>
    statements.flatMap((statement) => {
      const text = storableOf(statement.text);
      const utteranceIds = [...new Set(statement.utteranceIds.map((id) => id.trim()))].filter((id) => known.has(id));
      if (text !== '' && utteranceIds.length > 0) return [{ text, utteranceIds }];
      rejected += 1;
      return [];
    });
  return { keep, rejected: () => rejected };
};

export const assembleReport = (input: {
  readonly answer: AnalysisAnswer;
  readonly transcript: Transcript;
  readonly debaters: readonly Debater[];
  readonly provenance: Report['provenance'];
  readonly revision: number;
  readonly createdAt: number;
}): Report => {
  const { answer, transcript, debaters } = input;
  const sieve = createSieve(new Set(transcript.utterances.map((utterance) => utterance.id)));
  const labels = labelsOf(debaters);
  const known = new Set(labels.values());
  const asked = (entry: AnalysisAnswer['participants'][number], label: string | undefined) =>
    entry.participant.trim().toUpperCase() === label;
  const participants: ParticipantReport[] = debaters.map((debater) => {
    const entries = answer.participants.filter((entry) => asked(entry, labels.get(debater.id)));
    const positions = sieve.keep(entries.flatMap((entry) => (entry.position === null ? [] : [entry.position])));
    return {
      participantId: debater.id,
      seat: debater.seat,
      nickname: debater.nickname,
      position: positions[0] ?? null,
      arguments: sieve.keep(entries.flatMap((entry) => entry.arguments)),
      choices: sieve.keep(entries.flatMap((entry) => entry.choices)),
    };
  });
  const strangers = answer.participants.filter((entry) => !known.has(entry.participant.trim().toUpperCase()));
  const ofStrangers = strangers.reduce(
    (sum, entry) => sum + (entry.position === null ? 0 : 1) + entry.arguments.length + entry.choices.length,
    0,
  );
  const agreements = sieve.keep(answer.agreements);
  const disagreements = sieve.keep(answer.disagreements);
  const supported =
    agreements.length + disagreements.length > 0 ||
    participants.some((one) => one.position !== null || one.arguments.length + one.choices.length > 0);
  return {
    roomId: transcript.roomId,
    revision: input.revision,
    transcriptRevision: transcript.revision,
    createdAt: input.createdAt,
    status: transcript.status,
    language: transcript.language,
    supported,
    participants,
    agreements,
    disagreements,
    rejectedStatements: sieve.rejected() + ofStrangers,
    provenance: input.provenance,
  };
};

// What a researcher would fetch after the debate, as a page of text: recordings, choices, stages, transcript, report.
import type { ResearcherApi } from '../src/client/index.ts';
import type { StageAnswer } from '../src/protocol/job-answers.ts';
import type { Statement } from '../src/protocol/report.ts';
import type { EventsAnswer } from '../src/protocol/room-answers.ts';

const SHOWN_UTTERANCES = 8;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const stageLine = ({ stage, state, model, error }: StageAnswer): string => {
  if (state === 'not_configured')
    return `  ${stage}: not configured (set OPENAI_API_KEY, or STT_BASE_URL for speech alone)`;
  return `  ${stage}: ${state}${model ? ` with ${model}` : ''}${error ? ` (${error.message})` : ''}`;
};

const statementLine = ({ text, utteranceIds }: Statement): string => `    - ${text} [${utteranceIds.join(', ')}]`;

const recordingLines = async (api: ResearcherApi, roomId: string): Promise<string[]> => {
  const { items } = await api.recordings(roomId);
  return items.map(({ nickname, coverage, capturedSeconds, expectedSeconds, gaps, takes }) => {
    const bytes = takes.reduce((sum, take) => sum + take.bytes, 0);
    const status = takes.map((take) => take.status).join(', ');
    const covered = `${capturedSeconds.toFixed(1)} of ${expectedSeconds.toFixed(1)} s`;
    return `  ${nickname.padEnd(8)} ${(coverage * 100).toFixed(1).padStart(5)} % (${covered}), gaps: ${gaps.length}, ${bytes} bytes, ${status}`;
  });
};

const journalLines = ({ commits }: EventsAnswer, nicknames: ReadonlyMap<string, string>): string[] => {
  const events = commits.flatMap((commit) => commit.events);
  const choices = events
    .filter((event) => event.type === 'choice_submitted')
    .map(({ participantId, questionId, value, revision }) => {
      return `  ${(nicknames.get(participantId) ?? participantId).padEnd(8)} ${questionId} (revision ${revision}): ${value}`;
    });
  const turns = events.filter((event) => event.type === 'page_turned').length;
  return [`Journal: ${commits.length} commits, ${turns} page turns. Choices:`, ...choices];
};

const transcriptLines = async (api: ResearcherApi, roomId: string): Promise<string[]> => {
  const { utterances, model, status } = await api.transcript(roomId);
  const shown = utterances.slice(0, SHOWN_UTTERANCES);
  return [
    `Transcript (${model}, ${status}), ${utterances.length} utterances:`,
    ...shown.map(
      ({ id, fromMs, nickname, page, text }) => `  ${id} ${seconds(fromMs)} page ${page} ${nickname}: ${text}`,
    ),
  ];
};

const reportLines = async (api: ResearcherApi, roomId: string): Promise<string[]> => {
  const report = await api.report(roomId);
  return [
    `Report (${report.provenance.model}), statements with the utterances they rest on:`,
    ...report.participants.flatMap(({ nickname, position, arguments: claims }) => [
      `  ${nickname}`,
      ...(position ? [statementLine(position)] : []),
      ...claims.map(statementLine),
    ]),
    ...(report.agreements.length > 0 ? ['  agreement', ...report.agreements.map(statementLine)] : []),
    ...(report.disagreements.length > 0 ? ['  disagreement', ...report.disagreements.map(statementLine)] : []),
    ...(report.supported ? [] : ['  No statement could be supported by what was said.']),
  ];
};

export const demoResults = async (api: ResearcherApi, roomId: string): Promise<string[]> => {
  const [room, journal, { stages }] = await Promise.all([api.room(roomId), api.events(roomId), api.jobs(roomId)]);
  const nicknames = new Map(room.participants.map(({ id, nickname }) => [id, nickname]));
  const isDone = (name: StageAnswer['stage']) => stages.some(({ stage, state }) => stage === name && state === 'done');
  return [
    'Recordings, one track per person:',
    ...(await recordingLines(api, roomId)),
    '',
    ...journalLines(journal, nicknames),
    '',
    'Stages after the debate:',
    ...stages.map(stageLine),
    ...(isDone('transcribe') ? ['', ...(await transcriptLines(api, roomId))] : []),
    ...(isDone('analyse') ? ['', ...(await reportLines(api, roomId))] : []),
  ];
};

// The report as Markdown, every statement with the words it rests on. Nothing that people or the model wrote becomes markup.
import { type Language, languageOf } from '../protocol/languages.ts';
import type { Report, Statement } from '../protocol/report.ts';
import type { Transcript, Utterance } from '../protocol/transcript.ts';
import { isolated } from '../protocol/typed-text.ts';
import { clockTextOf, oneLineOf } from './clock-text.ts';

const WORDS = {
  en: {
    title: 'Debate report',
    position: 'Position',
    noPosition: 'No position could be shown from what was said.',
    arguments: 'Main arguments',
    choices: 'Choices and what was said',
    agreements: 'Points of agreement',
    disagreements: 'Points of disagreement',
    none: 'None found.',
    unsupported: 'No statement could be supported by what was said in this debate.',
    incomplete:
      'Incomplete: something of what was said may have been missing when this was written; the transcript tells what.',
    rejected: 'Statements dropped because nothing that was said supports them',
    sources: 'Sources',
    made: 'How this was made',
    model: 'Model',
    prompt: 'Prompt',
    tokens: 'Tokens (in / out)',
    transcript: 'Transcript revision',
  },
  ko: {
    title: '토론 보고서',
    position: '입장',
    noPosition: '발화에서 확인되는 입장이 없습니다.',
    arguments: '주요 논거',
    choices: '선택과 발화의 관계',
    agreements: '의견이 일치한 점',
    disagreements: '의견이 갈린 점',
    none: '확인된 내용이 없습니다.',
    unsupported: '이 토론의 발화로 뒷받침되는 진술이 없습니다.',
    incomplete: '불완전: 작성 시점에 일부 발화가 빠졌을 수 있습니다. 자세한 내용은 전사본에 있습니다.',
    rejected: '발화로 뒷받침되지 않아 제외된 진술',
    sources: '근거 발화',
    made: '작성 정보',
    model: '모델',
    prompt: '프롬프트',
    tokens: '토큰 (입력 / 출력)',
    transcript: '전사본 판',
  },
} as const;

type Words = (typeof WORDS)[Language];

/** Text that Markdown and HTML take for nothing but text: no emphasis, link, image, block or tag, and no address that links itself. */
const plainOf = (text: string): string =>
  oneLineOf(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~@]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
    .replace(/^(\d*)([#+\-=.)])(?=[#\-=]*(?:\s|$))/, '$1\\$2');

const statementOf = (statement: Statement): string =>
  `${plainOf(statement.text)}${statement.utteranceIds.length > 0 ? ` (${statement.utteranceIds.map(plainOf).join(', ')})` : ''}`;

const listOf = (statements: readonly Statement[], words: Words): string[] =>
  statements.length === 0 ? [words.none] : statements.map((statement) => `- ${statementOf(statement)}`);

const sourceOf = (utterance: Utterance): string =>
  `- **${plainOf(utterance.id)}** ${clockTextOf(utterance.fromMs).slice(0, 8)} ${isolated(plainOf(utterance.nickname))}: ${plainOf(utterance.text)}`;

const statementsOf = (report: Report): Statement[] => [
  ...report.participants.flatMap((one) => [
    ...(one.position === null ? [] : [one.position]),
    ...one.arguments,
    ...one.choices,
  ]),
  ...report.agreements,
  ...report.disagreements,
];

const bodyOf = (report: Report, words: Words): string[] => {
  const lines: string[] = [];
  for (const one of report.participants) {
    lines.push(`## P${one.seat + 1} ${isolated(plainOf(one.nickname))}`, '');
    lines.push(`### ${words.position}`, '', one.position === null ? words.noPosition : statementOf(one.position), '');
    lines.push(`### ${words.arguments}`, '', ...listOf(one.arguments, words), '');
    lines.push(`### ${words.choices}`, '', ...listOf(one.choices, words), '');
  }
  lines.push(`## ${words.agreements}`, '', ...listOf(report.agreements, words), '');
  lines.push(`## ${words.disagreements}`, '', ...listOf(report.disagreements, words), '');
  return lines;
};

/** `transcript` is the revision that the report rests on: its words are quoted as sources. */
export const reportMdOf = (report: Report, transcript: Transcript): string => {
  const words = WORDS[languageOf(report.language)];
  const { provenance } = report;
  const cited = new Set(statementsOf(report).flatMap((statement) => statement.utteranceIds));
  const sources = transcript.utterances.filter((utterance) => cited.has(utterance.id));
  return `${[
    `# ${words.title}`,
    '',
    ...(report.status === 'incomplete' ? [words.incomplete, ''] : []),
    ...(report.supported ? [] : [words.unsupported, '']),
    ...bodyOf(report, words),
    ...(sources.length > 0 ? [`## ${words.sources}`, '', ...sources.map(sourceOf), ''] : []),
    `## ${words.made}`,
    '',
    `- ${words.model}: ${plainOf(provenance.model)}`,
    `- ${words.prompt}: ${plainOf(provenance.promptVersion)}`,
    `- ${words.tokens}: ${provenance.promptTokens} / ${provenance.completionTokens}`,
    `- ${words.transcript}: ${report.transcriptRevision}`,
    `- ${words.rejected}: ${report.rejectedStatements}`,
  ].join('\n')}\n`;
};

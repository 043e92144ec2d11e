// The id by which a recruiting service knows a participant: it comes in the link, untrusted, and opens a seat. A link whose
// template was never filled in brings the same text for everybody, so such a text is nobody's id.
import { isVisible } from './typed-text.ts';

/** Of an id, in characters. */
const MAX_ID_LENGTH = 200;
/** Of what is looked at; a longer one is refused as a request. */
export const MAX_GIVEN_ID_LENGTH = 2_000;

/** Where the id stands in the address of the join page, as each service writes it: the first that holds an id counts. */
const PARAMETERS = [
  'externalId',
  'PROLIFIC_PID', // Prolific
  'participantId', // CloudResearch Connect
  'participant_id', // Respondent
  'workerId', // Mechanical Turk
  'survey_code', // Sona
  'id', // Sona, as its own guide for Qualtrics has it
].map((name) => name.toLowerCase());

/**
 * What opens a template in every language that links are made with: {{%X%}}, ${x}, #{x}, @{x}, {% x %}, [%x%], *|X|*, <<x>>, «x».
 * No service has such a sign in an id, nor the sign for what could not be read (%caseNumber% begins like an escaped letter).
 */
const TEMPLATE_SIGN = /[$#@]\{|\{\{|\{%|\[%|\*\||<<|«|\uFFFD/u;
const NAME_IN_PERCENT = /%[A-Za-z_]\w{0,60}%/u;
/** {TOKEN}, [custom_value], <id>: all of the text is the template. */
const ALL_IN_BRACKETS = /^(?:\{[^{}]*\}|\[[^[\]]*\]|<[^<>]*>)$/u;
/** Microsoft writes real ids like this. */
const GUID_IN_BRACES = /^\{[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}$/iu;
/** What programs write when they had nothing to fill in; Mechanical Turk's preview; a template that lost its brackets. */
const NOTHING = new Set(['undefined', 'null', 'nan', 'none', 'assignment_id_not_available', ...PARAMETERS]);

/** Some mailers escape a link twice; what is no escaped text stays as it is. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const isTemplate = (text: string): boolean =>
  TEMPLATE_SIGN.test(text) ||
  NAME_IN_PERCENT.test(text) ||
  (ALL_IN_BRACKETS.test(text) && !GUID_IN_BRACES.test(text)) ||
  NOTHING.has(text.toLowerCase());

/** At most one of them is there. */
export interface GivenId {
  readonly externalId?: string;
  /** What came in its place, most often a template that nobody filled in: for the researcher to see. */
  readonly unusableId?: string;
}

/** What was given as an id: blank is none. */
export const givenIdOf = (text: string | undefined): GivenId => {
  if (text === undefined || !isVisible(text)) return {};
  const trimmed = text.trim();
  const characters = [...trimmed];
  const isUnusable = characters.length > MAX_ID_LENGTH || isTemplate(unescaped(trimmed));
  return isUnusable ? { unusableId: characters.slice(0, MAX_ID_LENGTH).join('') } : { externalId: trimmed };
};

/** The id in the address of the join page; without one, the first text that stands where an id should. */
export const idInAddress = (search: string): GivenId => {
  const parameters = [...new URLSearchParams(search)].map(([name, value]) => ({ name: name.toLowerCase(), value }));
  const given = PARAMETERS.flatMap((wanted) => parameters.filter(({ name }) => name === wanted)).map(({ value }) =>
    givenIdOf(value),
  );
  return (
    given.find(({ externalId }) => externalId !== undefined) ??
    given.find(({ unusableId }) => unusableId !== undefined) ??
    {}
  );
};

import { describe, expect, test } from 'vitest';
import { ANSWER_JSON_SCHEMA, parseAnswer } from './analysis-answer.ts';

const GOOD = {
  participants: [{ participant: 'P1', position: null, arguments: [{ text: 'a', utteranceIds: ['u1'] }], choices: [] }],
  agreements: [],
  disagreements: [],
};

const objectsOf = (schema: unknown): Record<string, unknown>[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = schema as Record<string, unknown>;
  return [...(own.type === 'object' ? [own] : []), ...Object.values(own).flatMap(objectsOf)];
};

describe('the answer of the model', () => {
  test('is taken as JSON, also in a Markdown fence', () => {
    expect(parseAnswer(JSON.stringify(GOOD))).toEqual(GOOD);
    expect(parseAnswer(`\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``)).toEqual(GOOD);
  });

  test.each([
    ['cut off', JSON.stringify(GOOD).slice(0, -5)],
    ['prose', 'I cannot do that.'],
    ['null', 'null'],
    ['a list', '[]'],
    ['incomplete', '{"participants":[]}'],
    ['of other types', JSON.stringify({ ...GOOD, agreements: ['P1 and P2 agree'] })],
  ])('[JB8] %s is an invalid answer', (_, content) => {
    expect(() => parseAnswer(content)).toThrow(expect.objectContaining({ kind: 'invalid_answer' }));
  });

  test('its schema is one that strict structured output takes: all fields required, none beside them', () => {
    const objects = objectsOf(ANSWER_JSON_SCHEMA);
    expect(objects).toHaveLength(7);
    for (const one of objects) {
      expect(one.additionalProperties).toBe(false);
      expect(one.required).toEqual(Object.keys(one.properties as object));
    }
  });
});

import { expect, test } from 'vitest';
import type { Language } from '../../protocol/languages.ts';
import type { Fetch } from './api-call.ts';
import { joinInfo, joinRoom } from './join.ts';
import { createResearcherApi } from './researcher-api.ts';

const serverUrl = 'http://server';

type Ask = (chosen: { language?: Language; fetch: Fetch }) => Promise<unknown>;

test.each<[string, Ask]>([
  ['joining', (chosen) => joinRoom({ serverUrl, code: 'CODE', nickname: 'Mina', ...chosen })],
  ['asking about a room', (chosen) => joinInfo(serverUrl, 'CODE', chosen)],
  ['a researcher', (chosen) => createResearcherApi({ serverUrl, key: 'secret', ...chosen }).studies()],
])('%s is answered in the language that was chosen, and else in the browser’s', async (_, ask) => {
  const sent: RequestInit[] = [];
  const fetch: Fetch = async (_url, init) => {
    if (init) sent.push(init);
    return Response.json({});
  };
  await ask({ language: 'ko', fetch });
  await ask({ fetch });
  expect(sent.map(({ headers }) => new Headers(headers).get('accept-language'))).toEqual(['ko', null]);
  // The door refuses fields that it does not know.
  expect(String(sent[0]?.body)).not.toContain('language');
});

import { expect, it } from 'vitest';
import { gapsToTell } from './gaps-to-tell.ts';

const NOW = 60_000;

it.each([
  ['what is still on its way', 57_000, NOW, false],
  ['a part that is missing for good', 20_000, 21_000, true],
  ['a voice of which nothing has come for eleven seconds', 49_000, NOW, true],
  ['a voice of which nothing has come at all', 0, NOW, true],
])('[RC9] while the debate runs, %s: from %i to %i', (_, from, to, isTold) => {
  const gap = { from, to, reason: 'not_captured' } as const;
  expect(gapsToTell([gap], NOW)).toEqual(isTold ? [gap] : []);
});

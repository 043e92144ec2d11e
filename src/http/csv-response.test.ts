import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { HttpEnv } from './context.ts';
import { csvResponse } from './csv-response.ts';

/** A file of many rows, and how many of them have been made. */
const longFile = (count: number, failsAt = Number.POSITIVE_INFINITY) => {
  const made = { rows: 0, isEnded: false };
  async function* rows(): AsyncGenerator<string, void> {
    try {
      for (; made.rows < count; made.rows += 1) {
        if (made.rows === failsAt) throw new Error('the database is gone');
        // Of every other stretch nothing is a row.
        yield made.rows % 2 === 0 ? `row ${made.rows}\r\n` : '';
      }
    } finally {
      made.isEnded = true;
    }
  }
  const app = new Hono<HttpEnv>();
  app.onError((error, c) => c.text(error.message, 503));
  app.get('/', (c) => csvResponse(c, { name: 'long.csv', head: 'head\r\n', rows: rows() }));
  return { made, ask: () => app.request('/') };
};

it('[RM51] a file is whole, with its name, also where nothing is to be told for a while', async () => {
  const response = await longFile(5).ask();
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="long.csv"');
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(await response.text()).toBe('head\r\nrow 0\r\nrow 2\r\nrow 4\r\n');
  expect(await (await longFile(0).ask()).text()).toBe('head\r\n');
});

it('[RM51] a file is made as it is taken, and no further once its reader has left', async () => {
  const { made, ask } = longFile(1_000_000);
  const reader = (await ask()).body?.getReader();
  for (let reads = 0; reads < 10; reads += 1) await reader?.read();
  expect(made.rows).toBeLessThan(15);
  await reader?.cancel();
  expect(made.isEnded).toBe(true);
});

it('what cannot be read at all is refused, and what breaks in the middle is no whole file', async () => {
  expect((await longFile(5, 0).ask()).status).toBe(503);
  await expect((await longFile(5, 3).ask()).text()).rejects.toThrow('the database is gone');
});

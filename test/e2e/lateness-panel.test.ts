// The console's table of how late each participant saw each page, in a real browser, in both languages of the console.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { consoleEn } from '../../src/web/i18n/console.en.ts';
import { consoleKo } from '../../src/web/i18n/console.ko.ts';
import { type DebateWithBrowser, startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { openConsole } from '../support/browser/open-console.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const MILLISECONDS = /^-?\d+\.\d ms$/;

describeWithChromium('the table of page turns', () => {
  const here = useServerAndBrowser();
  let debate: DebateWithBrowser;
  beforeAll(async () => {
    debate = await startDebateWithBrowser({
      ...here,
      study: { title: 'Turns', language: 'en', pages: [{ title: 'One' }, { title: 'Two' }, { title: 'Three' }] },
    });
    const { page, api, roomId } = debate;
    for (const number of ['2 / 3', '3 / 3']) {
      await page.getByTestId('next-page').click();
      await page.getByTestId('page-number').getByText(number).waitFor();
    }
    // The start and two turns, seen by both.
    await eventually(
      'all that was seen is stored',
      async () => (await api.telemetry(roomId, 'page_shown')).items.length === 6,
    );
  });
  afterAll(async () => {
    await debate?.close();
  });

  const rowsOf = (page: Page): Promise<string[][]> =>
    page
      .getByTestId('lateness-table')
      .locator('tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => (cell as HTMLElement).innerText.trim())),
      );

  it.each([
    ['English', 'en-US', consoleEn.lateness],
    ['Korean', 'ko-KR', consoleKo.lateness],
  ])('[CK6] tells in %s how late each saw each page, and how far apart', async (_, locale, words) => {
    const { roomId, api } = debate;
    const researcher = await openConsole({ ...here, path: `/console/rooms/${roomId}`, context: { locale } });
    await researcher.getByRole('region', { name: words.title }).waitFor();
    await researcher.getByTestId('lateness-table').waitFor();
    const [head = [], ...rows] = await rowsOf(researcher);
    expect(head.slice(0, 3)).toEqual([words.page, words.at, words.apart]);
    expect(head.slice(3).map((text) => text.split('\n')[0])).toEqual(['Person', 'Other']);
    expect(rows.map(([page]) => page)).toEqual([words.start, '2', '3']);

    const { items } = await api.telemetry(roomId, 'page_shown');
    const turns = (await api.events(roomId, { limit: 500 })).commits
      .flatMap(({ events }) => events)
      .flatMap((event) => (event.type === 'page_turned' ? [event] : []));
    for (const { page, turnsAt } of turns) {
      const [, , apart = '', ...late] = rows[page] ?? [];
      const [first, second] = items
        .filter((one) => one.page === page)
        .sort((one, other) => (one.seat ?? 0) - (other.seat ?? 0))
        .map(({ shownAt }) => shownAt - turnsAt);
      if (first === undefined || second === undefined) throw new Error(`page ${page} was not seen by both`);
      expect(late).toEqual([`${first.toFixed(1)} ms`, `${second.toFixed(1)} ms`]);
      expect(apart).toBe(`${Math.abs(first - second).toFixed(1)} ms`);
    }
    for (const cell of rows.flatMap((row) => row.slice(2))) expect(cell).toMatch(MILLISECONDS);
    await researcher.getByText(words.definition).waitFor();
    await researcher.context().close();
  });
});

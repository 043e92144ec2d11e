// The console's page of a room, in a real browser: the table of choices and its file, and what happens when the key has become void.
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { consoleEn } from '../../src/web/i18n/console.en.ts';
import { consoleKo } from '../../src/web/i18n/console.ko.ts';
import { type DebateWithBrowser, startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { openConsole } from '../support/browser/open-console.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';
import { parseCsv } from '../support/servers/parse-csv.ts';

describeWithChromium('the page of a room', () => {
  let server: RunningServer;
  let browser: Browser;
  let debate: DebateWithBrowser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([spawnServer({ env: { LOG_LEVEL: 'warn' } }), launchChromium()]);
    debate = await startDebateWithBrowser({
      server,
      browser,
      study: {
        title: 'Choices',
        language: 'en',
        pages: [
          {
            title: 'One',
            questions: [
              { id: 'side', kind: 'single', prompt: 'Which side?', options: ['for', 'against'] },
              { id: 'why', kind: 'text', prompt: 'Why?' },
            ],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await debate?.close();
    await browser?.close();
    await server?.stop();
  });

  const openRoom = (context: { readonly locale: string }): Promise<Page> =>
    openConsole({ server, browser, path: `/console/rooms/${debate.roomId}`, context });
  const choose = async (questionId: string, value: string): Promise<void> => {
    const { ok } = await debate.other.submitChoice(questionId, value);
    expect(ok).toBe(true);
  };
  const cellsOf = (page: Page): Promise<string[]> =>
    page
      .getByTestId('choices-table')
      .locator('tbody td')
      .evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).innerText.replace(/\s+/g, ' ').trim()));

  it('[RM51] shows each latest answer as it comes, and hands out every revision as a file', async () => {
    const page = await openRoom({ locale: 'ko-KR' });
    const words = consoleKo.choices;
    await page.getByRole('region', { name: words.title }).waitFor();
    await page.getByTestId('choices-table').waitFor();
    expect(await cellsOf(page)).toEqual(['–', '–', '–', '–']);
    // Nothing to download yet.
    expect(await page.getByTestId('choices').getByRole('button').count()).toBe(0);

    await choose('side', 'for');
    await choose('why', '=1+1, "so"');
    await page.getByTestId('choices-table').getByText('=1+1, "so"').waitFor();
    await choose('side', 'against');
    await page.getByTestId('choices-table').getByText(words.revisions(2)).waitFor();
    expect(await cellsOf(page)).toEqual(['–', '–', `against ${words.revisions(2)}`, '=1+1, "so"']);

    const downloading = page.waitForEvent('download');
    await page.getByTestId('choices').getByRole('button', { name: words.csv }).click();
    const download = await downloading;
    const { code } = await debate.api.room(debate.roomId);
    expect(download.suggestedFilename()).toBe(`choices-${code}.csv`);
    const rows = parseCsv(await readFile(await download.path(), 'utf8'));
    expect(rows.map(({ nickname, questionId, revision, value }) => [nickname, questionId, revision, value])).toEqual([
      ['Other', 'side', '1', 'for'],
      ['Other', 'why', '1', `'=1+1, "so"`],
      ['Other', 'side', '2', 'against'],
    ]);
    await page.context().close();
  });

  it('signs out when the server no longer takes the key with which a room is to be ended', async () => {
    const page = await openRoom({ locale: 'en-US' });
    const error = { code: 'unauthorized', message: 'No.', retryable: false, requestId: 'r' };
    await page.route(/\/api\/rooms\/[^/]+\/end$/, (route) => route.fulfill({ status: 401, json: { error } }));
    await page.getByTestId('console-end').click();
    await page.getByTestId('confirm-button').click();
    await page.getByText(consoleEn.signIn.expired).waitFor();
    await page.getByTestId('key-input').waitFor();
    await page.context().close();
  });
});

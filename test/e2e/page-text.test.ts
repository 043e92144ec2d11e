// The page of a debate under strangers' hands and under speech: a translator that rewrites every text, and people who talk.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { RoomClient } from '../../src/client/index.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';
import { rewriteTexts } from './rewrite-texts.ts';

const PICTURE = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const STUDY: StudyInput = {
  title: 'Page text',
  language: 'en',
  pages: Array.from({ length: 4 }, (_, index) => ({
    title: `Title ${index + 1}`,
    body: [
      `Body ${index + 1} with *emphasis* and [a link](https://example.org/${index}).`,
      `**정책(안)**은 **“인용”**을, **50%**가.`,
      `![a dot](${PICTURE}) [bad](data:text/html,x)`,
    ].join('\n\n'),
    questions: [{ id: `q${index}`, prompt: `Question ${index + 1}?`, kind: 'single', options: ['yes', 'no'] }],
  })),
};

/** What `[data-page]` of the shown page shows; the next one may be there already, out of sight. */
const shownTitle = (page: Page, title: string) =>
  page.getByTestId('page-title').filter({ hasText: title, visible: true }).waitFor();

const speak = async (page: Page, other: RoomClient, speaking: boolean): Promise<void> => {
  other.reportVoice({ micOn: true, speaking });
  const person = page.locator(`.person[data-speaking="${speaking}"]`).filter({ hasText: 'Other' });
  await person.waitFor();
};

describeWithChromium('the text of a page', () => {
  const here = useServerAndBrowser();

  it.each(['moves', 'replaces'] as const)(
    '[WB1] a translator that %s every text does not end the debate: pages turn, people speak, the end is shown',
    async (how) => {
      const debate = await startDebateWithBrowser({ ...here, study: STUDY, isHost: false });
      const { api, page, other, roomId } = debate;
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      try {
        await page.evaluate(rewriteTexts, how);
        expect(await page.locator('.markdown font').count()).toBeGreaterThan(5);
        for (let turn = 1; turn < 4; turn += 1) {
          expect((await other.turnPage('next')).ok).toBe(true);
          await shownTitle(page, `Title ${turn + 1}`);
          await page
            .getByText(`${turn + 1} / 4`)
            .first()
            .waitFor();
          await page
            .getByText(`Body ${turn + 1} with`)
            .filter({ visible: true })
            .waitFor();
          await page.getByRole('radio', { name: 'yes' }).check();
          await page.locator(`[data-testid="question-q${turn}"][data-status="saved"]`).waitFor();
          await speak(page, other, true);
          await speak(page, other, false);
        }
        expect((await other.turnPage('previous')).ok).toBe(true);
        await shownTitle(page, 'Title 3');
        await api.endRoom(roomId);
        await page.getByTestId('thanks').waitFor();
        expect(errors).toEqual([]);
      } finally {
        await debate.close();
      }
    },
  );

  it('[WB2] is not touched while people speak; Korean emphasis and pasted pictures are shown', async () => {
    const debate = await startDebateWithBrowser({ ...here, study: STUDY, isHost: false });
    const { page, other } = debate;
    try {
      const text = page.locator('.markdown').filter({ visible: true });
      expect(await text.locator('strong').allTextContents()).toEqual(['정책(안)', '“인용”', '50%']);
      await eventually('the picture is shown', () =>
        text.locator('img[alt="a dot"]').evaluate((image) => (image as HTMLImageElement).naturalWidth === 1),
      );
      expect(await text.getByText('bad').getAttribute('href')).not.toContain('data:');
      await text.getByRole('link').first().focus();
      await text.evaluate((element) => {
        const seen = { mutations: 0 };
        Object.assign(window, { __seen: seen });
        new MutationObserver((records) => {
          seen.mutations += records.length;
        }).observe(element, { subtree: true, childList: true, attributes: true, characterData: true });
      });
      for (let change = 0; change < 6; change += 1) await speak(page, other, change % 2 === 0);
      expect(await page.evaluate(() => (window as unknown as { __seen: { mutations: number } }).__seen.mutations)).toBe(
        0,
      );
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('A');
    } finally {
      await debate.close();
    }
  });
});

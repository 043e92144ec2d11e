// A host with a phone: what is pressed and the clock are whole and in sight, down to 320 px, in both languages.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const WIDTHS = [320, 360, 390];
const HEIGHT = 700;
const IN_SIGHT = ['next-page', 'prev-page', 'page-number', 'mute-button', 'end-debate', 'time-left'];

/** What is outside the screen, cut, or wider than it; in words. */
const problemsOf = (page: Page): Promise<string[]> =>
  page.evaluate((ids) => {
    const problems: string[] = [];
    for (const id of ids) {
      const element = document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
      if (element === null) {
        problems.push(`${id} is missing`);
        continue;
      }
      const { left, right, top, bottom, width } = element.getBoundingClientRect();
      const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && width > 0;
      if (!isInside) problems.push(`${id} from ${left} to ${right}, ${top} to ${bottom}`);
      const isCut = [element, ...element.querySelectorAll<HTMLElement>('*')].some(
        (part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1,
      );
      if (isCut) problems.push(`${id} is cut`);
    }
    if (document.documentElement.scrollWidth > innerWidth)
      problems.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    return problems;
  }, IN_SIGHT);

describeWithChromium('a host on a phone', () => {
  const here = useServerAndBrowser();

  it.each([
    ['en', 'The future of our city, discussed at length'],
    ['ko', '우리 도시의 미래에 대한 긴 토론'],
  ] as const)('[WB3] sees all of the controls and the clock, in %s', async (language, title) => {
    const debate = await startDebateWithBrowser({
      ...here,
      study: {
        title,
        language,
        pages: Array.from({ length: 12 }, (_, index) => ({ title: `${index + 1}` })),
        settings: { timeLimitMinutes: 89 },
      },
      context: { viewport: { width: 390, height: HEIGHT }, hasTouch: true, isMobile: true },
    });
    const { page } = debate;
    try {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT });
        await page.waitForFunction((wanted) => innerWidth === wanted, width);
        expect(await problemsOf(page), `${width} px`).toEqual([]);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/host-${language}-${width}.png` });
      }
      expect(await page.getByTestId('mute-button').getAttribute('aria-label')).toBeTruthy();
    } finally {
      await debate.close();
    }
  });
});

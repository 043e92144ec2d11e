// A name that is read from the right, with punctuation, stands among words that are read from the left: nowhere in the page of a
// participant or in the console does it take the words beside it along.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { openConsole } from '../support/browser/open-console.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const NAMES = { person: 'علي (1)!', other: 'נועה (2)?' };
const STUDY: StudyInput = {
  title: 'Names',
  language: 'en',
  pages: [{ title: 'One', questions: [{ id: 'q', prompt: 'Which?', kind: 'single', options: ['a', 'b'] }] }],
};

interface Watch {
  /** Texts and labels in which a name stands without its marks. */
  readonly bare: string[];
  /** Kinds of elements that have shown one. */
  readonly shown: string[];
}

/** Runs in the page before anything else, and looks at everything that it ever shows. */
const watchNames = (): void => {
  const RIGHT_TO_LEFT = /[\u0590-\u06ff]/;
  const FIRST_OF_ALL = /(^|[^\u2068\u0590-\u06ff])[\u0590-\u06ff]{2}/;
  const bare = new Set<string>();
  const shown = new Set<string>();
  Object.assign(window, { __names: () => ({ bare: [...bare], shown: [...shown] }) });
  const note = (text: string | null, where: string): void => {
    if (text === null || !RIGHT_TO_LEFT.test(text)) return;
    shown.add(where);
    if (FIRST_OF_ALL.test(text)) bare.add(`${where}: ${text}`);
  };
  const look = (): void => {
    const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
      note(node.nodeValue, node.parentElement?.tagName ?? '');
    for (const element of document.querySelectorAll('[aria-label], [title]')) {
      note(element.getAttribute('aria-label'), 'label');
      note(element.getAttribute('title'), 'title');
    }
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
};

const namesIn = (page: Page): Promise<Watch> =>
  page.evaluate(() => (window as unknown as { __names: () => Watch }).__names());

describeWithChromium('names that are read from the right', () => {
  const here = useServerAndBrowser();

  it.each([
    ['host', true],
    ['guest', false],
  ])(
    '[JN13] are isolated in the page of a %s, from the waiting room to the end, and in the console',
    async (_, isHost) => {
      const prepare = (page: Page) => page.addInitScript(watchNames);
      const debate = await startDebateWithBrowser({ ...here, study: STUDY, isHost, names: NAMES, prepare });
      const { page, other, api, roomId } = debate;
      try {
        const researcher = await openConsole({ ...here, path: `/console/rooms/${roomId}`, prepare });
        await researcher.getByTestId('seat-1').waitFor();
        if (isHost) {
          await page.getByTestId('menu-1').click();
          await page.getByTestId('remove-1').click();
          await page.getByRole('dialog').waitFor();
          await page.getByRole('button', { name: 'Cancel' }).click();
        }
        expect((await other.submitChoice('q', 'a')).ok).toBe(true);
        await researcher.getByRole('rowheader').first().waitFor();
        await api.endRoom(roomId);
        await page.getByTestId('thanks').waitFor();
        await eventually('the console shows the recordings', async () =>
          (await namesIn(researcher)).shown.includes('label'),
        );
        for (const one of [page, researcher]) {
          const { bare, shown } = await namesIn(one);
          expect(bare).toEqual([]);
          expect(shown.length).toBeGreaterThan(1);
        }
      } finally {
        await debate.close();
      }
    },
  );
});

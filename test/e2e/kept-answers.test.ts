// Typed while the server is away, and the page reloaded before it is back: the words reach the journal all the same, once.
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const STUDY: StudyInput = {
  title: 'Away',
  language: 'en',
  pages: [{ title: 'One', questions: [{ id: 'why', prompt: 'Why?', kind: 'text', maxLength: 2_000 }] }],
};

describeWithChromium('an answer that the server has not acknowledged', () => {
  const here = useServerAndBrowser();

  it('[CL18] survives the server’s absence and a reload of the page in it, and is in the journal once', async () => {
    const debate = await startDebateWithBrowser({ ...here, study: STUDY, isHost: false });
    const { page, api, roomId } = debate;
    try {
      const link = page.url();
      const kept = () =>
        page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('trialogue.answers.')));
      await here.server.killAll();
      await page.getByRole('textbox').pressSequentially('said to nobody');
      // Not a moment's pause after the last letter: the reload itself must not lose it.
      await page.reload().catch(() => undefined);

      await here.restartServer();
      await page.goto(link);
      await page.getByTestId('debate').waitFor({ timeout: 30_000 });
      const saved = async () =>
        (await api.events(roomId, { limit: 500 })).commits
          .flatMap(({ events }) => events)
          .flatMap((event) => (event.type === 'choice_submitted' ? [event.value] : []));
      await eventually('the words are in the journal', async () => (await saved()).includes('said to nobody'));
      await eventually('they are kept no longer', async () => (await kept()).length === 0);
      expect(await page.getByRole('textbox').inputValue()).toBe('said to nobody');
      await page.reload();
      await page.getByTestId('debate').waitFor();
      expect((await saved()).filter((value) => value === 'said to nobody')).toHaveLength(1);
    } finally {
      await debate.close();
    }
  });
});

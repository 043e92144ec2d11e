// Typed to the last moment without a pause: the words are in the journal, whoever ends the debate.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { type DebateWithBrowser, startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const STUDY: StudyInput = {
  title: 'Last words',
  language: 'en',
  pages: [{ title: 'One', questions: [{ id: 'why', prompt: 'Why?', kind: 'text', maxLength: 2_000 }] }],
};

describeWithChromium('what is typed', () => {
  const here = useServerAndBrowser();

  const savedTexts = async ({ api, roomId }: DebateWithBrowser): Promise<string[]> =>
    (await api.events(roomId, { limit: 500 })).commits
      .flatMap(({ events }) => events)
      .flatMap((event) => (event.type === 'choice_submitted' ? [String(event.value)] : []));

  /** Without a pause of 800 ms, until the field is gone. What was in it last. */
  const typeUntilTheEnd = async (page: Page): Promise<string> => {
    const field = page.getByRole('textbox');
    let typed = '';
    while ((await field.count()) > 0) {
      const value = await field
        .inputValue({ timeout: 500 })
        .then(async (before) => {
          await field.press('x', { timeout: 500, delay: 60 });
          return before;
        })
        .catch(() => undefined);
      if (value !== undefined) typed = value;
    }
    return typed;
  };

  it.each([
    ['the researcher ends it', 'researcher', {}],
    ['the host ends it', 'host', {}],
    ['the time is up', 'time_limit', { timeLimitMinutes: 0.12 }],
  ] as const)('[CL17] [RM50] is saved when %s in mid-word', async (_, reason, settings) => {
    const debate = await startDebateWithBrowser({
      ...here,
      study: { ...STUDY, settings },
      isHost: false,
    });
    try {
      const typing = typeUntilTheEnd(debate.page);
      // Without a pause in the typing it has been saved all the same.
      await eventually('text saved while typing', async () => (await savedTexts(debate)).length > 0);
      if (reason === 'researcher') await debate.api.endRoom(debate.roomId);
      if (reason === 'host') expect((await debate.other.endDebate()).ok).toBe(true);
      const typed = await typing;
      await debate.page.getByTestId('thanks').waitFor();
      const saved = await savedTexts(debate);
      expect(saved.at(-1)).toContain(typed);
      expect(typed.length).toBeGreaterThan(3);
      const ends = (await debate.api.events(debate.roomId, { limit: 500 })).commits.flatMap(({ events }) => events);
      expect(ends.find(({ type }) => type === 'debate_ended')).toMatchObject({ reason });
    } finally {
      await debate.close();
    }
  });
});

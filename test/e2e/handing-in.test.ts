// What a participant sees at the end when storage hangs or the server refuses: never thanks for what has not arrived.
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { StudyInput } from '../../src/protocol/study.ts';
import { startDebateWithBrowser } from '../support/browser/debate-with-browser.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const STUDY: StudyInput = { title: 'Handing in', language: 'en', pages: [{ title: 'One' }] };

/** In the page: a database that is asked for and never answers. */
const hangStorage = (): void => {
  IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
};

describeWithChromium('handing in', () => {
  const here = useServerAndBrowser();

  it('[CL16] with an IndexedDB that never opens the voice goes up during the talk, and the thanks are true', async () => {
    const debate = await startDebateWithBrowser({
      ...here,
      study: STUDY,
      prepare: (page) => page.addInitScript(hangStorage),
    });
    const { api, page, roomId } = debate;
    try {
      await eventually('chunks during the talk', async () => {
        const [person] = (await api.recordings(roomId)).items;
        const [take] = person?.takes ?? [];
        return take !== undefined && (await api.recording(take.id)).received.length >= 2;
      });
      await api.endRoom(roomId);
      await page.getByTestId('thanks').waitFor();
      const [person] = (await api.recordings(roomId)).items;
      expect(person?.takes.map(({ status }) => status)).toEqual(['complete']);
    } finally {
      await debate.close();
    }
  });

  it('[CL15] what the server refuses for good is not thanked for: it can be saved, and sent again', async () => {
    const debate = await startDebateWithBrowser({ ...here, study: STUDY });
    const { api, page, roomId } = debate;
    try {
      const chunks = '**/api/recordings/*/chunks/*';
      await page.route(chunks, (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/json',
          body: JSON.stringify({
            error: { code: 'forbidden', message: 'Not for you.', retryable: false, requestId: 'r' },
          }),
        }),
      );
      await page.waitForResponse(chunks);
      await api.endRoom(roomId);
      await page.getByTestId('not-handed-in').waitFor();
      await page.getByText('Not for you.').waitFor();
      expect(await page.getByTestId('thanks').count()).toBe(0);

      const download = page.waitForEvent('download');
      await page.getByTestId('save-recording').click();
      const saved = await download;
      expect(saved.suggestedFilename()).toMatch(/^[A-Z0-9]+-seat0-\d+\.webm$/);
      let bytes = 0;
      for await (const part of await saved.createReadStream()) bytes += part.length;
      expect(bytes).toBeGreaterThan(1_000);

      await page.unroute(chunks);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByTestId('thanks').waitFor();
      const [person] = (await api.recordings(roomId)).items;
      expect(person?.takes.at(-1)?.status).toBe('complete');
    } finally {
      await debate.close();
    }
  });

  it('[CL15] who was removed from the room can still save what the server no longer takes', async () => {
    const debate = await startDebateWithBrowser({ ...here, study: STUDY, isHost: false });
    const { page, other } = debate;
    try {
      await page.waitForResponse('**/api/recordings/*/chunks/*');
      const person = other.state.room?.participants.find(({ nickname }) => nickname === 'Person');
      expect((await other.remove(person?.id ?? '')).ok).toBe(true);
      const download = page.waitForEvent('download');
      await page.getByTestId('save-recording').click();
      expect((await download).suggestedFilename()).toMatch(/^[A-Z0-9]+-[\da-f-]{36}-\d+\.webm$/);
    } finally {
      await debate.close();
    }
  });
});

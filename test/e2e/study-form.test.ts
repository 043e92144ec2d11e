// An evening's work in the form of a study is not lost by a click on the wrong link.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createResearcherApi } from '../../src/client/index.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

describeWithChromium('the form of a study', () => {
  const here = useServerAndBrowser();

  const openForm = async (
    title: string,
  ): Promise<{ page: Page; editPath: string; answer: { accepts: boolean; asked: number } }> => {
    const api = createResearcherApi({ serverUrl: here.server.url, key: here.server.researcherKey });
    const study = await api.createStudy({ title, language: 'en', pages: [{ title: 'One' }] });
    const page = await (await here.browser.newContext({ locale: 'en-US' })).newPage();
    const answer = { accepts: false, asked: 0 };
    page.on('dialog', async (dialog) => {
      answer.asked += 1;
      await (answer.accepts ? dialog.accept() : dialog.dismiss());
    });
    await page.goto(`${here.server.url}/console`);
    await page.getByTestId('key-input').fill(here.server.researcherKey);
    await page.getByTestId('sign-in-button').click();
    await page.getByText(title).first().click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByTestId('study-title').waitFor();
    return { page, editPath: `/console/studies/${study.id}/edit`, answer };
  };
  const titleIn = (page: Page) => page.getByTestId('study-title').inputValue();

  it('[WB4] asks before unsaved edits are left, by whatever way; nothing is asked while nothing is unsaved', async () => {
    const { page, editPath, answer } = await openForm('Left');
    const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['API keys', () => page.getByRole('link', { name: 'API keys' }).click()],
      ['Studies', () => page.getByRole('link', { name: 'Studies' }).click()],
      ['Cancel', () => page.getByRole('button', { name: 'Cancel' }).click()],
      ['Back', () => page.evaluate(() => history.back())],
      ['Sign out', () => page.getByRole('button', { name: 'Sign out' }).click()],
    ];
    await page.getByTestId('study-title').fill('Edited');
    for (const [name, leave] of ways) {
      const before = answer.asked;
      const dialog = page.waitForEvent('dialog');
      await leave();
      await dialog;
      await page.waitForFunction((path) => location.pathname === path, editPath);
      expect(answer.asked, name).toBe(before + 1);
      expect(await titleIn(page), name).toBe('Edited');
    }
    await page.context().close();
  });

  it('[WB4] says so where the browser keeps no draft', async () => {
    const { page } = await openForm('Not kept');
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    await page.getByTestId('study-title').fill('Edited');
    const dialog = page.waitForEvent('dialog');
    await page.getByRole('link', { name: 'API keys' }).click();
    expect((await dialog).message()).toContain('keeps no draft');
    await page.context().close();
  });

  it('[WB4] keeps a draft in the browser, offers it on return, and drops it when saved', async () => {
    const { page, editPath, answer } = await openForm('Kept');
    answer.accepts = true;
    await page.getByTestId('study-title').fill('Edited and left');
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.waitForURL('**/console/keys');
    await page.goto(`${here.server.url}${editPath}`);
    await page.getByTestId('draft-use').click();
    expect(await titleIn(page)).toBe('Edited and left');

    // Also after a crash of the page.
    await page.reload();
    await page.getByTestId('draft-use').click();
    const asked = answer.asked;
    await page.getByTestId('save-study').click();
    await page.getByRole('heading', { name: 'Edited and left' }).waitFor();
    expect(answer.asked).toBe(asked);
    await page.goto(`${here.server.url}${editPath}`);
    await page.getByTestId('study-title').waitFor();
    expect(await page.getByTestId('draft-offer').count()).toBe(0);

    await page.getByTestId('study-title').fill('Not wanted');
    await page.reload();
    await page.getByTestId('draft-drop').click();
    expect(await titleIn(page)).toBe('Edited and left');
    await page.context().close();
  });

  it('[WB4] leaves nothing to whoever signs in next; an expired key takes no work along', async () => {
    const { page, editPath, answer } = await openForm('Shared computer');
    answer.accepts = true;
    const signIn = async (): Promise<void> => {
      await page.getByTestId('key-input').fill(here.server.researcherKey);
      await page.getByTestId('sign-in-button').click();
      await page.getByTestId('key-input').waitFor({ state: 'detached' });
    };
    await page.getByTestId('study-title').fill('Mine');
    await page.getByRole('link', { name: 'Studies' }).click();
    const asked = answer.asked;
    await page.evaluate(() => sessionStorage.clear());
    await page.goto(`${here.server.url}${editPath}`);
    await signIn();
    await page.getByTestId('draft-offer').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByTestId('key-input').waitFor();
    expect(answer.asked).toBe(asked + 1);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('Mine');
    await signIn();
    await page.getByTestId('study-title').waitFor();
    expect(await titleIn(page)).toBe('Shared computer');
    await page.context().close();
  });
});

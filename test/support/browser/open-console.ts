// A researcher who has signed in, at a page of the console.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { RunningServer } from '../../../processes/spawn-server.ts';

export interface ConsoleOptions {
  readonly server: RunningServer;
  readonly browser: Browser;
  /** `/console/rooms/x` */
  readonly path: string;
  readonly context?: BrowserContextOptions;
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

export const openConsole = async ({ server, browser, path, context, prepare }: ConsoleOptions): Promise<Page> => {
  const page = await (await browser.newContext({ locale: 'en-US', ...context })).newPage();
  await prepare?.(page);
  await page.goto(`${server.url}${path}`);
  await page.getByTestId('key-input').fill(server.researcherKey);
  await page.getByTestId('sign-in-button').click();
  await page.getByTestId('key-input').waitFor({ state: 'detached' });
  return page;
};

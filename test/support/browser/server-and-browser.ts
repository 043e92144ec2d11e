// A server and a browser for all tests of one file: there before the first, gone after the last.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from '../../../processes/chromium.ts';
import { type RunningServer, spawnServer } from '../../../processes/spawn-server.ts';

export interface ServerAndBrowser {
  readonly server: RunningServer;
  readonly browser: Browser;
  /** On the same port, with what the server before it, which has ended, has stored. */
  restartServer(): Promise<void>;
}

/** To be called where tests are described; what it gives is there when they run. */
export const useServerAndBrowser = (): ServerAndBrowser => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([spawnServer({ env: { LOG_LEVEL: 'warn' } }), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    get server() {
      return server;
    },
    get browser() {
      return browser;
    },
    restartServer: async () => {
      server = await server.restart();
    },
  };
};

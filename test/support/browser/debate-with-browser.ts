// A debate of two: one person in a real browser, the other a voiceless client in this process, so that a test sees a page in a
// running debate without three browsers.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../../../processes/eventually.ts';
import type { RunningServer } from '../../../processes/spawn-server.ts';
import {
  createResearcherApi,
  createRoomClient,
  joinRoom,
  type ResearcherApi,
  type RoomClient,
} from '../../../src/client/index.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';

export interface DebateWithBrowser {
  readonly api: ResearcherApi;
  readonly roomId: string;
  readonly page: Page;
  readonly other: RoomClient;
  close(): Promise<void>;
}

export interface DebateOptions {
  readonly server: RunningServer;
  readonly browser: Browser;
  readonly study: StudyInput;
  /** Whether the person in the browser comes first. Default true. */
  readonly isHost?: boolean;
  readonly names?: { readonly person: string; readonly other: string };
  readonly context?: BrowserContextOptions;
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Resolves when the debate runs and the page shows it. */
export const startDebateWithBrowser = async (options: DebateOptions): Promise<DebateWithBrowser> => {
  const { server, browser, study, isHost = true, names = { person: 'Person', other: 'Other' } } = options;
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const made = await api.createStudy({ ...study, settings: { countdownMs: 500, ...study.settings, roomSize: 2 } });
  const [room] = (await api.createRooms(made.id, {})).rooms;
  if (!room) throw new Error('no room was made');

  const joinOther = async (): Promise<RoomClient> => {
    const { token } = await joinRoom({ serverUrl: server.url, code: room.code, nickname: names.other });
    const client = createRoomClient({ serverUrl: server.url, token, media: false });
    client.connect();
    await eventually('the other is in the room', () => client.state.connection === 'online');
    return client;
  };

  const context = await browser.newContext({ locale: 'en-US', permissions: ['microphone'], ...options.context });
  const page = await context.newPage();
  await options.prepare?.(page);
  const joinPage = async (): Promise<void> => {
    await page.goto(`${server.url}/j/${room.code}`);
    await page.getByTestId('nickname-input').fill(names.person);
    await page.getByTestId('join-button').click();
    await page.getByTestId('mic-allow-button').click();
    await page.getByTestId('mic-continue-button').click();
  };
  let other: RoomClient;
  if (isHost) {
    await joinPage();
    await page.locator('[data-testid="waiting-room"]').waitFor();
    other = await joinOther();
  } else {
    other = await joinOther();
    await joinPage();
  }
  await page.getByTestId('debate').waitFor({ timeout: 30_000 });
  return {
    api,
    roomId: room.id,
    page,
    other,
    async close() {
      await other.close();
      await context.close();
    },
  };
};

// The whole way by keyboard alone, on a desktop and on a 390 px phone; axe-core looks at every page on the way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi, type ResearcherApi } from '../../src/client/index.ts';
import { writeSpeechWav } from '../support/browser/speech-wav.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SMALLEST_TARGET_PX = 44;
const MOST_TABS = 60;

const byId = (id: string): string => `[data-testid="${id}"]`;

/** Presses Tab until the element has the focus: fails where the keyboard cannot reach it. */
const tabTo = async (page: Page, selector: string): Promise<void> => {
  // What is not there yet cannot be reached: the console, for one, loads on demand.
  await page.waitForSelector(selector);
  for (let presses = 0; presses <= MOST_TABS; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${selector}`);
};

const press = async (page: Page, selector: string, key = 'Enter'): Promise<void> => {
  await tabTo(page, selector);
  await page.keyboard.press(key);
};

const expectAccessible = async (page: Page, place: string): Promise<void> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
    place,
  ).toEqual([]);
};

/** Buttons, links and fields that a thumb would miss. A checkbox's or option's whole row is its target. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(
    (smallest) =>
      [
        ...document.querySelectorAll(
          'button, a, input, textarea:not([aria-hidden]), .option, .scale-step, .touch-choice',
        ),
      ]
        .filter((element) => element.closest('.markdown') === null)
        .map((element) => element.closest('.option, .scale-step, .touch-choice') ?? element)
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < smallest - 0.5)
        .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} ${box.width}x${box.height}`),
    SMALLEST_TARGET_PX,
  );

describeWithChromium('by keyboard, with a screen reader, on a phone', () => {
  let server: RunningServer;
  let browser: Browser;
  let folder: string;
  let api: ResearcherApi;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trialogue-accessible-'));
    const microphoneWav = join(folder, 'voice.wav');
    writeSpeechWav(microphoneWav, 160);
    [server, browser] = await Promise.all([
      spawnServer({ env: { LOG_LEVEL: 'warn' } }),
      launchChromium({ microphoneWav }),
    ]);
    api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const openPage = async (options: typeof DESKTOP | typeof PHONE): Promise<Page> => {
    // Without motion: axe would measure the colours of a menu that is still fading in.
    const context = await browser.newContext({
      ...options,
      locale: 'en-GB',
      permissions: ['microphone'],
      reducedMotion: 'reduce',
    });
    return context.newPage();
  };

  const joinByKeyboard = async (page: Page, code: string, nickname: string): Promise<void> => {
    await page.goto(server.url);
    await tabTo(page, byId('code-input'));
    await expectAccessible(page, 'start');
    await page.keyboard.type(code.toLowerCase());
    await page.keyboard.press('Enter');
    await press(page, byId('join-button'));
    // The first field with a problem has taken the focus.
    await page.waitForSelector(`${byId('nickname-input')}:focus`);
    await page.keyboard.type(nickname);
    await press(page, byId('consent-voice'), 'Space');
    await expectAccessible(page, 'name and consent');
    await press(page, byId('join-button'));
    await press(page, byId('mic-allow-button'));
    await page.waitForSelector(byId('mic-continue-button'));
    await expectAccessible(page, 'microphone check');
    await press(page, byId('mic-continue-button'));
    await page.waitForSelector(byId('waiting-room'));
    await expectAccessible(page, 'waiting room');
  };

  it('two people join, answer, turn pages, and end the debate without a mouse', async () => {
    const study = await api.createStudy({
      title: 'A park for the city',
      language: 'en',
      pages: [
        {
          title: 'The plan',
          body: 'Read **this** [source](https://example.org).',
          questions: [
            { id: 'one', kind: 'single', prompt: 'Build it?', options: ['yes', 'no'] },
            { id: 'many', kind: 'multiple', prompt: 'What matters?', options: ['air', 'money'] },
            { id: 'sure', kind: 'scale', prompt: 'How sure are you?' },
            { id: 'why', kind: 'text', prompt: 'Why?' },
          ],
        },
        { title: 'The costs' },
      ],
      settings: { roomSize: 2, countdownMs: 1_000, consent: [{ id: 'voice', text: 'My voice may be recorded.' }] },
    });
    const { rooms } = await api.createRooms(study.id);
    const code = rooms[0]?.code ?? '';
    const host = await openPage(DESKTOP);
    const guest = await openPage(PHONE);
    await joinByKeyboard(host, code, 'Hana');
    await joinByKeyboard(guest, code, 'Guus');
    await Promise.all([host, guest].map((page) => page.waitForSelector(byId('debate'))));
    await expectAccessible(host, 'debate of the host');
    await expectAccessible(guest, 'debate of a guest');
    expect(await smallTargets(guest)).toEqual([]);

    await press(host, `${byId('question-one')} input`, 'Space');
    await press(host, `${byId('question-many')} input`, 'Space');
    await press(host, `${byId('question-sure')} input`, 'Space');
    await host.keyboard.press('ArrowRight');
    await tabTo(host, `${byId('question-why')} textarea`);
    await host.keyboard.type('Shade.');
    for (const question of ['one', 'many', 'sure', 'why']) {
      await host.waitForSelector(`${byId(`question-${question}`)}[data-status="saved"]`);
    }

    await press(host, byId('next-page'));
    await guest.waitForSelector(`${byId('page')}[data-page="1"]`);
    await guest.waitForFunction(() =>
      document.querySelector('[data-testid="announcer"]')?.textContent?.includes('The costs'),
    );
    await press(host, byId('prev-page'));
    await host.waitForSelector(`${byId('page')}[data-page="0"]`);
    expect(await host.inputValue(`${byId('question-why')} textarea:visible`)).toBe('Shade.');

    await press(host, byId('menu-1'));
    await host.waitForSelector(`${byId('mute-1')}:focus`);
    await expectAccessible(host, 'menu of a participant');
    await host.keyboard.press('Enter');
    await guest.waitForSelector(byId('muted-notice'));
    await press(guest, byId('mute-button'));
    await guest.waitForSelector(byId('muted-notice'), { state: 'detached' });

    await press(host, byId('end-debate'));
    await host.waitForSelector(byId('confirm-button'));
    await press(host, byId('confirm-button'));
    for (const page of [host, guest]) {
      await page.waitForSelector(byId('thanks'));
      await expectAccessible(page, 'thanks');
    }
  });

  it('a researcher makes a study and a room without a mouse', async () => {
    const page = await openPage(DESKTOP);
    await page.goto(`${server.url}/console`);
    await tabTo(page, byId('key-input'));
    await page.keyboard.type(server.researcherKey);
    await expectAccessible(page, 'sign-in');
    await page.keyboard.press('Enter');
    await press(page, byId('new-study'));
    await press(page, byId('add-question'));
    // The form is not complete: it says so, at the fields too.
    await press(page, byId('save-study'));
    await page.waitForSelector(byId('study-problems'));
    await expectAccessible(page, 'study form with problems');
    for (const [field, text] of [
      ['study-title', 'Made by keyboard'],
      ['page-title-input', 'First'],
      ['question-prompt', 'Which one?'],
      ['question-options', 'this'],
    ] as const) {
      await tabTo(page, byId(field));
      await page.keyboard.type(text);
    }
    await press(page, byId('save-study'));
    await page.waitForSelector(byId('study-heading'));
    await press(page, byId('make-rooms'));
    await page.waitForSelector(byId('rooms-table'));
    await expectAccessible(page, 'study with rooms');
    await press(page, `${byId('rooms-table')} a`);
    await page.waitForSelector(byId('console-erase'));
    await expectAccessible(page, 'room');
  });
});

// The main job as people do it: three real browsers with three voices, from the join link to the report in the console.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi } from '../../src/client/index.ts';
import {
  type BrowserParticipant,
  type Change,
  openParticipant,
  waitForVoices,
} from '../support/browser/browser-participant.ts';
import { writeSpeechWav } from '../support/browser/speech-wav.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';
import { type OpenAiServer, startOpenAiServer } from '../support/jobs/openai-server.ts';

const PAGES = 8;
const PITCHES_HZ = [110, 165, 220];
const BARE_CHANGE_IN_MS = 300;
/** Beyond a multiple of what bare changes need: six of each are few, and a busy machine hits now these, now those. */
const MEDIAN_BEYOND_BARE_MS = 50;
const LARGEST_BEYOND_BARE_MS = 150;

const spreadsOf = (changes: readonly (readonly Change[])[], moment: keyof Change): number[] =>
  changes.map((one) => {
    const instants = one.map((change) => change[moment]);
    return Math.max(...instants) - Math.min(...instants);
  });
const shortOf = (spreads: readonly number[]): string => spreads.map((ms) => ms.toFixed(1)).join(' ');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

describeWithChromium('three people in three browsers', () => {
  let server: RunningServer;
  let openAi: OpenAiServer;
  let folder: string;
  let people: BrowserParticipant[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trialogue-e2e-'));
    openAi = await startOpenAiServer();
    openAi.speech = ({ digest }) => [{ start: 0.5, end: 2.5, text: `These are the words of ${digest.slice(0, 6)}.` }];
    server = await spawnServer({
      env: { LOG_LEVEL: 'warn', OPENAI_API_KEY: 'a key for tests', OPENAI_BASE_URL: openAi.url },
    });
    people = await Promise.all(
      PITCHES_HZ.map((pitchHz, seat) => {
        const microphoneWav = join(folder, `voice-${seat}.wav`);
        writeSpeechWav(microphoneWav, pitchHz);
        return openParticipant({ nickname: `사람 ${seat + 1}`, microphoneWav, locale: 'ko-KR' });
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(people.map((person) => person.close()));
    await server?.stop();
    await openAi?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('[CL7] [CK4] join by link, talk, turn pages together, choose, come back from a reload, and leave a report', async ({
    onTestFailed,
  }) => {
    onTestFailed(async () => {
      for (const [seat, person] of people.entries()) {
        await person.page.screenshot({ path: `test-results/seat-${seat}.png` });
        console.log(`seat ${seat}: ${JSON.stringify(await person.connections())}`);
      }
    });
    const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
    const study = await api.createStudy({
      title: '함께 읽는 토론',
      language: 'ko',
      pages: Array.from({ length: PAGES }, (_, index) => ({
        title: `${index + 1}번째 쪽`,
        body: `**본문** ${index + 1} <script>window.__attacked = true</script><img src=x onerror="window.__attacked = true">`,
        questions:
          index === 0 ? [{ id: 'stance', prompt: '찬성합니까?', kind: 'single', options: ['찬성', '반대'] }] : [],
      })),
      settings: { completionUrl: 'https://panel.example.org/done' },
    });
    const [room] = (await api.createRooms(study.id, {})).rooms;
    if (!room) throw new Error('no room was made');
    const [host, guest, third] = people as [BrowserParticipant, BrowserParticipant, BrowserParticipant];

    // One after another, so that seats and host are known; the link goes to this server, whatever its public name.
    const link = `${server.url}${new URL(room.joinUrl).pathname}`;
    for (const person of people) await person.join(link);
    await Promise.all(people.map((person) => person.page.getByTestId('debate').waitFor({ timeout: 30_000 })));
    await Promise.all(people.map(waitForVoices));

    await guest.page.getByRole('radio', { name: '반대' }).check();
    await guest.page.locator('[data-testid="question-stance"][data-status="saved"]').waitFor();

    await guest.page.keyboard.press('Escape');
    await guest.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await guest.page.keyboard.press('ArrowRight');
    await guest.page.getByText('방장만 다음 페이지로 이동할 수 있습니다.').waitFor();

    const turnTo = async (page: number): Promise<void> => {
      await host.page.getByTestId('next-page').click();
      await Promise.all(
        people.map((person) => person.page.locator(`[data-testid="page"][data-page="${page}"]`).waitFor()),
      );
    };
    // In turns with a bare change of something prepared, so that both meet the same load.
    const bare: Change[][] = [];
    for (let page = 1; page < PAGES - 1; page++) {
      const instant = Date.now() + BARE_CHANGE_IN_MS;
      bare.push(await Promise.all(people.map((person) => person.changeAt(instant))));
      await turnTo(page);
    }
    const shown = await Promise.all(people.map((person) => person.turns()));
    const turned = Array.from({ length: PAGES - 2 }, (_, index) =>
      shown.flatMap((turns) => turns.filter((turn) => turn.page === index + 1)),
    );
    expect(turned.map((changes) => changes.length)).toEqual(Array.from({ length: PAGES - 2 }, () => people.length));
    // What comes next is there, laid out, and out of reach.
    const next = guest.page.locator(`[data-sheet="${PAGES - 1}"]`);
    await next.waitFor({ state: 'attached' });
    expect(await next.isVisible()).toBe(false);
    expect(await next.evaluate((sheet: HTMLElement) => [sheet.inert, sheet.scrollHeight > 0])).toEqual([true, true]);
    for (const moment of ['at', 'paintedAt'] as const) {
      const [pages, plain] = [turned, bare].map((changes) => spreadsOf(changes, moment)) as [number[], number[]];
      const [page, own] = [summaryOf(pages), summaryOf(plain)];
      console.log(
        `${moment}: ${pages.length} page turns on three browsers, spread in ms: ${shortOf(pages)}; median ${page.p50.toFixed(1)}, largest ${page.max.toFixed(1)}. Bare changes: ${shortOf(plain)}`,
      );
      expect(page.p50).toBeLessThanOrEqual(2 * own.p50 + MEDIAN_BEYOND_BARE_MS);
      expect(page.max).toBeLessThanOrEqual(3 * own.max + LARGEST_BEYOND_BARE_MS);
    }

    await third.page.reload();
    await third.page.locator(`[data-testid="page"][data-page="${PAGES - 2}"]`).waitFor({ timeout: 30_000 });
    await Promise.all(people.map(waitForVoices));
    await turnTo(PAGES - 1);
    for (const person of people) expect(await person.page.evaluate(() => '__attacked' in window)).toBe(false);

    await host.page.getByTestId('end-debate').click();
    await host.page.getByTestId('confirm-button').click();
    await Promise.all(people.map((person) => person.page.getByTestId('thanks').waitFor({ timeout: 30_000 })));
    expect(await guest.page.getByTestId('completion-link').getAttribute('href')).toBe('https://panel.example.org/done');

    const recordings = (await api.recordings(room.id)).items;
    expect(recordings.map((one) => one.takes.length)).toEqual([1, 1, 2]);
    const digests: string[] = [];
    for (const { seat, takes } of recordings) {
      for (const take of takes) {
        const url = await api.accessUrl(api.paths.audio(take.id));
        const stored = Buffer.from(await (await fetch(url)).arrayBuffer());
        expect(take.status).toBe('complete');
        const recorded = Buffer.concat(people[seat]?.recorded[take.take] ?? []);
        // The page that was reloaded had no time to hand its last slice to the test: what is stored is all the same its recording.
        const isCutShort = seat === 2 && take.take === 0;
        const length = isCutShort ? Math.min(stored.length, recorded.length) : recorded.length;
        expect(length).toBeGreaterThan(1_000);
        if (!isCutShort) expect(stored.length).toBe(recorded.length);
        expect(sha256(stored.subarray(0, length))).toBe(sha256(recorded.subarray(0, length)));
        digests.push(sha256(stored));
      }
    }

    const events = (await api.events(room.id, { limit: 1_000 })).commits.flatMap((commit) => commit.events);
    expect(events.filter((event) => event.type === 'debate_started')).toHaveLength(1);
    expect(events.find((event) => event.type === 'choice_submitted')).toMatchObject({
      questionId: 'stance',
      value: '반대',
    });
    expect(events.flatMap((event) => (event.type === 'page_turned' ? [event.page] : []))).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);

    const stages = async () => (await api.jobs(room.id)).stages;
    await eventually(
      'the report is there',
      async () => (await stages()).every((stage) => stage.state === 'done'),
      60_000,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(await stages())}\n${server.output()}`);
    });
    expect(openAi.transcriptions.map((audio) => audio.digest).sort()).toEqual([...digests].sort());
    const report = await api.report(room.id);
    expect(report.supported).toBe(true);
    expect(report.participants.map((one) => one.nickname)).toEqual(people.map((person) => person.nickname));

    const browser = await launchChromium();
    try {
      const console_ = await browser.newPage();
      await console_.goto(`${server.url}/console`);
      await console_.getByTestId('key-input').fill(server.researcherKey);
      await console_.getByTestId('sign-in-button').click();
      await console_.getByText('함께 읽는 토론').first().click();
      await console_.getByTestId(`room-${room.code}`).click();
      await console_.getByTestId('report').getByTestId('statement').first().waitFor();
      await console_.getByTestId('transcript').getByTestId('utterance').first().waitFor();
      expect(await console_.getByTestId('utterance').count()).toBeGreaterThanOrEqual(3);
    } finally {
      await browser.close();
    }
  });
});

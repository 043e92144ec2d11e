// One person at a browser of their own, with a voice of their own: what a test lets them do, and what it measures of them.
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../../processes/chromium.ts';
import { eventually } from '../../../processes/eventually.ts';

/** Runs in the page before anything else: notes what no interface of ours tells. */
const probe = (): void => {
  interface Probe {
    turns: { page: number; at: number; paintedAt: number }[];
    connections: RTCPeerConnection[];
    changeAt(instant: number): Promise<{ at: number; paintedAt: number }>;
  }
  // The machine's clock, finer than Date.now(), the same for all browsers of the machine.
  const now = () => performance.timeOrigin + performance.now();
  const whenPainted = (run: (at: number) => void): void => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => run(now());
      port2.postMessage(null);
    });
  };
  const seen: Probe = {
    turns: [],
    connections: [],
    changeAt: (instant) =>
      new Promise((resolve) => {
        const sheet = document.createElement('div');
        sheet.textContent = 'a page without anything of ours '.repeat(50);
        Object.assign(sheet.style, { position: 'fixed', inset: '0', visibility: 'hidden', zIndex: '-1' });
        document.body.append(sheet);
        setTimeout(() => {
          sheet.style.visibility = 'visible';
          const at = now();
          whenPainted((paintedAt) => {
            sheet.remove();
            resolve({ at, paintedAt });
          });
        }, instant - now());
      }),
  };
  Object.assign(window, { __probe: seen });

  let last = '';
  const look = (): void => {
    const page = document.querySelector('[data-testid="page"]')?.getAttribute('data-page') ?? '';
    if (page === last || page === '') return;
    last = page;
    const turn = { page: Number(page), at: now(), paintedAt: Number.NaN };
    seen.turns.push(turn);
    whenPainted((paintedAt) => {
      turn.paintedAt = paintedAt;
    });
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['data-page'],
  });

  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args);
      seen.connections.push(this);
    }
  };

  const save = (window as unknown as { __saveSlice: (slice: { take: number; base64: string }) => void }).__saveSlice;
  let takes = 0;
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (...args: Parameters<MediaRecorder['start']>) {
    const take = takes++;
    this.addEventListener('dataavailable', (event) => {
      const reader = new FileReader();
      reader.onload = () => save({ take, base64: String(reader.result).split(',')[1] ?? '' });
      reader.readAsDataURL(event.data);
    });
    start.apply(this, args);
  };
};

/** Epoch ms on the machine's clock: in the document, and on the screen. */
export interface Change {
  readonly at: number;
  readonly paintedAt: number;
}

export interface VoiceCount {
  readonly bytes: number;
  readonly energy: number;
}

export interface BrowserParticipant {
  readonly nickname: string;
  readonly page: Page;
  /** What each MediaRecorder gave, in order, by page load and take: survives a reload of the page. */
  readonly recorded: Buffer[][];
  /** Opens the link, gives a name, passes the microphone check, and is in the waiting room. */
  join(joinUrl: string): Promise<void>;
  turns(): Promise<(Change & { readonly page: number })[]>;
  /** Shows something prepared at that instant of the machine's clock, by a plain timer: what this machine needs for that alone. */
  changeAt(instant: number): Promise<Change>;
  /** Per live peer connection: what has been received. */
  voices(): Promise<VoiceCount[]>;
  /** The states of all peer connections ever made by this page load: to look at when something failed. */
  connections(): Promise<string[]>;
  close(): Promise<void>;
}

export const openParticipant = async (options: {
  readonly nickname: string;
  readonly microphoneWav: string;
  readonly locale: string;
}): Promise<BrowserParticipant> => {
  const { nickname, microphoneWav, locale } = options;
  const browser: Browser = await launchChromium({ microphoneWav });
  const context = await browser.newContext({
    locale,
    permissions: ['microphone'],
    viewport: { width: 1280, height: 800 },
  });
  const page = await context.newPage();
  const recorded: Buffer[][] = [];
  let loadBase = 0;
  page.on('domcontentloaded', () => {
    loadBase = recorded.length;
  });
  await page.exposeFunction('__saveSlice', ({ take, base64 }: { take: number; base64: string }) => {
    const slices = recorded[loadBase + take] ?? [];
    slices.push(Buffer.from(base64, 'base64'));
    recorded[loadBase + take] = slices;
  });
  await page.addInitScript(probe);

  return {
    nickname,
    page,
    recorded,
    async join(joinUrl) {
      await page.goto(joinUrl);
      await page.getByTestId('nickname-input').fill(nickname);
      await page.getByTestId('join-button').click();
      await page.getByTestId('mic-allow-button').click();
      await page.getByTestId('mic-continue-button').click();
      await page.locator('[data-testid="waiting-room"], [data-testid="countdown"]').first().waitFor();
    },
    turns: () =>
      page.evaluate(() => (window as unknown as { __probe: { turns: (Change & { page: number })[] } }).__probe.turns),
    changeAt: (instant) =>
      page.evaluate(
        (at) => (window as unknown as { __probe: { changeAt(instant: number): Promise<Change> } }).__probe.changeAt(at),
        instant,
      ),
    voices: () =>
      page.evaluate(async () => {
        const { connections } = (window as unknown as { __probe: { connections: RTCPeerConnection[] } }).__probe;
        const counts: { bytes: number; energy: number }[] = [];
        for (const connection of connections.filter((one) => one.connectionState === 'connected')) {
          for (const report of (await connection.getStats()).values()) {
            if (report.type === 'inbound-rtp')
              counts.push({ bytes: report.bytesReceived, energy: report.totalAudioEnergy ?? 0 });
          }
        }
        return counts;
      }),
    connections: () =>
      page.evaluate(() =>
        Promise.all(
          (window as unknown as { __probe: { connections: RTCPeerConnection[] } }).__probe.connections.map(
            async (one) => {
              const rtp: string[] = [];
              for (const report of (await one.getStats()).values()) {
                if (report.type === 'inbound-rtp') rtp.push(`in ${report.bytesReceived} ${report.totalAudioEnergy}`);
                if (report.type === 'outbound-rtp') rtp.push(`out ${report.bytesSent}`);
              }
              const tracks = one
                .getReceivers()
                .map(({ track }) => `${track.readyState} ${track.muted ? 'muted' : 'unmuted'}`);
              return [one.connectionState, one.iceConnectionState, one.signalingState, ...rtp, ...tracks].join(', ');
            },
          ),
        ),
      ),
    close: () => browser.close(),
  };
};

/** Both others are heard: on each of two connections bytes and energy grow. */
export const waitForVoices = async (participant: BrowserParticipant): Promise<void> => {
  let before: VoiceCount[] = [];
  await eventually(
    `${participant.nickname} hears both others`,
    async () => {
      const now = await participant.voices();
      const grew =
        now.length === 2 &&
        now.every(
          (count, index) =>
            count.bytes > (before[index]?.bytes ?? Number.POSITIVE_INFINITY) &&
            count.energy > (before[index]?.energy ?? 0),
        );
      // Two looks that are compared must be of the same two connections, some packets apart.
      if (before.length !== 2 || now.length !== 2) before = now;
      return grew;
    },
    30_000,
  );
};

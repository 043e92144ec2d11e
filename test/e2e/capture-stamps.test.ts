// Does a slice's stamp say when its sound was made? Clicks at known instants go through the client's own capture in a real
// Chromium; the decoded recording, laid on the stamps, must have them where they were made.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const CAPTURE = fileURLToPath(new URL('../../src/client/recording/capture.ts', import.meta.url));
/** Promise 6: the tracks lie on one clock within this. */
const ALLOWED_MS = 40;
const CLICKS = 16;
const CLICK_EVERY_MS = 500;

const PAGE = `<!doctype html><title>capture</title>
<script type="module">import * as capture from '/capture.js'; globalThis.capture = capture;</script>`;

const bundle = async (): Promise<string> => {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry: CAPTURE, formats: ['es'] } },
  });
  const [result] = Array.isArray(output) ? output : [output];
  const chunk = result && 'output' in result ? result.output[0] : undefined;
  if (!chunk) throw new Error('nothing was bundled');
  return chunk.code;
};

const serve = async (script: string): Promise<Server> => {
  const server = createServer((request, response) => {
    const isScript = request.url === '/capture.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

interface Measured {
  /** Where a click lies on the stamps, minus when it was made: ms. */
  readonly errors: number[];
  readonly mediaMs: number;
  readonly stampedMs: number;
  /** Between the end of one slice and the start of the next. */
  readonly gaps: number[];
  readonly lengths: number[];
}

/** Runs in the page. The clock of the stamps is the page's own, so that only the capture's error is left. */
const measure = async ({ clicks, everyMs }: { clicks: number; everyMs: number }): Promise<Measured> => {
  const { startCapture, recordingMimeType } = (
    globalThis as unknown as { capture: typeof import('../../src/client/recording/capture.ts') }
  ).capture;
  const now = () => performance.now();
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const context = new AudioContext({ sampleRate: 48_000 });
  const sink = context.createMediaStreamDestination();
  // Without a source that always sounds, the stream would begin with the first click.
  const floor = context.createConstantSource();
  floor.offset.value = 1e-5;
  floor.connect(sink);
  floor.start();
  await pause(500);

  const differences: number[] = [];
  for (let count = 0; count < 51; count += 1) {
    differences.push(now() - context.currentTime * 1_000);
    await pause(3);
  }
  const pageMinusAudio = differences.toSorted((a, b) => a - b)[25] ?? 0;

  const slices: { bytes: Blob; startedAt: number; endedAt: number }[] = [];
  const [track] = sink.stream.getAudioTracks();
  const mimeType = recordingMimeType();
  if (!track || !mimeType) throw new Error('this browser cannot record');
  const after = (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const capture = startCapture({
    track,
    mimeType,
    clock: { now },
    time: { now, after },
    onSlice: (slice) => slices.push(slice),
    onLost: (reason) => {
      throw new Error(reason);
    },
    onEnded: () => {},
  });
  const click = context.createBuffer(1, 480, 48_000);
  const samples = click.getChannelData(0);
  for (let index = 0; index < samples.length; index += 1)
    samples[index] = Math.sin(index * 0.3) * Math.exp(-index / 80);
  const first = context.currentTime + 0.4;
  const made = Array.from({ length: clicks }, (_, index) => {
    const at = first + (index * everyMs) / 1_000;
    const source = context.createBufferSource();
    source.buffer = click;
    source.connect(sink);
    source.start(at);
    return at * 1_000 + pageMinusAudio;
  });
  await pause(400 + clicks * everyMs + 300);
  await capture.stop();

  const audio = await context.decodeAudioData(await new Blob(slices.map(({ bytes }) => bytes)).arrayBuffer());
  const wave = audio.getChannelData(0);
  const heard: number[] = [];
  for (let index = 0; index < wave.length; index += 1) {
    if (Math.abs(wave[index] ?? 0) < 0.2) continue;
    heard.push((index / audio.sampleRate) * 1_000);
    index += audio.sampleRate * 0.2;
  }
  const startedAt = slices[0]?.startedAt ?? Number.NaN;
  return {
    errors: made.map((at, index) => startedAt + (heard[index] ?? Number.NaN) - at),
    mediaMs: audio.duration * 1_000,
    stampedMs: (slices.at(-1)?.endedAt ?? Number.NaN) - startedAt,
    gaps: slices.slice(1).map((slice, index) => slice.startedAt - (slices[index]?.endedAt ?? Number.NaN)),
    lengths: slices.map((slice) => slice.endedAt - slice.startedAt),
  };
};

describeWithChromium('stamps of recorded slices', () => {
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    server = await serve(await bundle());
    browser = await launchChromium({ args: ['--autoplay-policy=no-user-gesture-required'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test(`[CL8] a click lies within ${ALLOWED_MS} ms of where it was made, from the first slice to the last`, async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { errors, mediaMs, stampedMs, gaps, lengths } = await page.evaluate(measure, {
      clicks: CLICKS,
      everyMs: CLICK_EVERY_MS,
    });
    console.info(
      `click to stamp: ${Math.min(...errors).toFixed(1)} to ${Math.max(...errors).toFixed(1)} ms over ${CLICKS} clicks`,
    );
    expect(errors).toHaveLength(CLICKS);
    for (const error of errors) expect(Math.abs(error)).toBeLessThanOrEqual(ALLOWED_MS);
    expect(gaps.every((gap) => gap === 0)).toBe(true);
    // The last frame of 60 ms may be incomplete and is then lost by the browser.
    expect(Math.abs(stampedMs - mediaMs)).toBeLessThan(100);
    expect(lengths[0]).toBeLessThan(1_000);
  });
});

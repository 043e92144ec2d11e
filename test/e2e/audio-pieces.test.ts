// Are the parts of a recording files that a decoder takes? A real Chromium decodes the whole and the parts: as long, as loud.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { audioFormatOf } from '../../src/jobs/audio/audio-format.ts';
import { readerOf } from '../../src/jobs/audio/reader-of.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';
import { oggFrom, wavOf } from '../support/jobs/long-audio.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))));
const VOICE = fixture('voices/first.webm');

/** What a decoder may leave out of a file: the start that the codec needs, and the end of the last frame. */
const LEFT_OUT_S = 0.1;

describeWithChromium('parts of a recording', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
  });
  afterAll(() => browser.close());

  const decode = (file: Uint8Array) =>
    page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const audio = await new OfflineAudioContext(1, 48_000, 48_000).decodeAudioData(bytes.buffer);
      const energy = audio.getChannelData(0).reduce((sum, sample) => sum + sample * sample, 0);
      return { seconds: audio.duration, energy };
    }, Buffer.from(file).toString('base64'));

  test.each([
    ['WebM', VOICE],
    ['MP4', fixture('tone.mp4')],
    ['Ogg', oggFrom(VOICE)],
    ['WAV', wavOf(10, 16_000)],
  ])('[JB11] of %s are decoded, and together they are the whole', async (_, whole) => {
    const reader = readerOf(audioFormatOf(whole, ''));
    if (!reader) throw new Error('no reader');
    const units = [...reader.read(whole), ...reader.end()];
    const [first, second] = [3, 7].map((tenths) => Math.floor((units.length * tenths) / 10));
    const parts = [units.slice(0, first), units.slice(first, second), units.slice(second)];
    const expected = await decode(whole);
    let energy = 0;
    for (const [index, part] of parts.entries()) {
      const fromMs = part[0]?.fromMs ?? 0;
      const toMs = parts[index + 1]?.[0]?.fromMs ?? part.at(-1)?.toMs ?? 0;
      const decoded = await decode(reader.fileOf(part));
      expect(Math.abs(decoded.seconds - (toMs - fromMs) / 1_000)).toBeLessThan(LEFT_OUT_S);
      energy += decoded.energy;
    }
    expect(Math.abs(energy / expected.energy - 1)).toBeLessThan(0.04);
  });
});

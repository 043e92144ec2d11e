// Starts a real Chromium that asks no questions and hears a file as its microphone.
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM, programPath } from './find-program.ts';

export interface ChromiumOptions {
  /** The WAV file that every page of this browser hears as its microphone, over and over; a beeping test tone when left out. */
  readonly microphoneWav?: string;
  readonly args?: readonly string[];
}

/** A browser with one fake microphone and no questions asked. Close it in afterAll. */
export const launchChromium = async (options: ChromiumOptions = {}): Promise<Browser> => {
  return chromium.launch({
    executablePath: programPath(CHROMIUM),
    headless: true,
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      ...(options.microphoneWav === undefined ? [] : [`--use-file-for-fake-audio-capture=${options.microphoneWav}`]),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(options.args ?? []),
    ],
  });
};

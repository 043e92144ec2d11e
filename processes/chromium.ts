// Finds and starts a real Chromium for tests. Where none is found, its tests are skipped with the reason, and fail when CI=true.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describe, it } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const FIXED_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
const NOT_FOUND =
  'no Chromium found: install Debian\'s "chromium", or set CHROMIUM to the path of a Chromium or Chrome';

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of the executable; CHROMIUM wins over what is found on PATH and in the usual places. */
export const findChromium = (): string | undefined => {
  const fromPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const named = process.env.CHROMIUM;
  return (named ? [named] : [...fromPath, ...FIXED_PATHS]).find(isExecutable);
};

/** `describe` for tests that need a browser. */
export const describeWithChromium = (name: string, define: () => void): void => {
  if (findChromium() !== undefined) {
    describe(name, define);
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      it('finds a Chromium', () => {
        throw new Error(NOT_FOUND);
      });
    });
  } else {
    describe.skip(`${name} (skipped: ${NOT_FOUND})`, define);
  }
};

export interface ChromiumOptions {
  /** The WAV file that every page of this browser hears as its microphone, over and over; a beeping test tone when left out. */
  readonly microphoneWav?: string;
  readonly args?: readonly string[];
}

/** A browser with one fake microphone and no questions asked. Close it in afterAll. */
export const launchChromium = async (options: ChromiumOptions = {}): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NOT_FOUND);
  return chromium.launch({
    executablePath,
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

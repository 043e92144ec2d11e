// Makes the three short voice tracks in test/fixtures/voices, which the demo and tests play: espeak-ng speaks, a real Chromium
// records (MediaRecorder, WebM/Opus), as a participant's browser would. Needs both programs; run only to change the fixtures.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from '../processes/chromium.ts';
import { projectRoot } from '../processes/run-command.ts';

const TRACK_MS = 15_000;
const SLICE_MS = 1_000;
const ESPEAK_RATE = 22_050;
const WAV_HEADER_BYTES = 44;
const FOLDER = join(projectRoot, 'test/fixtures/voices');

/** Who says what, and when, in ms from the start of the track: one after another, the last two overlapping a little. */
const SPEAKERS = [
  {
    name: 'first',
    voice: 'en-us+m3',
    at: 600,
    text: 'I would close the old bridge to cars. It is narrow, and cyclists have no safe place there.',
  },
  {
    name: 'second',
    voice: 'en-gb+f2',
    at: 6_000,
    text: 'I disagree. Without the bridge the bus needs twenty minutes more.',
  },
  {
    name: 'third',
    voice: 'en-us+m7',
    at: 9_800,
    text: 'Perhaps both. Let buses pass, and close it to cars at the weekend.',
  },
];

interface Slice {
  readonly base64: string;
  /** Ms since the recorder was started. */
  readonly endMs: number;
}

/** Runs in the page: plays the speech at its place in an otherwise silent track and records that. */
const recordTrack = async (task: { wav: string; at: number; trackMs: number; sliceMs: number }): Promise<Slice[]> => {
  const context = new AudioContext({ sampleRate: 48_000 });
  const bytes = Uint8Array.from(atob(task.wav), (character) => character.charCodeAt(0));
  const speech = context.createBufferSource();
  speech.buffer = await context.decodeAudioData(bytes.buffer);
  const output = context.createMediaStreamDestination();
  output.channelCount = 1;
  speech.connect(output);
  // A room is never quite silent, and without any source the stream would stop where the speech ends.
  const room = context.createBufferSource();
  room.buffer = context.createBuffer(1, 48_000, 48_000);
  room.buffer.copyToChannel(
    Float32Array.from({ length: 48_000 }, () => (Math.random() - 0.5) * 0.002),
    0,
  );
  room.loop = true;
  room.connect(output);
  room.start();
  const recorder = new MediaRecorder(output.stream, { mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 24_000 });
  const slices: Promise<Slice>[] = [];
  const startedAt = performance.now();
  recorder.ondataavailable = ({ data }) => {
    const endMs = Math.round(performance.now() - startedAt);
    const encode = async () =>
      btoa(Array.from(new Uint8Array(await data.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
    if (data.size > 0) slices.push(encode().then((base64) => ({ base64, endMs })));
  };
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start(task.sliceMs);
  speech.start(context.currentTime + task.at / 1_000);
  setTimeout(() => recorder.stop(), task.trackMs);
  await stopped;
  return Promise.all(slices);
};

mkdirSync(FOLDER, { recursive: true });
const browser = await launchChromium({ args: ['--autoplay-policy=no-user-gesture-required'] });
try {
  const tracks = await Promise.all(
    SPEAKERS.map(async ({ name, voice, at, text }) => {
      const wav = execFileSync('espeak-ng', ['-v', voice, '-s', '175', '--stdout', text], { maxBuffer: 2 ** 24 });
      const speechMs = Math.round(((wav.length - WAV_HEADER_BYTES) / 2 / ESPEAK_RATE) * 1_000);
      const page = await browser.newPage();
      const slices = await page.evaluate(recordTrack, {
        wav: wav.toString('base64'),
        at,
        trackMs: TRACK_MS,
        sliceMs: SLICE_MS,
      });
      const parts = slices.map((slice) => Buffer.from(slice.base64, 'base64'));
      writeFileSync(join(FOLDER, `${name}.webm`), Buffer.concat(parts));
      return {
        file: `${name}.webm`,
        mimeType: 'audio/webm;codecs=opus',
        text,
        speaks: { fromMs: at, toMs: at + speechMs },
        slices: slices.map((slice, index) => ({ bytes: parts[index]?.byteLength ?? 0, endMs: slice.endMs })),
      };
    }),
  );
  writeFileSync(join(FOLDER, 'voices.json'), `${JSON.stringify(tracks, null, 2)}\n`);
  for (const track of tracks) console.log(track.file, track.slices.map((slice) => slice.bytes).join(' '));
} finally {
  await browser.close();
}

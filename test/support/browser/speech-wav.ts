// A WAV file that a microphone check takes for a voice: harmonics of a gliding pitch in syllables, with pauses. Made, not
// recorded, so that every participant of a test has another one and no file is needed.
import { writeFileSync } from 'node:fs';

const RATE = 48_000;
const SECONDS = 8;
const SYLLABLES_PER_SECOND = 4;

/** 16 bit, mono. */
export const writeSpeechWav = (path: string, pitchHz: number): void => {
  const samples = new Int16Array(RATE * SECONDS);
  let phase = 0;
  for (let index = 0; index < samples.length; index++) {
    const seconds = index / RATE;
    phase += (2 * Math.PI * pitchHz * (1 + 0.15 * Math.sin(2 * Math.PI * 0.7 * seconds))) / RATE;
    const syllable = Math.max(0, Math.sin(Math.PI * SYLLABLES_PER_SECOND * seconds)) ** 2;
    const talking = seconds % 4 < 3 ? 1 : 0;
    let wave = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) wave += Math.sin(phase * harmonic) / harmonic;
    samples[index] = Math.round(wave * syllable * talking * 9_000);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
};

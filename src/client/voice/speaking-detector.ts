// Speaking or not, from a stream of levels. Two thresholds and a hold time, so that pauses between words do not flicker.

export interface SpeakingDetector {
  /** `rms`: 0 to 1, linear. True when the answer changed. */
  add(rms: number, at: number): boolean;
  readonly speaking: boolean;
}

const ON_DB = -42;
const OFF_DB = -50;
/** A click is shorter than a syllable. */
const ATTACK_MS = 80;
const HOLD_MS = 600;

export const decibelsOf = (rms: number): number => (rms <= 0 ? -120 : Math.max(-120, 20 * Math.log10(rms)));

/** -60 dB and below is 0, full scale 1: what a person sees as a proportional meter. */
export const meterOf = (rms: number): number => Math.min(1, Math.max(0, (decibelsOf(rms) + 60) / 60));

export const createSpeakingDetector = (): SpeakingDetector => {
  let speaking = false;
  let loudSince: number | undefined;
  let lastSound = Number.NEGATIVE_INFINITY;
  return {
    add(rms, at) {
      const level = decibelsOf(rms);
      const before = speaking;
      if (level > OFF_DB) lastSound = at;
      if (level <= ON_DB) loudSince = undefined;
      else loudSince ??= at;
      if (!speaking) speaking = loudSince !== undefined && at - loudSince >= ATTACK_MS;
      else if (at - lastSound >= HOLD_MS) speaking = false;
      return speaking !== before;
    },
    get speaking() {
      return speaking;
    },
  };
};

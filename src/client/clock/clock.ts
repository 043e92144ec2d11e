// The estimate of the room clock: samples of `clock:ping` in, one smooth offset out. Pure but for the injected local
// time. The offset never moves while frozen (countdown, pending turn); otherwise it is slewed, and stepped only when far off.
import type { ClockState } from '../client-state.ts';

export interface RoomClock {
  /** A first idea from a message that carries the server's time; of no effect once a ping was answered. */
  seed(serverTime: number): void;
  /** `sentAt` and `receivedAt` on the local clock. */
  addSample(sentAt: number, receivedAt: number, serverTime: number): void;
  /** Room clock, epoch ms; before the first sample it is the wall clock's guess. */
  now(): number;
  /** Room clock at a local instant. */
  at(localTime: number): number;
  /** Local ms until that instant; negative when past. */
  delayUntil(roomInstant: number): number;
  /** While held nothing moves the offset. */
  setFrozen(frozen: boolean): void;
  readonly state: ClockState;
}

/** Crystal oscillators of two machines drift apart by up to this much. */
const DRIFT_PER_MS = 100e-6;
const WINDOW_MS = 180_000;
const MAX_SAMPLES = 60;
/** Fewer than this and the lowest round trip is luck. */
const SAMPLES_TO_SYNC = 4;
/** 10 ms a second: a listener's eye does not see it, an error of 30 ms is gone in three seconds. */
const SLEW_PER_MS = 0.01;
/** A machine that slept is off by more than any slewing should carry. */
const STEP_MS = 100;
/** The slowest tenth is left out: one stalled page says nothing about the path. */
const USUAL_SHARE = 0.9;

interface Sample {
  readonly at: number;
  readonly rttMs: number;
  readonly offsetMs: number;
}

export const createRoomClock = (localNow: () => number, wallGuessMs: number = Date.now() - localNow()): RoomClock => {
  let samples: Sample[] = [];
  let applied = wallGuessMs;
  let appliedAt = localNow();
  let target = wallGuessMs;
  let synced = false;
  let held = false;
  let best: Sample | undefined;

  const spread = (): number | undefined => {
    if (!best || samples.length < 2) return undefined;
    const sorted = samples.map(({ rttMs }) => rttMs).sort((a, b) => a - b);
    const usual = sorted[Math.floor(USUAL_SHARE * (sorted.length - 1))] ?? best.rttMs;
    return Math.max(0, usual - (sorted[0] ?? usual));
  };

  const doubtOf = (sample: Sample, at: number) => sample.rttMs / 2 + (at - sample.at) * DRIFT_PER_MS;

  // Before the first burst is in there is nothing worth freezing.
  const frozen = () => held && synced;

  const slew = (at: number) => {
    const elapsed = Math.max(0, at - appliedAt);
    appliedAt = Math.max(appliedAt, at);
    if (frozen()) return;
    const room = elapsed * SLEW_PER_MS;
    applied += Math.min(room, Math.max(-room, target - applied));
  };

  const estimate = (at: number) => {
    const sorted = samples.toSorted((a, b) => doubtOf(a, at) - doubtOf(b, at));
    best = sorted[0];
    if (!best) return;
    // Samples nearly as good as the best are averaged: that takes out the noise of timers, not the bias of queues.
    const limit = doubtOf(best, at) * 1.1 + 0.3;
    const good = sorted.filter((sample) => doubtOf(sample, at) <= limit);
    target = good.reduce((sum, sample) => sum + sample.offsetMs, 0) / good.length;
  };

  const mayStep = () => !synced || (!held && Math.abs(target - applied) > STEP_MS);

  return {
    seed(serverTime) {
      if (samples.length > 0) return;
      applied = serverTime - localNow();
      target = applied;
    },
    addSample(sentAt, receivedAt, serverTime) {
      const sample = {
        at: receivedAt,
        rttMs: Math.max(0, receivedAt - sentAt),
        offsetMs: serverTime - (sentAt + receivedAt) / 2,
      };
      slew(receivedAt);
      // After sleep the local clock has stood still: older samples contradict this one by more than their doubt allows.
      if (synced && best && Math.abs(sample.offsetMs - best.offsetMs) > STEP_MS + sample.rttMs / 2 + best.rttMs / 2) {
        samples = [];
      }
      samples = [...samples.filter((other) => receivedAt - other.at < WINDOW_MS), sample].slice(-MAX_SAMPLES);
      estimate(receivedAt);
      if (mayStep()) applied = target;
      if (samples.length >= SAMPLES_TO_SYNC) synced = true;
    },
    now: () => {
      const at = localNow();
      slew(at);
      return at + applied;
    },
    at: (localTime) => localTime + applied,
    delayUntil(roomInstant) {
      const at = localNow();
      slew(at);
      return roomInstant - (at + applied);
    },
    setFrozen(value) {
      slew(localNow());
      held = value;
      if (mayStep()) applied = target;
    },
    get state() {
      const at = localNow();
      return {
        offsetMs: applied,
        uncertaintyMs: best ? doubtOf(best, at) + Math.abs(target - applied) : Number.POSITIVE_INFINITY,
        rttMs: best?.rttMs ?? Number.POSITIVE_INFINITY,
        spreadMs: spread(),
        synced,
      };
    },
  };
};

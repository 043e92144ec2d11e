// The 95th percentile of the last few hundred durations, cheap enough to be asked at every page turn.

const WINDOW = 512;
const RECOMPUTE_AFTER = 64;

export interface PercentileWindow {
  add(ms: number): void;
  p95(): number;
}

/** `initialMs` is the answer before the first duration. */
export const createPercentileWindow = (initialMs: number): PercentileWindow => {
  const durations = new Float64Array(WINDOW);
  let count = 0;
  let computedAt = 0;
  let value = initialMs;
  return {
    add(ms) {
      durations[count % WINDOW] = ms;
      count += 1;
    },
    p95() {
      const fresh = count - computedAt;
      // The first few move the answer at once, later ones in steps.
      if (fresh >= RECOMPUTE_AFTER || (fresh > 0 && count < RECOMPUTE_AFTER)) {
        const sorted = durations.slice(0, Math.min(count, WINDOW)).sort();
        value = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? initialMs;
        computedAt = count;
      }
      return value;
    },
  };
};

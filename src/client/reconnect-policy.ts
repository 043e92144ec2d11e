// When to try again after the connection was lost. Mechanism is elsewhere; this only answers "how long from now".

export interface ReconnectPolicy {
  /**
   * `attempt` counts from 0 since the connection was lost, `elapsedMs` since then. Null: give up.
   */
  nextDelayMs(attempt: number, elapsedMs: number): number | null;
}

/** Most drops are a restart or a change of network: the first tries come at once. */
const FIRST_DELAYS_MS = [50, 150, 250, 500, 1_000] as const;
/** Low enough that a server back after a long absence has everybody within three seconds. */
const CAP_MS = 2_000;

/** Never gives up: only the server knows whether the room is over, and says so when it is reached. */
export const createReconnectPolicy = (random: () => number = Math.random): ReconnectPolicy => ({
  nextDelayMs(attempt) {
    const base = FIRST_DELAYS_MS[attempt] ?? CAP_MS;
    // Jitter of -25 % to +25 %: three rooms' worth of clients that lost one server must not come back in one beat.
    return base * (0.75 + random() * 0.5);
  },
});

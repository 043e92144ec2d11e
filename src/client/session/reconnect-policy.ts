// When to try again after the connection was lost. Mechanism is elsewhere; this only answers "how long from now".

export interface ReconnectPolicy {
  /**
   * `attempt` counts from 0 since the connection was lost, `elapsedMs` since then. Null: give up.
   */
  nextDelayMs(attempt: number, elapsedMs: number): number | null;
}

/** Most drops are a restart or a change of network: the first tries come at once ... */
const FIRST_DELAYS_MS = [50, 150, 250, 400] as const;
/** ... and go on quickly for as long as a restart takes. */
const RESTART_MS = 20_000;
const DURING_RESTART_MS = 600;
/** Low enough that a server back after a long absence has everybody within three seconds. */
const CAP_MS = 2_000;

/** Never gives up: only the server knows whether the room is over, and says so when it is reached. */
export const createReconnectPolicy = (random: () => number = Math.random): ReconnectPolicy => ({
  nextDelayMs(attempt, elapsedMs) {
    const base = FIRST_DELAYS_MS[attempt] ?? (elapsedMs < RESTART_MS ? DURING_RESTART_MS : CAP_MS);
    // Jitter of -25 % to +25 %: all the clients that lost one server must not come back in one beat.
    return base * (0.75 + random() * 0.5);
  },
});

// The ICE servers of this participant: those of joining for a first try, fresh ones for whatever has to be tried again, because
// credentials end and TURN servers move. A page that was reloaded knows none and asks first.
import type { IceServer } from '../protocol/rest.ts';
import type { LocalTime } from './local-time.ts';

export interface IceServerSupply {
  /** The same array until the servers are asked for again. */
  readonly known: RTCIceServer[];
  /** Resolves to what is known when the server does not answer in time. */
  get(need: 'any' | 'fresh'): Promise<RTCIceServer[]>;
}

/** Links that are tried again and again need not ask each time. */
const FRESH_FOR_MS = 30_000;
/** A network that has just changed may leave the request hanging; the link must not wait for it. */
const ANSWER_WITHIN_MS = 1_500;

export const createIceServerSupply = (options: {
  readonly time: LocalTime;
  /** Of joining. */
  readonly given: readonly IceServer[] | undefined;
  readonly fetchServers: (signal: AbortSignal) => Promise<readonly IceServer[]>;
}): IceServerSupply => {
  const { time, given } = options;
  let known: RTCIceServer[] = [...(given ?? [])];
  let knownAt = given ? time.now() : Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    const abort = new AbortController();
    const cancel = time.after(ANSWER_WITHIN_MS, () => abort.abort());
    try {
      known = [...(await options.fetchServers(abort.signal))];
      knownAt = time.now();
    } catch {
      // What is known may still do, and the next try asks again.
    } finally {
      cancel();
      asking = undefined;
    }
  };

  return {
    get known() {
      return known;
    },
    async get(need) {
      const isEnough = need === 'any' ? Number.isFinite(knownAt) : time.now() - knownAt < FRESH_FOR_MS;
      if (!isEnough) {
        asking ??= ask();
        await asking;
      }
      return known;
    },
  };
};

// The ICE servers of this participant: those of joining, renewed while they are used, because credentials end and TURN servers
// move. A page that was reloaded knows none and asks first.
import type { IceServer } from '../../protocol/join-answers.ts';
import type { LocalTime } from '../clock/local-time.ts';

export interface IceServerSupply {
  /** The same array until there are others. */
  readonly known: RTCIceServer[];
  /** To be called for each try. Waits only where nothing is known: a network that has just changed leaves requests hanging. */
  get(): Promise<RTCIceServer[]>;
}

const FRESH_FOR_MS = 30_000;
const ANSWER_WITHIN_MS = 3_000;

export const createIceServerSupply = (options: {
  readonly time: LocalTime;
  /** Of joining. */
  readonly given: readonly IceServer[] | undefined;
  readonly fetchServers: (signal: AbortSignal) => Promise<readonly IceServer[]>;
}): IceServerSupply => {
  const { time, given } = options;
  let known: RTCIceServer[] = [...(given ?? [])];
  let knownAt = given ? time.now() : undefined;
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
    async get() {
      if (knownAt === undefined || time.now() - knownAt >= FRESH_FOR_MS) asking ??= ask();
      if (knownAt === undefined) await asking;
      return known;
    },
  };
};

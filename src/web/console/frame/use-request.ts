// Data of one request, kept while it is renewed. Refreshing rests while the page is hidden and slows down when the server fails.
import { useCallback, useEffect, useRef, useState } from 'react';
import { codeOf } from '../../ui/failure.ts';
import { useSession } from './session.tsx';

export interface Request<Data> {
  readonly data: Data | undefined;
  /** Of the last attempt; data from before may still be there. */
  readonly failure: unknown;
  readonly reload: () => void;
}

const SLOWEST_MS = 60_000;

/** `load` must keep its identity (useCallback) as long as it asks for the same thing. */
export const useRequest = <Data>(load: () => Promise<Data>, refreshMs?: number): Request<Data> => {
  const { signOut } = useSession();
  const [data, setData] = useState<Data>();
  const [failure, setFailure] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const failures = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (!isCurrent || refreshMs === undefined) return;
      timer = setTimeout(
        () => {
          if (document.visibilityState === 'visible') void run();
          else again();
        },
        Math.min(SLOWEST_MS, refreshMs * 2 ** failures.current),
      );
    };
    const run = async () => {
      try {
        const loaded = await load();
        if (!isCurrent) return;
        failures.current = 0;
        setData(loaded);
        setFailure(undefined);
      } catch (reason) {
        if (!isCurrent) return;
        failures.current += 1;
        setFailure(reason);
        if (codeOf(reason) === 'unauthorized') signOut(true);
      }
      again();
    };
    void run();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [load, refreshMs, attempt]);

  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  return { data, failure, reload };
};

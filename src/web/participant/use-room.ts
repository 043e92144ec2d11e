// React's view of a room client: its state, the room clock for countdowns, and a screen that stays on.
import { startTransition, useEffect, useState } from 'react';
import type { RoomClient, RoomClientState } from '../../client/index.ts';

export const useRoomState = (client: RoomClient): RoomClientState => {
  const [state, setState] = useState(client.state);
  useEffect(() => {
    const draw = (next: RoomClientState) => {
      // A page is about to be turned: drawing what else has changed gives way to that instant.
      if (next.committedPage !== next.shownPage) startTransition(() => setState(next));
      else setState(next);
    };
    draw(client.state);
    return client.on('change', draw);
  }, [client]);
  return state;
};

/** Room clock, epoch ms, renewed every `everyMs` while `isRunning`. */
export const useRoomNow = (client: RoomClient, everyMs: number, isRunning = true): number => {
  const [now, setNow] = useState(() => client.now());
  useEffect(() => {
    if (!isRunning) return;
    setNow(client.now());
    const timer = setInterval(() => setNow(client.now()), everyMs);
    return () => clearInterval(timer);
  }, [client, everyMs, isRunning]);
  return now;
};

/** Seconds since `isCounting` became true; 0 while it is not. */
export const useSecondsSince = (isCounting: boolean): number => {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (!isCounting) return;
    const startedAt = performance.now();
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - startedAt) / 1_000)), 1_000);
    return () => clearInterval(timer);
  }, [isCounting]);
  return isCounting ? seconds : 0;
};

export const useIsOnline = (): boolean => {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    window.addEventListener('online', update);
    window.addEventListener('offline', update);
    return () => {
      window.removeEventListener('online', update);
      window.removeEventListener('offline', update);
    };
  }, []);
  return isOnline;
};

/** Phones must not sleep in a debate. The lock is lost whenever the page is hidden, so it is asked for again. */
export const useWakeLock = (isWanted: boolean): void => {
  useEffect(() => {
    if (!isWanted || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | undefined;
    let isOver = false;
    const acquire = async () => {
      if (document.visibilityState !== 'visible' || isOver) return;
      try {
        const acquired = await navigator.wakeLock.request('screen');
        if (isOver) await acquired.release();
        else lock = acquired;
      } catch {
        // Low battery or a policy refuses it: the debate goes on without.
      }
    };
    const onVisible = () => void acquire();
    void acquire();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      isOver = true;
      document.removeEventListener('visibilitychange', onVisible);
      void lock?.release();
    };
  }, [isWanted]);
};

/** The browser asks before the page is closed. */
export const useLeaveWarning = (isWanted: boolean): void => {
  useEffect(() => {
    if (!isWanted) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isWanted]);
};

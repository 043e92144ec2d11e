// Keeps a page that follows a running debate from asking the server at every change.
import { useEffect, useRef, useState } from 'react';

/** Follows a value that may change often, at most once every `everyMs`; it always arrives at the last one. */
export const useSettled = <Value>(value: Value, everyMs: number): Value => {
  const [settled, setSettled] = useState(value);
  const settledAt = useRef(Date.now());
  useEffect(() => {
    if (value === settled) return;
    const timer = setTimeout(
      () => {
        settledAt.current = Date.now();
        setSettled(value);
      },
      Math.max(0, settledAt.current + everyMs - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [value, settled, everyMs]);
  return settled;
};

// Who is signed in to the console: the key, kept for this tab or, if asked for, on this device.
import { createContext, useContext } from 'react';
import type { ResearcherApi } from '../../../client/index.ts';

const STORED = 'trialogue.researcher-key';

interface Session {
  readonly api: ResearcherApi;
  /** `isExpired`: the server no longer takes the key. */
  readonly signOut: (isExpired: boolean) => void;
}

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export const useSession = (): Session => {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession works only inside the signed-in console');
  return session;
};

export const useApi = (): ResearcherApi => useSession().api;

export const storedKey = (): string | undefined => {
  try {
    return window.sessionStorage.getItem(STORED) ?? window.localStorage.getItem(STORED) ?? undefined;
  } catch {
    return undefined;
  }
};

export const storeKey = (key: string, isRemembered: boolean): void => {
  try {
    window.sessionStorage.setItem(STORED, key);
    if (isRemembered) window.localStorage.setItem(STORED, key);
  } catch {
    // Without storage the key lasts until the page is left.
  }
};

export const forgetKey = (): void => {
  try {
    window.sessionStorage.removeItem(STORED);
    window.localStorage.removeItem(STORED);
  } catch {
    // Nothing was stored.
  }
};

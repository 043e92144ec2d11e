// What this browser remembers of a seat, per room code, so that a reload or a second visit comes back into it.
import { createId, isLanguage, type Language } from '../../client/index.ts';

export interface SeatMemory {
  /** Made before the first join: a lost answer then takes no second seat. */
  readonly joinKey: string;
  readonly nickname?: string;
  readonly token?: string;
  readonly language?: Language;
  readonly deviceId?: string;
  /** Chosen in the microphone check: do not ask again on reload. */
  readonly listensOnly?: boolean;
}

/** Where storage is closed (private mode), the memory lasts as long as the page. */
const fallback = new Map<string, string>();

/** Codes are typed with spaces and dashes, in any case: the same room must give the same key. */
export const tidyCode = (code: string): string => code.replace(/[\s-]/g, '').toUpperCase();

const keyOf = (code: string, externalId?: string): string =>
  `trialogue.seat.${tidyCode(code)}${externalId === undefined ? '' : `.${externalId}`}`;

const read = (key: string): string | null => {
  try {
    return window.localStorage.getItem(key) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
/** As the server takes it: a damaged one would be refused for ever. */
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const uuid = (value: unknown): string | undefined =>
  typeof value === 'string' && UUID.test(value) ? value : undefined;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export const readSeat = (code: string, externalId?: string): SeatMemory => {
  let stored: unknown;
  try {
    stored = JSON.parse(read(keyOf(code, externalId)) ?? 'null');
  } catch {
    stored = null;
  }
  const from = isRecord(stored) ? stored : {};
  const nickname = text(from.nickname);
  const token = text(from.token);
  const deviceId = text(from.deviceId);
  return {
    joinKey: uuid(from.joinKey) ?? createId(),
    ...(nickname === undefined ? {} : { nickname }),
    ...(token === undefined ? {} : { token }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(isLanguage(from.language) ? { language: from.language } : {}),
    ...(from.listensOnly === true ? { listensOnly: true } : {}),
  };
};

export const writeSeat = (code: string, seat: SeatMemory, externalId?: string): void => {
  const key = keyOf(code, externalId);
  const value = JSON.stringify(seat);
  fallback.set(key, value);
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // The fallback above holds it for this page.
  }
};

/** The ticket is void; who sat there is still known, so that joining again finds the same seat. */
export const withoutToken = ({ token: _, ...seat }: SeatMemory): SeatMemory => seat;

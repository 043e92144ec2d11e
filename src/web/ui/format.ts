// Times and sizes as people read them.
import { LANGUAGES, type Language } from '../../client/index.ts';

/** 65_000 -> "1:05", 3_665_000 -> "1:01:05" */
export const clockText = (ms: number): string => {
  const total = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes, seconds] = [Math.floor(total / 3_600), Math.floor((total % 3_600) / 60), total % 60];
  const pad = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
};

/** As clockText, with tenths of a second: for gaps shorter than one. */
export const preciseClockText = (ms: number): string =>
  `${clockText(ms)}.${Math.floor((Math.max(0, ms) % 1_000) / 100)}`;

export const dateText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(LANGUAGES[language].locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);

export const timeText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(LANGUAGES[language].locale, { timeStyle: 'medium' }).format(at);

export const bytesText = (bytes: number): string =>
  bytes < 1_000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${(bytes / 1_000).toFixed(0)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

export const percentText = (share: number): string => `${(share * 100).toFixed(share >= 0.9995 ? 0 : 1)} %`;

// How a position in the debate is written for people and players.

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `HH:MM:SS.mmm` of milliseconds since the start; what lies before the start counts as the start. */
export const clockTextOf = (ms: number): string => {
  const whole = Math.max(0, Math.round(ms));
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = Math.floor(whole / 1_000) % 60;
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(whole % 1_000, 3)}`;
};

/** One line, whatever line breaks and control characters the text came with. */
export const oneLineOf = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

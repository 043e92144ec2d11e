// Everything that one participant, one room or one stranger can make grow, and how far: docs/operations.md explains each. By
// participant and not by connection: connecting anew buys nothing.

/** Messages on /session; a longer one counts as several. */
export const MESSAGES = { perSecond: 40, burst: 120 };
export const LENGTH_PER_MESSAGE = 8_192;
/** Those of them that may be journaled. */
export const COMMANDS = { perSecond: 20, burst: 60 };
/** Reading the journal costs more than other messages. */
export const SYNCS = { perSecond: 2, burst: 10 };
/** Rows of measurements: a client sends one a second at most. */
export const MEASUREMENTS = { perSecond: 5, burst: 200 };
/** Of them altogether: more than a client sends in a whole day. */
export const MEASUREMENTS_IN_ALL = 100_000;
/** Every connection is two commits: a page in trouble, or a train in a tunnel, comes back some times a minute. */
export const CONNECTS = { perSecond: 0.5, burst: 100 };
/** Of how many participants each of these is remembered. */
export const REMEMBERED_PARTICIPANTS = 10_000;

/**
 * What one participant may add to the journal of a room, in characters; each commit counts as 500 beside its text. An answer
 * of 5,000 characters that is typed on for three hours and saved every two seconds stays below.
 */
export const JOURNAL_SHARE = 32 * 1024 * 1024;
export const COMMIT_WEIGHT = 500;
/** Seats that are given up before the start are taken anew: so often by somebody else. */
export const PARTICIPANTS_PER_ROOM = 500;

/** Of one participant; a second of it at once. Three hours of a voice that were kept in an outage come in four minutes. */
export const UPLOADS = { perSecond: 25, bytesPerSecond: 8 * 1024 * 1024, burstMs: 1_000 };

/** What is not yet on its way on one socket, bytes: 1 MiB, or twice the snapshot that it was sent. */
export const UNSENT_BYTES = 1024 * 1024;

/** Wrong PINs that a room takes at once and in an hour, from all addresses together. */
export const PIN_GUESSES = { burst: 300, perHour: 60 };

/** Bytes of studies in one page of a list; a larger study has a page of its own. */
export const LIST_BYTES = 4 * 1024 * 1024;

// What an error of Redis means: an outage, or a command that Redis refuses; and what of it may be logged.

/** Redis answers, but cannot be used for now. */
const UNUSABLE = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|NOAUTH|NOPERM)/;

/** Redis is there but does not like the command: no outage. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !UNUSABLE.test(error.message);

/** What may be logged of an error: ioredis adds the arguments of the command to it, and those are passwords and rooms. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/,? with args.*$/s, '') : 'unknown';

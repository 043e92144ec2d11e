// How our own client says that it is ours. Whatever of its messages is refused as invalid is a fault of ours, and is told; anybody
// may say the same, so nothing is allowed or refused by it.

const NAME = 'trialogue';
const VERSION = '0.1.0';

/** `auth.client` of a socket. */
export const OWN_CLIENT = `${NAME}/${VERSION}`;

/**
 * `Accept` of a REST call. Not a header of its own: pages of another origin would have to ask first, and a server that does not
 * know it would say no.
 */
export const OWN_ACCEPT = `application/json;client=${NAME}-${VERSION}`;

export const isOwnClient = (said: unknown): boolean => typeof said === 'string' && said.startsWith(`${NAME}/`);

export const isOwnRequest = (accept: string | undefined): boolean =>
  accept?.startsWith(`application/json;client=${NAME}-`) ?? false;

/** Refusals that say: whoever wrote this client did not know what the server takes. */
export const isInvalid = (code: string): boolean => code === 'invalid_message' || code === 'invalid_request';

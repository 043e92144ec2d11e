// Joining a room over REST: what is asked before, and the seat itself.
import type { IceServer, JoinAnswer, JoinInfo } from '../../protocol/join-answers.ts';
import type { Language } from '../../protocol/languages.ts';
import { MAX_GIVEN_ID_LENGTH } from '../../protocol/recruiting-id.ts';
import { storableTextOf } from '../storable-text.ts';
import { apiPath, callApi, type Fetch } from './api-call.ts';

export interface JoinOptions {
  /** Origin of the server; '' is the page's own. */
  readonly serverUrl: string;
  readonly code: string;
  readonly nickname: string;
  readonly pin?: string;
  readonly externalId?: string;
  /** A UUID that the front end keeps, so that a lost answer takes no second seat. See `createId()`. */
  readonly joinKey?: string;
  /** Ids of the items agreed to. */
  readonly consent?: readonly string[];
  /** Of an earlier join: finds the same seat again. */
  readonly token?: string;
  /** Of the messages of refusals; without it the browser's own. */
  readonly language?: Language;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}

/** Rejects with ApiRefusal. */
export const joinRoom = ({
  serverUrl,
  token,
  language,
  signal,
  fetch,
  externalId,
  ...body
}: JoinOptions): Promise<JoinAnswer> =>
  callApi({
    serverUrl,
    path: '/api/join',
    method: 'POST',
    body: {
      ...body,
      nickname: storableTextOf(body.nickname),
      ...(externalId === undefined ? {} : { externalId: storableTextOf(externalId.slice(0, MAX_GIVEN_ID_LENGTH)) }),
    },
    ...(token === undefined ? {} : { token }),
    ...(language === undefined ? {} : { language }),
    ...(signal ? { signal } : {}),
    ...(fetch ? { fetch } : {}),
  });

/** What the join page shows before anybody has joined. Rejects with ApiRefusal. */
export const joinInfo = (
  serverUrl: string,
  code: string,
  options?: Pick<JoinOptions, 'language' | 'signal' | 'fetch'>,
): Promise<JoinInfo> => callApi({ serverUrl, path: apiPath`/api/join/${code}`, ...options });

/** Fresh ICE servers for a participant's token. */
export const fetchIceServers = async (call: {
  readonly serverUrl: string;
  readonly token: string;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}): Promise<readonly IceServer[]> => {
  const answer = await callApi<{ iceServers: IceServer[] }>({ ...call, path: '/api/ice-servers' });
  return answer.iceServers;
};

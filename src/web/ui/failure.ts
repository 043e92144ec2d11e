// Turns whatever a request failed with into words and a next step.
import { ApiRefusal } from '../../client/index.ts';
import type { Texts } from '../i18n/texts.en.ts';

export const failureText = (failure: unknown, texts: Texts): string => {
  if (!(failure instanceof ApiRefusal)) return texts.failure.unknown;
  if (failure.code === 'network') return texts.failure.offline;
  return failure.requestId === undefined || failure.status < 500
    ? failure.message
    : `${failure.message} ${texts.failure.requestId(failure.requestId)}`;
};

export const codeOf = (failure: unknown): string | undefined =>
  failure instanceof ApiRefusal ? failure.code : undefined;

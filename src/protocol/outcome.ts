// What a service answers: a value, or a refusal as a value. Only bugs and infrastructure throw.
import type { ErrorCode, Refusal, RefusalDetails } from './error-codes.ts';

export type Refused = { readonly ok: false; readonly refusal: Refusal };
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | Refused;

export const done = <Value>(value: Value): Outcome<Value> => ({ ok: true, value });

export const refused = (code: ErrorCode, details?: RefusalDetails): Refused => ({
  ok: false,
  refusal: { code, ...(details && { details }) },
});

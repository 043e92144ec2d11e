// One request to an OpenAI-compatible service and its answer as text. Retries are the job's. Fails with a ServiceFault, except
// for an abort by the caller, which rejects with its reason.
import { ServiceFault } from '../../jobs/service-fault.ts';
import { looseJsonOf } from './loose-json.ts';
import { faultOfReportedError, faultOfStatus, reportedErrorOf, retryAfterMsOf } from './service-fault.ts';

export interface Service {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly model: string;
}

/** Without a slash at its end. */
export const urlOf = ({ baseUrl }: Service): string => (baseUrl ?? 'https://api.openai.com/v1').replace(/\/$/, '');

export interface ServiceRequest {
  readonly path: string;
  /** A form, or what is sent as JSON. */
  readonly body: FormData | object;
  readonly timeoutMs: number;
  /** The caller's: an abort is passed on, not translated. */
  readonly signal: AbortSignal;
}

export interface ServiceAnswer {
  readonly text: string;
  /** Undefined: it is no JSON, whatever its content type says. */
  readonly json: unknown;
  /** What was sent with it, for faults that show only in the content. */
  readonly retryAfterMs: number | undefined;
}

export const callService = async (service: Service, request: ServiceRequest): Promise<ServiceAnswer> => {
  const { path, body, timeoutMs, signal } = request;
  // Ends the call also in the middle of an answer. A timer takes whole milliseconds only.
  const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
  const isForm = body instanceof FormData;
  try {
    const response = await fetch(`${urlOf(service)}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.apiKey}`,
        accept: 'application/json',
        ...(isForm ? {} : { 'content-type': 'application/json' }),
      },
      body: isForm ? body : JSON.stringify(body),
      signal: AbortSignal.any([signal, deadline]),
    });
    const retryAfterMs = retryAfterMsOf(response.headers);
    const text = await response.text();
    const json = looseJsonOf(text);
    const options = { secret: service.apiKey, retryAfterMs };
    if (!response.ok) {
      throw faultOfStatus(response.status, reportedErrorOf(json) ?? { message: text, codes: [] }, options);
    }
    return { text, json, retryAfterMs };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ServiceFault) throw cause;
    if (deadline.aborted) throw new ServiceFault('timeout', 'The service did not answer in time.', { cause });
    throw new ServiceFault('network', 'The service cannot be reached, or the connection broke.', { cause });
  }
};

/** For a 200 that lacks what was asked for: an error that it tells of, or else an answer of an unknown shape. */
export const faultOfAnswer = (service: Service, answer: ServiceAnswer, what: string): ServiceFault => {
  const reported = reportedErrorOf(answer.json);
  return reported
    ? faultOfReportedError(reported, { secret: service.apiKey, retryAfterMs: answer.retryAfterMs })
    : new ServiceFault('invalid_answer', what);
};

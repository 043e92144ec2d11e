// Pieces that route descriptions share: parameters, bodies, answers, who may call.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { apiErrorSchema } from '../protocol/error-answer.ts';
import { invalidRequestOf } from '../protocol/invalid-request.ts';
import { idSchema } from '../protocol/text.ts';
import type { HttpEnv } from './context.ts';
import { refusalResponse } from './refusals.ts';
import { requireUtf8Body } from './utf8.ts';

/** What a request for one thing says of it in its path. */
export const idParams = z.object({ id: idSchema });

export const RESEARCHER = [{ researcherKey: [] }];
/** Where browsers cannot send headers. */
export const RESEARCHER_OR_ACCESS = [{ researcherKey: [] }, { accessToken: [] }];
export const PARTICIPANT = [{ participantToken: [] }];
export const PARTICIPANT_OR_RESEARCHER = [...PARTICIPANT, ...RESEARCHER];

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** Described only: nothing is parsed by the schema of an answer. */
interface Described {
  description: string;
}
const jsonAnswer = (description: string, schema: z.ZodType): Described => {
  const described = { description, content: { 'application/json': { schema } } };
  return described;
};

export const answers = (
  status: 200 | 201 | 202 | 204,
  description: string,
  schema?: z.ZodType,
): { [status: number]: Described; default: Described } => ({
  [status]: schema ? jsonAnswer(description, schema) : { description },
  default: jsonAnswer('Refused; `error.code` says why', apiErrorSchema),
});

/** An app for one group of routes: what does not fit a schema is refused the same way everywhere. */
export const createRoutes = (): OpenAPIHono<HttpEnv> =>
  new OpenAPIHono<HttpEnv>({
    defaultHook: (result, c) => (result.success ? undefined : refusalResponse(c, invalidRequestOf(result.error))),
  });

/** By the bytes that come, whatever a header claims; and they are text. */
export const limitBody = (limit: number): [MiddlewareHandler<HttpEnv>, MiddlewareHandler<HttpEnv>] => [
  bodyLimit({
    maxSize: limit,
    onError: (c) => refusalResponse(c, { code: 'body_too_large', details: { limit } }),
  }),
  requireUtf8Body,
];
export const SMALL_BODY_BYTES = 64 * 1024;
/** 200 pages of 50,000 characters would not be read by anybody; this is far beyond what was ever printed. */
export const STUDY_BODY_BYTES = 8 * 1024 * 1024;

// What the jobs have made of a room: stages, transcript, report, and the wish to run them again.
import { createRoute } from '@hono/zod-openapi';
import { reportMdOf } from '../analysis/report-md.ts';
import { transcriptTxtOf } from '../analysis/transcript-txt.ts';
import { transcriptVttOf } from '../analysis/transcript-vtt.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import type { StageAnswer } from '../protocol/job-answers.ts';
import { jobsAnswerSchema } from '../protocol/job-answers.ts';
import { reportSchema } from '../protocol/report.ts';
import { analysisRequestSchema, reportQuerySchema, transcriptQuerySchema } from '../protocol/rest.ts';
import { transcriptSchema } from '../protocol/transcript.ts';
import type { Guards } from './authorize.ts';
import type { HttpContext, HttpDeps } from './context.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, idParams, RESEARCHER, RESEARCHER_OR_ACCESS } from './route-parts.ts';

/** The stage to which the work has come: the first that is not done. */
const stageReached = (stages: readonly StageAnswer[]): StageAnswer | undefined =>
  stages.find((stage) => stage.state !== 'done') ?? stages.at(-1);

export const resultsRoutes = ({ rooms, results }: HttpDeps, { researcher }: Guards) => {
  const app = createRoutes();
  const common = { tags: ['Results'], security: RESEARCHER, middleware: [researcher] };
  const download = { ...common, security: RESEARCHER_OR_ACCESS };

  const notReady = async (c: HttpContext, roomId: string, code: ErrorCode): Promise<Response> => {
    if (!(await rooms.state(roomId))) return refusalResponse(c, { code: 'room_not_found' });
    const reached = stageReached(await results.stages(roomId));
    return refusalResponse(c, { code, details: { stage: reached?.stage, state: reached?.state } });
  };
  const text = (c: HttpContext, body: string, type: string) =>
    c.body(body, 200, { 'content-type': `${type}; charset=utf-8` });

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/rooms/{id}/jobs',
      summary: 'Where the processing of a room stands',
      request: { params: idParams },
      responses: answers(200, 'All stages in order', jobsAnswerSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await rooms.state(id))) return refusalResponse(c, { code: 'room_not_found' });
      return c.json({ stages: await results.stages(id) });
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/api/rooms/{id}/analysis',
      summary:
        'Runs transcription and analysis again; what has been paid for is not paid again, unless its answers are forgotten',
      request: {
        params: idParams,
        body: { required: false, content: { 'application/json': { schema: analysisRequestSchema } } },
      },
      responses: answers(202, 'Asked for', jobsAnswerSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const state = await rooms.state(id);
      if (!state) return refusalResponse(c, { code: 'room_not_found' });
      if (state.phase === 'expired') return refusalResponse(c, { code: 'room_expired' });
      if (state.phase !== 'ended') return refusalResponse(c, { code: 'room_not_ended' });
      // Without a body nothing has filled in the defaults.
      const { forgetAnswers = false } = c.req.valid('json');
      await results.requestAnalysis(id, { forgetAnswers });
      return c.json({ stages: await results.stages(id) }, 202);
    },
  );

  app.openapi(
    createRoute({
      ...download,
      method: 'get',
      path: '/api/rooms/{id}/transcript',
      summary: 'The latest transcript: json, vtt or txt',
      request: { params: idParams, query: transcriptQuerySchema },
      responses: answers(200, 'The transcript', transcriptSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { format } = c.req.valid('query');
      const transcript = await results.transcript(id);
      if (!transcript) return notReady(c, id, 'transcript_not_ready');
      if (format === 'vtt') return text(c, transcriptVttOf(transcript), 'text/vtt');
      if (format === 'txt') return text(c, transcriptTxtOf(transcript), 'text/plain');
      return c.json(transcript);
    },
  );

  app.openapi(
    createRoute({
      ...download,
      method: 'get',
      path: '/api/rooms/{id}/report',
      summary: 'The latest report: json or md',
      request: { params: idParams, query: reportQuerySchema },
      responses: answers(200, 'The report', reportSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { format } = c.req.valid('query');
      const report = await results.report(id);
      if (!report) return notReady(c, id, 'report_not_ready');
      if (format === 'json') return c.json(report);
      const transcript = await results.transcript(id);
      return transcript
        ? text(c, reportMdOf(report, transcript), 'text/markdown')
        : notReady(c, id, 'transcript_not_ready');
    },
  );
  return app;
};

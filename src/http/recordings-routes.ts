// Recordings: chunks in, whole tracks out.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { listOf } from '../protocol/answer-fields.ts';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import {
  completeRecordingSchema,
  participantRecordingsSchema,
  recordingAnswerSchema,
} from '../protocol/recording-answers.ts';
import { audioQuerySchema } from '../protocol/rest.ts';
import { idSchema } from '../protocol/text.ts';
import type { StoredRecording } from '../recordings/ports.ts';
import { audioResponse } from './audio-response.ts';
import type { Guards } from './authorize.ts';
import type { HttpContext, HttpDeps } from './context.ts';
import { refusalResponse } from './refusals.ts';
import {
  answers,
  createRoutes,
  idParams,
  jsonBody,
  limitBody,
  PARTICIPANT,
  PARTICIPANT_OR_RESEARCHER,
  RESEARCHER,
  RESEARCHER_OR_ACCESS,
  SMALL_BODY_BYTES,
} from './route-parts.ts';

/**
 * Begins with the first part that is asked for: who is refused before that leaves the body to finishUnreadBody, and so does who is
 * refused in the middle of it.
 */
async function* partsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body) yield* body.values({ preventCancel: true });
}

export const recordingsRoutes = ({ recordings, rooms }: HttpDeps, guards: Guards) => {
  const app = createRoutes();
  const common = { tags: ['Recordings'] };

  /** A participant opens the own recordings only; researchers (no participant on the context) any. */
  const recordingFor = async (c: HttpContext, id: string): Promise<Outcome<StoredRecording>> => {
    const recording = await recordings.get(id);
    if (!recording) return refused('recording_not_found');
    const seat = c.get('participant');
    const isOthers =
      seat && (recording.roomId !== seat.claims.roomId || recording.participantId !== seat.participant.id);
    return isOthers ? refused('forbidden') : done(recording);
  };

  const answerRecording = async (
    c: HttpContext,
    recording: StoredRecording,
    status: 200 | 202 = 200,
  ): Promise<Response> => {
    const answer = await recordings.answerOf(recording);
    return answer ? c.json(answer, status) : refusalResponse(c, { code: 'recording_not_found' });
  };

  app.openapi(
    createRoute({
      ...common,
      middleware: [guards.participant],
      security: PARTICIPANT,
      method: 'put',
      path: '/api/recordings/{id}/chunks/{index}',
      summary: 'Stores one chunk, durably before it is acknowledged',
      description:
        'The body is the bytes, at most 16 MiB. 201: durable. 200: the same chunk again. Any order, also after the end of the debate.',
      request: {
        params: z.object({ id: idSchema, index: z.string().describe('Decimal digits, 0 to 99999') }),
        headers: z.object({
          'content-digest': z.string().optional().describe('RFC 9530: sha-256=:<base64>: (required)'),
          'chunk-started-at': z.string().optional().describe('Epoch ms on the room clock (required)'),
          'chunk-ended-at': z.string().optional().describe('Epoch ms on the room clock (required)'),
        }),
        body: { content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
      },
      responses: answers(201, 'Durable', z.object({ index: z.int() })),
    }),
    async (c) => {
      const { id, index } = c.req.valid('param');
      const found = await recordingFor(c, id);
      if (!found.ok) return refusalResponse(c, found.refusal);
      const contentDigest = c.req.header('content-digest');
      const startedAt = c.req.header('chunk-started-at');
      const endedAt = c.req.header('chunk-ended-at');
      const length = c.req.header('content-length');
      const outcome = await recordings.ingest({
        recording: found.value,
        index,
        headers: {
          ...(contentDigest !== undefined && { contentDigest }),
          ...(startedAt !== undefined && { startedAt }),
          ...(endedAt !== undefined && { endedAt }),
        },
        body: partsOf(c.req.raw.body),
        length: length === undefined ? undefined : Number(length),
        signal: c.req.raw.signal,
      });
      if (!outcome.ok) return refusalResponse(c, outcome.refusal);
      return c.json({ index: Number(index) }, outcome.value === 'stored' ? 201 : 200);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [guards.participantOrResearcher],
      security: PARTICIPANT_OR_RESEARCHER,
      method: 'get',
      path: '/api/recordings/{id}',
      summary: 'What has come of a recording and what is missing',
      request: { params: idParams },
      responses: answers(200, 'The recording', recordingAnswerSchema),
    }),
    async (c) => {
      const found = await recordingFor(c, c.req.valid('param').id);
      return found.ok ? answerRecording(c, found.value) : refusalResponse(c, found.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [guards.participant, ...limitBody(SMALL_BODY_BYTES)],
      security: PARTICIPANT,
      method: 'post',
      path: '/api/recordings/{id}/complete',
      summary: 'Closes a recording whose chunks are all there',
      request: { params: idParams, ...jsonBody(completeRecordingSchema) },
      responses: answers(202, 'Complete; the audio can be read', recordingAnswerSchema),
    }),
    async (c) => {
      const found = await recordingFor(c, c.req.valid('param').id);
      if (!found.ok) return refusalResponse(c, found.refusal);
      const { chunkCount, digest } = c.req.valid('json');
      const outcome = await recordings.complete({
        recording: found.value,
        chunkCount,
        ...(digest !== undefined && { digest }),
      });
      return outcome.ok ? answerRecording(c, outcome.value, 202) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [guards.researcher],
      security: RESEARCHER_OR_ACCESS,
      method: 'get',
      path: '/api/recordings/{id}/audio',
      summary: 'The original audio; takes a Range',
      request: { params: idParams, query: audioQuerySchema },
      responses: answers(200, 'Chunks 0 to n-1 one after another; 206 for a range'),
    }),
    async (c) => {
      const found = await recordingFor(c, c.req.valid('param').id);
      if (!found.ok) return refusalResponse(c, found.refusal);
      return audioResponse(c, found.value, await recordings.audioOf(found.value));
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [guards.researcher],
      security: RESEARCHER,
      method: 'get',
      path: '/api/rooms/{id}/recordings',
      summary: 'Per participant: takes, coverage and gaps',
      request: { params: idParams },
      responses: answers(200, 'One item per participant', listOf(participantRecordingsSchema)),
    }),
    async (c) => {
      const room = await rooms.state(c.req.valid('param').id);
      return room ? c.json({ items: await recordings.ofRoom(room) }) : refusalResponse(c, { code: 'room_not_found' });
    },
  );
  return app;
};

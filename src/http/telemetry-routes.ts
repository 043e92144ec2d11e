// What clients have measured in a room, as measured: page by page as JSON, or whole as a table.
import { createRoute, z } from '@hono/zod-openapi';
import { BYTE_ORDER_MARK, type CsvValue, csvRowOf } from '../analysis/csv.ts';
import { listOf } from '../protocol/answer-fields.ts';
import { type TelemetryItems, type TelemetryKind, telemetryQuerySchema } from '../protocol/telemetry.ts';
import type { RoomState } from '../room/state.ts';
import type { TelemetryRow } from '../rooms/ports.ts';
import type { Guards } from './authorize.ts';
import type { HttpDeps } from './context.ts';
import { csvResponse } from './csv-response.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, idParams, RESEARCHER_OR_ACCESS } from './route-parts.ts';

const CSV_ROWS_AT_ONCE = 1_000;

const FIELDS = {
  clock_report: ['rttMs', 'offsetMs', 'uncertaintyMs', 'spreadMs'],
  page_shown: ['page', 'shownAt'],
  link_report: ['aboutParticipantId', 'state', 'rttMs', 'packetsLost', 'audible'],
} as const satisfies Record<TelemetryKind, readonly string[]>;

const ms = z.number().nullable();
const measured = {
  participantId: z.string(),
  seat: z.int().exactOptional(),
  at: z.number().describe('When it came in: epoch milliseconds on the room clock'),
};
const clockReport: z.ZodType<TelemetryItems['clock_report']> = z.object({
  ...measured,
  rttMs: ms.describe('The quickest round trip'),
  offsetMs: ms.describe("Room clock minus the participant's own wall clock"),
  uncertaintyMs: ms,
  spreadMs: ms.exactOptional().describe('How much longer nine of ten round trips take at most'),
});
const pageShown: z.ZodType<TelemetryItems['page_shown']> = z.object({
  ...measured,
  page: z.int(),
  shownAt: z.number().describe('Epoch milliseconds on the room clock as that client knew it'),
});
const linkReport: z.ZodType<TelemetryItems['link_report']> = z.object({
  ...measured,
  aboutParticipantId: z.string().describe('Whose voice'),
  state: z.string(),
  rttMs: ms.exactOptional(),
  packetsLost: ms.exactOptional(),
  audible: z.boolean().nullable().exactOptional(),
});
const telemetrySchema = listOf(z.union([clockReport, pageShown, linkReport]));

/** Other names than those of a kind were never stored, or belong to a client of another time. */
const fieldsOf = (kind: TelemetryKind, { data }: TelemetryRow): [string, CsvValue][] =>
  FIELDS[kind].map((name) => {
    const value = data[name === 'aboutParticipantId' ? 'participantId' : name];
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    return [name, isPlain ? (value as CsvValue) : undefined];
  });

const itemOf = (kind: TelemetryKind, row: TelemetryRow, room: RoomState) => {
  const seat = room.participants[row.participantId]?.seat;
  const known = fieldsOf(kind, row).filter(([, value]) => value !== undefined);
  return {
    participantId: row.participantId,
    ...(seat === undefined ? {} : { seat }),
    at: row.at,
    ...Object.fromEntries(known),
  };
};

const csvLineOf = (kind: TelemetryKind, row: TelemetryRow, room: RoomState): string =>
  csvRowOf([
    row.participantId,
    room.participants[row.participantId]?.seat,
    row.at,
    ...fieldsOf(kind, row).map(([, value]) => value),
  ]);

export const telemetryRoutes = ({ rooms, telemetry }: HttpDeps, { researcher }: Guards) => {
  const app = createRoutes();

  async function* csvRowsOf(room: RoomState, kind: TelemetryKind): AsyncGenerator<string, void> {
    for (let after = 0; ; ) {
      const rows = await telemetry.rows(room.definition.roomId, kind, { after, limit: CSV_ROWS_AT_ONCE });
      yield rows.map(({ row }) => csvLineOf(kind, row, room)).join('');
      const last = rows.at(-1);
      if (!last || rows.length < CSV_ROWS_AT_ONCE) return;
      after = last.id;
    }
  }

  app.openapi(
    createRoute({
      tags: ['Results'],
      security: RESEARCHER_OR_ACCESS,
      middleware: [researcher],
      method: 'get',
      path: '/api/rooms/{id}/telemetry',
      summary:
        'What clients measured: their clocks, when they showed each page, who heard whom; oldest first, json or csv',
      request: { params: idParams, query: telemetryQuerySchema },
      responses: answers(200, 'As measured; items of the kind that was asked for', telemetrySchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { kind, format, cursor, limit } = c.req.valid('query');
      const room = await rooms.state(id);
      if (!room) return refusalResponse(c, { code: 'room_not_found' });
      if (format === 'csv') {
        const head = `${BYTE_ORDER_MARK}${csvRowOf(['participantId', 'seat', 'at', ...FIELDS[kind]])}`;
        const name = `${kind}-${room.definition.code}.csv`;
        return csvResponse(c, { name, head, rows: csvRowsOf(room, kind) });
      }
      const rows = await telemetry.rows(id, kind, { after: cursor, limit: limit + 1 });
      const items = rows.slice(0, limit).map(({ row }) => itemOf(kind, row, room));
      const last = rows[limit - 1];
      return c.json({ items, ...(rows.length > limit && last && { nextCursor: String(last.id) }) });
    },
  );
  return app;
};

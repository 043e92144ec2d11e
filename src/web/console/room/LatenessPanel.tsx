// How late each participant saw each page, with what the numbers mean.
import { Group, Paper, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import type { TelemetryItems, TelemetryKind } from '../../../client/index.ts';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { clockText } from '../../ui/format.ts';
import { DownloadButton } from '../frame/DownloadButton.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { useSettled } from '../frame/use-settled.ts';
import { type LatenessRow, latenessRows, NO_TURNS, uncertaintiesOf, withTurns } from './page-lateness.ts';

const REFRESH_MS = 2_000;
const PAGE_SIZE = 1_000;

type Api = ReturnType<typeof useApi>;

const allOf = async <Kind extends TelemetryKind>(api: Api, roomId: string, kind: Kind) => {
  const items: TelemetryItems[Kind][] = [];
  for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
    const answer: Awaited<ReturnType<typeof api.telemetry<Kind>>> = await api.telemetry(roomId, kind, {
      cursor,
      limit: PAGE_SIZE,
    });
    items.push(...answer.items);
    cursor = answer.nextCursor;
  }
  return items;
};

interface Lateness {
  readonly rows: readonly LatenessRow[];
  readonly uncertainties: Readonly<Record<string, number>>;
}

/** The journal is read on where it stopped. */
const latenessReader = (api: Api, roomId: string) => {
  let history = NO_TURNS;
  return async (): Promise<Lateness> => {
    for (let cursor: string | undefined = String(history.version); cursor !== undefined; ) {
      const answer: Awaited<ReturnType<typeof api.events>> = await api.events(roomId, { cursor, limit: PAGE_SIZE });
      history = withTurns(history, answer.commits);
      cursor = answer.nextCursor;
    }
    const [shown, reports] = await Promise.all([allOf(api, roomId, 'page_shown'), allOf(api, roomId, 'clock_report')]);
    return { rows: latenessRows(history.turns, shown), uncertainties: uncertaintiesOf(reports) };
  };
};

export const LatenessPanel = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.lateness;
  const api = useApi();
  const version = useSettled(room.version, REFRESH_MS);
  const read = useMemo(() => latenessReader(api, room.id), [api, room.id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the room reads on
  const request = useRequest(useCallback(() => read(), [read, version]));
  return (
    <Paper className="card" component="section" aria-label={words.title} data-testid="lateness">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {words.title}
        </Title>
        <DownloadButton
          path={api.paths.telemetryCsv(room.id, 'page_shown')}
          fileName={`page-shown-${room.code}.csv`}
          icon={<IconDownload size={18} aria-hidden />}
          label={words.csv}
        />
      </Group>
      <Loaded request={request}>{(found) => <LatenessTable room={room} lateness={found} />}</Loaded>
    </Paper>
  );
};

const LatenessTable = ({ room, lateness }: { room: RoomAnswer; lateness: Lateness }) => {
  const words = useTexts().console.lateness;
  const { rows, uncertainties } = lateness;
  if (rows.length === 0) return <Text c="dimmed">{words.none}</Text>;
  const from = rows[0]?.turnsAt ?? 0;
  return (
    <>
      <Table.ScrollContainer
        minWidth={320 + 140 * room.participants.length}
        type="native"
        scrollAreaProps={{ tabIndex: 0 }}
      >
        <Table verticalSpacing="xs" data-testid="lateness-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th className="nowrap">{words.page}</Table.Th>
              <Table.Th className="nowrap">{words.at}</Table.Th>
              <Table.Th ta="right" className="nowrap">
                {words.apart}
              </Table.Th>
              {room.participants.map(({ id, nickname }) => (
                <Table.Th key={id} ta="right">
                  {isolated(nickname)}
                  <Text size="sm" c="dimmed" className="nowrap">
                    {uncertainties[id] === undefined ? ' ' : words.uncertainty(uncertainties[id].toFixed(1))}
                  </Text>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ page, turnsAt, lateMs, apartMs }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added
              <Table.Tr key={index}>
                <Table.Th scope="row" className="nowrap">
                  {index === 0 ? words.start : page + 1}
                </Table.Th>
                <Table.Td>{clockText(turnsAt - from)}</Table.Td>
                <Table.Td ta="right" className="nowrap">
                  <Milliseconds value={apartMs} />
                </Table.Td>
                {room.participants.map(({ id }) => (
                  <Table.Td key={id} ta="right" className="nowrap">
                    <Milliseconds value={lateMs[id]} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" mt="sm">
        {words.definition}
      </Text>
    </>
  );
};

const Milliseconds = ({ value }: { value: number | undefined }) =>
  value === undefined ? <Text c="dimmed">–</Text> : `${value.toFixed(1)} ms`;

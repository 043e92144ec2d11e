// One study: making rooms, and the list of its rooms with their links.
import { Alert, Badge, Button, Group, NumberInput, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { IconDownload, IconEdit, IconPlus } from '@tabler/icons-react';
import { type FormEvent, useCallback, useState } from 'react';
import type { RoomListItem } from '../../../protocol/room-answers.ts';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { dateText } from '../../ui/format.ts';
import { Link, navigate } from '../../ui/router.tsx';
import { DownloadButton } from '../frame/DownloadButton.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useAction } from '../frame/use-action.ts';
import { useRequest } from '../frame/use-request.ts';
import { PhaseBadge } from '../room/PhaseBadge.tsx';

const REFRESH_MS = 5_000;
const PAGE_SIZE = 100;

export const StudyPage = ({ studyId }: { studyId: string }) => {
  const texts = useTexts();
  const api = useApi();
  const [limit, setLimit] = useState(PAGE_SIZE);
  const study = useRequest(useCallback(() => api.study(studyId), [api, studyId]));
  const rooms = useRequest(
    useCallback(() => allRooms(api, studyId, limit), [api, studyId, limit]),
    REFRESH_MS,
  );
  return (
    <Loaded request={study}>
      {(found) => (
        <Stack gap="lg">
          <StudyHead study={found} />
          <MakeRooms studyId={studyId} onMade={rooms.reload} />
          <Loaded request={rooms}>
            {({ items, hasMore }) => (
              <>
                <RoomTable studyId={studyId} rooms={items} />
                {hasMore && (
                  <Button variant="default" onClick={() => setLimit(limit + PAGE_SIZE)}>
                    {texts.console.study.more}
                  </Button>
                )}
              </>
            )}
          </Loaded>
        </Stack>
      )}
    </Loaded>
  );
};

/** The first `limit` rooms, however many pages of the list that takes. */
const allRooms = async (
  api: ReturnType<typeof useApi>,
  studyId: string,
  limit: number,
): Promise<{ items: RoomListItem[]; hasMore: boolean }> => {
  const items: RoomListItem[] = [];
  let cursor: string | undefined;
  do {
    const answer = await api.rooms({ studyId, limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...answer.items);
    cursor = answer.nextCursor;
  } while (cursor !== undefined && items.length < limit);
  return { items, hasMore: cursor !== undefined };
};

const StudyHead = ({ study }: { study: StudyAnswer }) => {
  const words = useTexts().console.studies;
  return (
    <Group justify="space-between" align="flex-start">
      <div>
        <Title order={1} size="h2" data-testid="study-heading">
          {study.title}
        </Title>
        <Group gap="xs" mt={6}>
          <Badge variant="default" tt="none">
            {words.languages[study.language]}
          </Badge>
          <Badge variant="default" tt="none">
            {words.pages(study.pages.length)}
          </Badge>
          <Badge variant="default" tt="none">
            {words.version(study.version)}
          </Badge>
        </Group>
      </div>
      <Button
        variant="default"
        leftSection={<IconEdit size={18} aria-hidden />}
        onClick={() => navigate(`/console/studies/${study.id}/edit`)}
      >
        {words.edit}
      </Button>
    </Group>
  );
};

const MakeRooms = ({ studyId, onMade }: { studyId: string; onMade: () => void }) => {
  const words = useTexts().console.study;
  const api = useApi();
  const action = useAction();
  const [count, setCount] = useState<number | ''>(1);
  const [label, setLabel] = useState('');
  const [made, setMade] = useState<number>();

  const make = async (event: FormEvent) => {
    event.preventDefault();
    setMade(undefined);
    await action.run(async () => {
      const { rooms } = await api.createRooms(studyId, {
        count: count === '' ? 1 : count,
        ...(label.trim() === '' ? {} : { label: label.trim() }),
      });
      setMade(rooms.length);
      onMade();
    });
  };

  return (
    <Paper className="card" component="form" onSubmit={make}>
      <Title order={2} size="h4" mb="sm">
        {words.makeRooms}
      </Title>
      <Group align="flex-end">
        <NumberInput
          label={words.count}
          value={count}
          min={1}
          max={500}
          allowDecimal={false}
          w={130}
          onChange={(value) => setCount(typeof value === 'number' ? value : '')}
          data-testid="room-count"
        />
        <TextInput
          label={words.label}
          placeholder={words.labelHint}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          className="grow"
        />
        <Button
          type="submit"
          leftSection={<IconPlus size={20} aria-hidden />}
          loading={action.isBusy}
          data-testid="make-rooms"
        >
          {words.make}
        </Button>
      </Group>
      <div role="status">
        {made !== undefined && (
          <Text c="teal.9" mt="sm">
            {words.made(made)}
          </Text>
        )}
      </div>
      {action.failure !== undefined && (
        <Alert color="red" role="alert" mt="sm">
          {action.failure}
        </Alert>
      )}
    </Paper>
  );
};

const RoomTable = ({ studyId, rooms }: { studyId: string; rooms: readonly RoomListItem[] }) => {
  const texts = useTexts();
  const words = texts.console.study;
  const { language } = useLanguage();
  const api = useApi();
  if (rooms.length === 0) return <Text c="dimmed">{words.noRooms}</Text>;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {words.rooms}
        </Title>
        <Group gap="sm">
          <CopyButton size="sm" text={rooms.map((room) => room.joinUrl).join('\n')} label={words.copyAll} />
          <DownloadButton
            path={api.paths.roomsCsv(studyId)}
            label={words.csv}
            icon={<IconDownload size={18} aria-hidden />}
          />
        </Group>
      </Group>
      <Paper className="card table-card">
        <Table.ScrollContainer minWidth={560} type="native" scrollAreaProps={{ tabIndex: 0 }}>
          <Table verticalSpacing="sm" highlightOnHover data-testid="rooms-table">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.code}</Table.Th>
                <Table.Th>{words.label}</Table.Th>
                <Table.Th>{words.phase}</Table.Th>
                <Table.Th>{words.created}</Table.Th>
                <Table.Th>
                  <span className="visually-hidden">{words.copyLink}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rooms.map((room) => (
                <Table.Tr key={room.id}>
                  <Table.Td>
                    <Link
                      href={`/console/rooms/${room.id}`}
                      className="code-link"
                      aria-label={words.openRoom(room.code)}
                      data-testid={`room-${room.code}`}
                    >
                      {room.code}
                    </Link>
                  </Table.Td>
                  <Table.Td>{room.label ?? ''}</Table.Td>
                  <Table.Td>
                    <PhaseBadge phase={room.phase} />
                  </Table.Td>
                  <Table.Td>{dateText(room.createdAt, language)}</Table.Td>
                  <Table.Td ta="right">
                    <CopyButton
                      size="sm"
                      text={room.joinUrl}
                      label={words.copyLink}
                      description={words.copyLinkOf(room.code)}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </Stack>
  );
};

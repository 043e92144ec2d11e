// Who chose what: the latest answers of a room, read on from its journal while it runs, and all of them as a file.

import { Button, Group, Paper, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import type { RoomAnswer, StudyAnswer } from '../../../protocol/rest.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { useSettled } from '../frame/use-settled.ts';
import {
  type Choice,
  type ChoiceHistory,
  choiceQuestions,
  choiceRows,
  choicesCsv,
  NO_CHOICES,
  withCommits,
} from './choices.ts';

const REFRESH_MS = 2_000;
const PAGE_SIZE = 500;

/** Reads on where it stopped: a long debate is not read anew at every answer. */
const historyReader = (api: ReturnType<typeof useApi>, roomId: string) => {
  let history = NO_CHOICES;
  return async (): Promise<ChoiceHistory> => {
    let cursor: string | undefined = String(history.version);
    while (cursor !== undefined) {
      const answer: Awaited<ReturnType<typeof api.events>> = await api.events(roomId, { cursor, limit: PAGE_SIZE });
      history = withCommits(history, answer.commits);
      cursor = answer.nextCursor;
    }
    return history;
  };
};

const download = (text: string, fileName: string) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = fileName;
  link.click();
  // The browser has taken the text by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
};

export const ChoicesPanel = ({ room }: { room: RoomAnswer }) => {
  const texts = useTexts();
  const words = texts.console.choices;
  const api = useApi();
  const version = useSettled(room.version, REFRESH_MS);
  const read = useMemo(() => historyReader(api, room.id), [api, room.id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the room reads on
  const request = useRequest(useCallback(() => read(), [read, version]));
  const study = useRequest(useCallback(() => api.study(room.studyId), [api, room.studyId]));
  const history = request.data;
  return (
    <Paper className="card" component="section" aria-label={words.title} data-testid="choices">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {words.title}
        </Title>
        {history !== undefined && history.choices.length > 0 && (
          <Button
            size="sm"
            variant="default"
            leftSection={<IconDownload size={18} aria-hidden />}
            onClick={() => download(choicesCsv(history), `choices-${room.code}.csv`)}
            data-testid="choices-csv"
          >
            {words.csv}
          </Button>
        )}
      </Group>
      <Loaded request={request}>{(found) => <ChoiceTable room={room} study={study.data} history={found} />}</Loaded>
    </Paper>
  );
};

interface ChoiceTableProps {
  readonly room: RoomAnswer;
  /** Its newest version: words for the questions, where it still has them. */
  readonly study: StudyAnswer | undefined;
  readonly history: ChoiceHistory;
}

const ChoiceTable = ({ room, study, history }: ChoiceTableProps) => {
  const words = useTexts().console.choices;
  const questions = choiceQuestions(history, study, room.studyVersion);
  const rows = choiceRows(history, room.participants, questions);
  if (questions.length === 0) return <Text c="dimmed">{words.none}</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={200 + 180 * questions.length} type="native" scrollAreaProps={{ tabIndex: 0 }}>
        <Table verticalSpacing="sm" data-testid="choices-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.participant}</Table.Th>
              {questions.map((question) => (
                <Table.Th key={question.id} className="choice-cell">
                  {question.prompt}
                  <Text size="sm" c="dimmed">
                    {question.id}
                  </Text>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ person, latest }) => (
              <Table.Tr key={person.id}>
                <Table.Th scope="row">{isolated(person.nickname)}</Table.Th>
                {questions.map((question, index) => (
                  <Table.Td key={question.id} className="choice-cell">
                    <Answer choice={latest[index]} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {study !== undefined && study.version !== room.studyVersion && (
        <Text size="sm" c="dimmed" mt="sm">
          {words.otherVersion(room.studyVersion, study.version)}
        </Text>
      )}
    </>
  );
};

const Answer = ({ choice }: { choice: Choice | undefined }) => {
  const words = useTexts().console.choices;
  if (choice === undefined) return <Text c="dimmed">–</Text>;
  const { value, revision } = choice;
  return (
    <>
      {Array.isArray(value) ? value.join(', ') : value}
      {revision > 1 && (
        <Text size="sm" c="dimmed">
          {words.revisions(revision)}
        </Text>
      )}
    </>
  );
};

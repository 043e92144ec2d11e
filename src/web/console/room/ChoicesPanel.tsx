// Who chose what: the latest answers of a room, renewed while it runs, and every revision as a file.
import { Group, Paper, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useCallback } from 'react';
import type { LatestChoice } from '../../../client/index.ts';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { DownloadButton } from '../frame/DownloadButton.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { useSettled } from '../frame/use-settled.ts';
import { choiceQuestions, choiceRows } from './choice-table.ts';

const REFRESH_MS = 2_000;

export const ChoicesPanel = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.choices;
  const api = useApi();
  const version = useSettled(room.version, REFRESH_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the room asks again
  const request = useRequest(useCallback(() => api.choices(room.id), [api, room.id, version]));
  const study = useRequest(useCallback(() => api.study(room.studyId), [api, room.studyId]));
  return (
    <Paper className="card" component="section" aria-label={words.title} data-testid="choices">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {words.title}
        </Title>
        {request.data !== undefined && request.data.items.length > 0 && (
          <DownloadButton
            path={api.paths.choicesCsv(room.id)}
            fileName={`choices-${room.code}.csv`}
            icon={<IconDownload size={18} aria-hidden />}
            label={words.csv}
          />
        )}
      </Group>
      <Loaded request={request}>{({ items }) => <ChoiceTable room={room} study={study.data} choices={items} />}</Loaded>
    </Paper>
  );
};

interface ChoiceTableProps {
  readonly room: RoomAnswer;
  /** Its newest version: words for the questions, where it still has them. */
  readonly study: StudyAnswer | undefined;
  readonly choices: readonly LatestChoice[];
}

const ChoiceTable = ({ room, study, choices }: ChoiceTableProps) => {
  const words = useTexts().console.choices;
  const questions = choiceQuestions(choices, study, room.studyVersion);
  const rows = choiceRows(choices, room.participants, questions);
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

const Answer = ({ choice }: { choice: LatestChoice | undefined }) => {
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

// All studies, newest first: where the console begins.
import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconNotebook, IconPlus } from '@tabler/icons-react';
import { useCallback } from 'react';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { dateText } from '../../ui/format.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Link, navigate } from '../../ui/router.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';

const REFRESH_MS = 20_000;

export const StudiesPage = () => {
  const texts = useTexts();
  const words = texts.console.studies;
  const api = useApi();
  const request = useRequest(
    useCallback(() => api.studies(), [api]),
    REFRESH_MS,
  );
  const create = (
    <Button
      leftSection={<IconPlus size={20} aria-hidden />}
      onClick={() => navigate('/console/studies/new')}
      data-testid="new-study"
    >
      {words.create}
    </Button>
  );
  return (
    <Loaded request={request}>
      {({ items }) =>
        items.length === 0 ? (
          <Notice icon={<IconNotebook />} title={words.empty} text={words.emptyNext}>
            {create}
          </Notice>
        ) : (
          <Stack gap="lg">
            <Group justify="space-between">
              <Title order={1} size="h2">
                {words.title}
              </Title>
              {create}
            </Group>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" className="plain-list">
              {items.map((study) => (
                <StudyCard key={study.id} study={study} />
              ))}
            </SimpleGrid>
          </Stack>
        )
      }
    </Loaded>
  );
};

const StudyCard = ({ study }: { study: StudyAnswer }) => {
  const texts = useTexts();
  const words = texts.console.studies;
  const { language } = useLanguage();
  const questionCount = study.pages.reduce((sum, page) => sum + page.questions.length, 0);
  return (
    <Paper component="li" className="card link-card">
      <Title order={2} size="h4">
        <Link href={`/console/studies/${study.id}`} className="card-link">
          {study.title}
        </Link>
      </Title>
      <Group gap="xs" mt="sm">
        <Badge variant="default" tt="none">
          {words.languages[study.language]}
        </Badge>
        <Badge variant="default" tt="none">
          {words.pages(study.pages.length)}
        </Badge>
        <Badge variant="default" tt="none">
          {words.questions(questionCount)}
        </Badge>
        <Badge variant="default" tt="none">
          {words.version(study.version)}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed" mt="sm">
        {words.changed(dateText(study.updatedAt, language))}
      </Text>
    </Paper>
  );
};

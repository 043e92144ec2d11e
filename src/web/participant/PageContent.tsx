// One page of the study, and the report of when it was really on the screen.
import { Divider, Stack, Title } from '@mantine/core';
import { useEffect, useLayoutEffect } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { MarkdownText } from '../ui/MarkdownText.tsx';
import { endsAtOf } from './ends-at.ts';
import { QuestionField } from './QuestionField.tsx';

export const PageContent = ({ client, room }: { client: RoomClient; room: RoomView }) => {
  const page = room.pages.find((one) => one.index === room.page);

  useLayoutEffect(() => {
    // The frame after this one has the page in it. Hidden tabs have no frames: the client then reports its own instant.
    const frame = requestAnimationFrame(() => client.confirmPageShown(room.page, client.now()));
    return () => cancelAnimationFrame(frame);
  }, [client, room.page]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each page is read from its top
  useEffect(() => {
    void window.scrollTo({ top: 0 });
  }, [room.page]);

  return (
    <Stack gap="lg" data-testid="page" data-page={room.page}>
      <Title order={1} size="h2" data-testid="page-title">
        {page?.title ?? ''}
      </Title>
      {page !== undefined && page.body !== '' && <MarkdownText text={page.body} />}
      {page !== undefined && page.questions.length > 0 && (
        <>
          <Divider />
          {page.questions.map((question) => (
            <QuestionField
              key={question.id}
              client={client}
              question={question}
              endsAt={endsAtOf(room)}
              {...(room.choices[question.id] === undefined ? {} : { own: room.choices[question.id] })}
            />
          ))}
        </>
      )}
    </Stack>
  );
};

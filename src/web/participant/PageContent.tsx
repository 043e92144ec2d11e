// The page of the study that all see, and the report of when it was really on the screen. What may come next is rendered and laid
// out beforehand, out of sight and out of reach: at its instant only attributes change.
import { Divider, Stack, Title } from '@mantine/core';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { PageView, RoomView } from '../../protocol/room-view.ts';
import { MarkdownText } from '../ui/MarkdownText.tsx';
import { endsAtOf } from './ends-at.ts';
import { QuestionField } from './QuestionField.tsx';

interface PageContentProps {
  readonly client: RoomClient;
  readonly room: RoomView;
  /** Ahead of `room.page` until that page's instant. */
  readonly committedPage: number;
}

/** The page just shown has been painted and its reader has begun: time for the next one. */
const PREPARE_AFTER_MS = 250;

/** The page that is shown, the next one, and the one that has been turned to; the former one for a moment. */
const usePreparedPages = ({ pages, page }: RoomView, committedPage: number): readonly PageView[] => {
  const [settled, setSettled] = useState<number>();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(page), PREPARE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [page]);
  const wanted = [page, committedPage, ...(settled === undefined ? [] : [settled, settled + 1])];
  return pages.filter(({ index }) => wanted.includes(index));
};

/** By hand, since React's turn comes only after everything else that has changed in the room. It then sets the same. */
const showPage = (stack: HTMLElement, page: number): void => {
  const sheets = [...stack.children].filter((child) => child instanceof HTMLElement);
  if (!sheets.some(({ dataset }) => dataset.sheet === String(page))) return;
  for (const sheet of sheets) {
    const isShown = sheet.dataset.sheet === String(page);
    sheet.inert = !isShown;
    sheet.ariaHidden = isShown ? null : 'true';
  }
  stack.dataset.page = String(page);
};

export const PageContent = ({ client, room, committedPage }: PageContentProps) => {
  const prepared = usePreparedPages(room, committedPage);
  const stack = useRef<HTMLDivElement>(null);

  useLayoutEffect(
    () => client.on('page', ({ page }) => stack.current !== null && showPage(stack.current, page)),
    [client],
  );

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
    <div className="page-stack" ref={stack} data-testid="page" data-page={room.page}>
      {prepared.map((page) => {
        const isShown = page.index === room.page;
        return (
          <div
            key={page.index}
            className="page-sheet"
            data-sheet={page.index}
            inert={!isShown}
            {...(isShown ? {} : { 'aria-hidden': true })}
          >
            <Sheet client={client} page={page} choices={room.choices} endsAt={endsAtOf(room)} />
          </div>
        );
      })}
    </div>
  );
};

interface SheetProps {
  readonly client: RoomClient;
  readonly page: PageView;
  readonly choices: RoomView['choices'];
  readonly endsAt: number | undefined;
}

const Sheet = memo(({ client, page, choices, endsAt }: SheetProps) => (
  <Stack gap="lg">
    <Title order={1} size="h2" data-testid="page-title">
      {page.title}
    </Title>
    {page.body !== '' && <MarkdownText text={page.body} />}
    {page.questions.length > 0 && (
      <>
        <Divider />
        {page.questions.map((question) => (
          <QuestionField
            key={question.id}
            client={client}
            question={question}
            endsAt={endsAt}
            own={choices[question.id]}
          />
        ))}
      </>
    )}
  </Stack>
));

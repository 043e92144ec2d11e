// A whole page that says one thing and what to do next. The heading takes the focus, so that screen readers hear the change.
import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

interface NoticeProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'indigo' | 'red' | 'teal' | 'orange';
  readonly children?: ReactNode;
  readonly testId?: string;
}

export const Notice = ({ icon, title, text, tone = 'indigo', children, testId }: NoticeProps) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Stack align="center" ta="center" gap="md" maw={480} mx="auto" py="xl" px="md" data-testid={testId}>
      <ThemeIcon size={88} radius={88} variant="light" color={tone} className="notice-icon" aria-hidden>
        {icon}
      </ThemeIcon>
      <Title order={1} size="h2" ref={heading} tabIndex={-1} className="quiet-focus">
        {title}
      </Title>
      {text !== undefined && (
        <Text size="lg" c="dimmed">
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
};

// Shows a request's data, a grey sketch until it is there, or what went wrong and another try.
import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTexts } from '../../i18n/i18n.tsx';
import { failureText } from '../../ui/failure.ts';
import type { Request } from './use-request.ts';

interface LoadedProps<Data> {
  readonly request: Request<Data>;
  readonly children: (data: Data) => ReactNode;
}

export const Loaded = <Data,>({ request, children }: LoadedProps<Data>) => {
  const texts = useTexts();
  const { data, failure, reload } = request;
  if (data === undefined && failure === undefined) {
    return (
      <Stack role="status" aria-label={texts.common.loading}>
        <Skeleton height={36} width="40%" />
        <Skeleton height={120} />
      </Stack>
    );
  }
  return (
    <>
      {failure !== undefined && (
        <Alert color="orange" role="alert" icon={<IconPlugConnectedX aria-hidden />} mb="md">
          <Group justify="space-between">
            <Text>{data === undefined ? failureText(failure, texts) : texts.console.stale}</Text>
            <Button size="sm" variant="default" onClick={reload}>
              {texts.common.retry}
            </Button>
          </Group>
        </Alert>
      )}
      {data !== undefined && children(data)}
    </>
  );
};

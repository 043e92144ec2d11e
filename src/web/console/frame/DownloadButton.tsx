// A download through a short-lived link, asked for at the click: a link made with the page would have expired.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { useTexts } from '../../i18n/i18n.tsx';
import { useApi } from './session.tsx';
import { useAction } from './use-action.ts';

interface DownloadButtonProps {
  readonly path: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly fileName?: string;
}

export const DownloadButton = ({ path, label, icon, fileName }: DownloadButtonProps) => {
  const texts = useTexts();
  const api = useApi();
  const action = useAction();
  const download = () =>
    action.run(
      async () => {
        const link = document.createElement('a');
        link.href = await api.accessUrl(path);
        link.download = fileName ?? '';
        link.click();
      },
      () => notifications.show({ color: 'red', message: texts.console.downloads.failed, role: 'alert' }),
    );
  return (
    <Button size="sm" variant="default" leftSection={icon} loading={action.isBusy} onClick={() => void download()}>
      {label}
    </Button>
  );
};

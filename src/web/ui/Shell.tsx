// The frame of every participant page: who we are, what is open, and one main area.
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.tsx';
import { Logo } from './Logo.tsx';

interface ShellProps {
  readonly title?: string;
  readonly right?: ReactNode;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

export const Shell = ({ title, right, children, wide = false }: ShellProps) => {
  const texts = useTexts();
  return (
    <div className="shell">
      <header className="shell-header">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <Logo />
          <Text fw={650} truncate>
            {title ?? texts.common.appName}
          </Text>
        </Group>
        <Group gap="sm" wrap="nowrap" className="shell-right">
          {right}
        </Group>
      </header>
      <main className={wide ? 'shell-main wide' : 'shell-main'}>{children}</main>
    </div>
  );
};

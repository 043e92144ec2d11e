// The researcher's part: signed in or not, the frame with its ways, and what the address opens.
import '../console.css';
import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { createResearcherApi } from '../../../client/index.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { LanguageSwitch } from '../../ui/LanguageSwitch.tsx';
import { Logo } from '../../ui/Logo.tsx';
import { isLeavingAllowed, Link, usePath } from '../../ui/router.tsx';
import { ConsoleRoomPage } from '../room/ConsoleRoomPage.tsx';
import { StudiesPage } from '../study/StudiesPage.tsx';
import { EditStudyPage, NewStudyPage } from '../study/StudyFormPage.tsx';
import { StudyPage } from '../study/StudyPage.tsx';
import { dropAllDrafts, hasDrafts } from '../study/stored-draft.ts';
import { ApiKeysPage } from './ApiKeysPage.tsx';
import { SignIn } from './SignIn.tsx';
import { forgetKey, SessionProvider, storedKey, storeKey } from './session.tsx';

export const ConsoleApp = ({ parts }: { parts: readonly string[] }) => {
  const [key, setKey] = useState(storedKey);
  const { language } = useLanguage();
  const texts = useTexts();
  const [isExpired, setExpired] = useState(false);
  const signOut = useCallback((expired: boolean) => {
    forgetKey();
    setExpired(expired);
    setKey(undefined);
  }, []);
  const session = useMemo(
    () => (key === undefined ? undefined : { api: createResearcherApi({ serverUrl: '', key, language }), signOut }),
    [key, language, signOut],
  );
  if (session === undefined) {
    return (
      <SignIn
        isExpired={isExpired}
        onSignedIn={(next, isRemembered) => {
          storeKey(next, isRemembered);
          setKey(next);
        }}
      />
    );
  }
  const leave = () => {
    const isSure = hasDrafts() ? window.confirm(texts.console.signIn.dropDrafts) : isLeavingAllowed();
    if (!isSure) return;
    dropAllDrafts();
    signOut(false);
  };
  return (
    <SessionProvider value={session}>
      <ConsoleFrame onSignOut={leave}>{pageOf(parts)}</ConsoleFrame>
    </SessionProvider>
  );
};

const pageOf = ([area, id, action]: readonly string[]): ReactNode => {
  if (area === 'keys') return <ApiKeysPage />;
  if (area === 'rooms' && id !== undefined) return <ConsoleRoomPage key={id} roomId={id} />;
  if (area === 'studies' && id === 'new') return <NewStudyPage />;
  if (area === 'studies' && id !== undefined && action === 'edit') return <EditStudyPage key={id} studyId={id} />;
  if (area === 'studies' && id !== undefined) return <StudyPage key={id} studyId={id} />;
  return <StudiesPage />;
};

const ConsoleFrame = ({ children, onSignOut }: { children: ReactNode; onSignOut: () => void }) => {
  const texts = useTexts();
  const path = usePath();
  const isKeys = path.startsWith('/console/keys');
  return (
    <div className="shell">
      <header className="shell-header console-header">
        <Group gap="lg" wrap="nowrap" miw={0}>
          <Group gap="sm" wrap="nowrap" visibleFrom="sm">
            <Logo />
            <Text fw={650} className="nowrap">
              {texts.console.title}
            </Text>
          </Group>
          <nav className="console-nav" aria-label={texts.console.title}>
            <Link href="/console" aria-current={isKeys ? undefined : 'page'}>
              {texts.console.nav.studies}
            </Link>
            <Link href="/console/keys" aria-current={isKeys ? 'page' : undefined}>
              {texts.console.nav.keys}
            </Link>
          </nav>
        </Group>
        <Group gap="sm" wrap="nowrap">
          <LanguageSwitch />
          <Button
            variant="subtle"
            color="gray"
            size="sm"
            leftSection={<IconLogout size={18} aria-hidden />}
            onClick={onSignOut}
            aria-label={texts.console.nav.signOut}
            className="sign-out"
          >
            <span className="wide-only">{texts.console.nav.signOut}</span>
          </Button>
        </Group>
      </header>
      <main className="shell-main wide">{children}</main>
      <footer className="console-footer">
        <Anchor href="/" size="sm" className="touch-link">
          {texts.console.nav.participants}
        </Anchor>
        <div className="narrow-only">
          <LanguageSwitch />
        </div>
      </footer>
    </div>
  );
};

// Puts the page into the document: styles, language, notices, and what is shown when everything else fails.
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles.css';
import './participant/participant.css';
import './participant/debate.css';
import './participant/debate-phone.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { LanguageProvider } from './i18n/i18n.tsx';
import { ErrorBoundary } from './ui/ErrorBoundary.tsx';
import { cssVariables, theme } from './ui/theme.ts';
import { tolerateStrangers } from './ui/tolerant-dom.ts';

tolerateStrangers();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with id "root"');

createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} forceColorScheme="light">
    <LanguageProvider>
      <ErrorBoundary>
        <Notifications position="top-center" />
        <App />
      </ErrorBoundary>
    </LanguageProvider>
  </MantineProvider>,
);

// The report. Every statement shows the utterances it rests on; each of them opens at its place in the transcript.
import { Alert, Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ParticipantReport, Report, Statement } from '../../../protocol/report.ts';
import type { Transcript } from '../../../protocol/transcript.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { seatColorOf } from '../../ui/theme.ts';
import { DownloadButton } from '../frame/DownloadButton.tsx';
import { useApi } from '../frame/session.tsx';
import { utteranceAnchor } from './TranscriptView.tsx';

interface ReportViewProps {
  readonly roomId: string;
  readonly report: Report | null;
  readonly transcript: Transcript | null;
}

export const ReportView = ({ roomId, report, transcript }: ReportViewProps) => {
  const words = useTexts().console.report;
  const api = useApi();
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {words.title}
        </Title>
        {report !== null && (
          <Group gap="xs">
            {(['md', 'json'] as const).map((format) => (
              <DownloadButton
                key={format}
                path={api.paths.report(roomId, format)}
                fileName={`report.${format}`}
                label={format}
                icon={<IconDownload size={16} aria-hidden />}
              />
            ))}
          </Group>
        )}
      </Group>
      {report === null ? (
        <Text c="dimmed">{words.notReady}</Text>
      ) : (
        <ReportBody report={report} transcript={transcript} />
      )}
    </Stack>
  );
};

const ReportBody = ({ report, transcript }: { report: Report; transcript: Transcript | null }) => {
  const words = useTexts().console.report;
  return (
    <Stack gap="lg">
      {!report.supported && <Alert color="orange">{words.unsupported}</Alert>}
      {report.status === 'incomplete' && <Alert color="orange">{words.incomplete}</Alert>}
      <div className="report-people">
        {report.participants.map((one) => (
          <ParticipantCard key={one.participantId} one={one} transcript={transcript} />
        ))}
      </div>
      <div className="report-pair">
        <Statements title={words.agreements} statements={report.agreements} transcript={transcript} />
        <Statements title={words.disagreements} statements={report.disagreements} transcript={transcript} />
      </div>
      <Text size="sm" c="dimmed">
        {words.madeBy(report.provenance.model, report.provenance.promptVersion)} ·{' '}
        {words.tokens(report.provenance.promptTokens, report.provenance.completionTokens)}
        {report.rejectedStatements > 0 ? ` · ${words.rejected(report.rejectedStatements)}` : ''}
      </Text>
    </Stack>
  );
};

const ParticipantCard = ({ one, transcript }: { one: ParticipantReport; transcript: Transcript | null }) => {
  const words = useTexts().console.report;
  const color = seatColorOf(one.seat);
  return (
    <section className="report-person" style={{ borderTopColor: color.strong }} aria-label={isolated(one.nickname)}>
      <Title order={3} size="h4" c={color.strong}>
        {isolated(one.nickname)}
      </Title>
      <Title order={4} size="h6" mt="sm">
        {words.position}
      </Title>
      {one.position === null ? (
        <Text c="dimmed">{words.noPosition}</Text>
      ) : (
        <StatementText statement={one.position} transcript={transcript} />
      )}
      <Statements title={words.arguments} statements={one.arguments} transcript={transcript} />
      {one.choices.length > 0 && <Statements title={words.choices} statements={one.choices} transcript={transcript} />}
    </section>
  );
};

interface StatementsProps {
  readonly title: string;
  readonly statements: readonly Statement[];
  readonly transcript: Transcript | null;
}

const Statements = ({ title, statements, transcript }: StatementsProps) => {
  const words = useTexts().console.report;
  return (
    <div>
      <Title order={4} size="h6" mt="sm">
        {title}
      </Title>
      {statements.length === 0 ? (
        <Text c="dimmed">{words.none}</Text>
      ) : (
        <ul className="statements">
          {statements.map((statement) => (
            <li key={`${statement.text} ${statement.utteranceIds.join(' ')}`}>
              <StatementText statement={statement} transcript={transcript} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};

const StatementText = ({ statement, transcript }: { statement: Statement; transcript: Transcript | null }) => {
  const words = useTexts().console.report;
  return (
    <Text component="div" data-testid="statement">
      {statement.text}{' '}
      {statement.utteranceIds.map((id) => (
        <Anchor
          key={id}
          href={`#${utteranceAnchor(id)}`}
          size="sm"
          className="evidence"
          aria-label={words.evidence(id)}
          title={transcript?.utterances.find((one) => one.id === id)?.text}
          onClick={(event) => {
            event.preventDefault();
            const line = document.getElementById(utteranceAnchor(id));
            line?.scrollIntoView({ block: 'center' });
            line?.focus();
          }}
        >
          {id}
        </Anchor>
      ))}
    </Text>
  );
};

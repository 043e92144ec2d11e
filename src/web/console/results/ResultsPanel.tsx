// What the jobs make of an ended debate: the stages they are at, and transcript and report as soon as they are there.
import { Paper, Stack } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import type { JobsAnswer } from '../../../protocol/job-answers.ts';
import type { Report } from '../../../protocol/report.ts';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import type { StageName } from '../../../protocol/stages.ts';
import type { Transcript } from '../../../protocol/transcript.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { codeOf } from '../../ui/failure.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { ReportView } from './ReportView.tsx';
import { StagesView } from './StagesView.tsx';
import { TranscriptView } from './TranscriptView.tsx';

const BUSY_REFRESH_MS = 2_000;

/** "Not there yet" is an answer, no failure. */
const orNothing = <Result,>(loading: Promise<Result>, notReady: string): Promise<Result | null> =>
  loading.catch((failure: unknown) => {
    if (codeOf(failure) === notReady) return null;
    throw failure;
  });

/** Changes whenever a stage has finished anew: what depends on it is then read again. */
const finishedKey = (jobs: JobsAnswer | undefined, stage: StageName): string =>
  String(jobs?.stages.find((one) => one.stage === stage)?.finishedAt ?? '');

export const ResultsPanel = ({ room }: { room: RoomAnswer }) => {
  const texts = useTexts();
  const api = useApi();
  const jobs = useRequest(
    useCallback(() => api.jobs(room.id), [api, room.id]),
    BUSY_REFRESH_MS,
  );
  const transcribed = finishedKey(jobs.data, 'transcribe');
  const analysed = finishedKey(jobs.data, 'analyse');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newly finished stage asks again
  const loadTranscript = useMemo(
    () => (): Promise<Transcript | null> => orNothing(api.transcript(room.id), 'transcript_not_ready'),
    [api, room.id, transcribed],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newly finished stage asks again
  const loadReport = useMemo(
    () => (): Promise<Report | null> => orNothing(api.report(room.id), 'report_not_ready'),
    [api, room.id, analysed],
  );
  const transcript = useRequest(loadTranscript);
  const report = useRequest(loadReport);
  return (
    <Stack gap="lg">
      <Paper className="card" component="section" aria-label={texts.console.stages.title}>
        <Loaded request={jobs}>
          {({ stages }) => <StagesView roomId={room.id} stages={stages} onRerun={jobs.reload} />}
        </Loaded>
      </Paper>
      <Paper className="card" component="section" aria-label={texts.console.report.title} data-testid="report">
        <Loaded request={report}>
          {(found) => <ReportView roomId={room.id} report={found} transcript={transcript.data ?? null} />}
        </Loaded>
      </Paper>
      <Paper className="card" component="section" aria-label={texts.console.transcript.title} data-testid="transcript">
        <Loaded request={transcript}>{(found) => <TranscriptView roomId={room.id} transcript={found} />}</Loaded>
      </Paper>
    </Stack>
  );
};

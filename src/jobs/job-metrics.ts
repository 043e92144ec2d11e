// What the worker counts, on the registry that it is given.
import { Counter, Histogram, type Registry } from 'prom-client';

export interface JobMetrics {
  readonly jobs: Counter<'outcome'>;
  readonly stages: Counter<'stage' | 'result'>;
  readonly stageSeconds: Histogram<'stage'>;
  readonly serviceCalls: Counter<'service' | 'result'>;
  readonly audioSeconds: Counter;
  readonly tokens: Counter<'direction'>;
}

export const createJobMetrics = (registry: Registry): JobMetrics => {
  const registers = [registry];
  return {
    jobs: new Counter({
      name: 'trialogue_jobs_total',
      help: 'Runs of process_room by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    stages: new Counter({
      name: 'trialogue_job_stages_total',
      help: 'Stages by result: done, retry, failed, not_configured',
      labelNames: ['stage', 'result'],
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'trialogue_job_stage_seconds',
      help: 'Duration of a stage that was carried through',
      labelNames: ['stage'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800],
      registers,
    }),
    serviceCalls: new Counter({
      name: 'trialogue_service_calls_total',
      help: 'Calls to the AI services by service (speech, chat) and result: answered, or the kind of failure',
      labelNames: ['service', 'result'],
      registers,
    }),
    audioSeconds: new Counter({
      name: 'trialogue_transcribed_audio_seconds_total',
      help: 'Audio sent to the speech service and answered',
      registers,
    }),
    tokens: new Counter({
      name: 'trialogue_analysis_tokens_total',
      help: 'Tokens of the language model by direction: prompt, completion',
      labelNames: ['direction'],
      registers,
    }),
  };
};

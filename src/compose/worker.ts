// The worker process: jobs on the server's database. Opens no port but its own health page, and only where one is asked for.
import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createAnalyst } from '../infra/openai/analyst.ts';
import { useProxyFromEnv } from '../infra/openai/proxy-from-env.ts';
import { createSpeechToText } from '../infra/openai/speech-to-text.ts';
import { createJobQueue } from '../infra/pgboss/job-queue.ts';
import { createAnalysisStore } from '../infra/postgres/analysis-store.ts';
import { createChunkLedger } from '../infra/postgres/chunk-ledger.ts';
import { createJournal } from '../infra/postgres/journal.ts';
import { migrate } from '../infra/postgres/migrate.ts';
import { createPool } from '../infra/postgres/pool.ts';
import { createPrisma } from '../infra/postgres/prisma.ts';
import { followRoomClock } from '../infra/postgres/room-clock.ts';
import { createServiceForms } from '../infra/postgres/service-forms.ts';
import { refuseNewerEvents } from '../infra/postgres/vocabulary.ts';
import { createWorker } from '../jobs/worker.ts';
import { AppError } from '../protocol/app-error.ts';
import { VOCABULARY } from '../protocol/event-vocabulary.ts';
import type { BuildContext } from './context.ts';
import { MIGRATIONS } from './database.ts';
import { recordingStoreOf } from './recording-store.ts';

/** Rooms worked on at once. */
const CONCURRENCY = 2;

export const buildWorker = async ({ config, log, onClose }: BuildContext): Promise<void> => {
  const { databaseUrl, speech, analysis } = config;
  if (databaseUrl === undefined) throw new AppError('wrong_settings', 'DATABASE_URL: is needed with ROLE=worker');
  onClose(useProxyFromEnv(config.inheritedEnv, log));
  await migrate(databaseUrl, MIGRATIONS);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const pool = createPool(databaseUrl, { max: CONCURRENCY * 2 + 4, log });
  onClose(() => pool.end());
  await refuseNewerEvents(pool, VOCABULARY);
  const { clock, close: stopClock } = await followRoomClock(pool, log);
  onClose(stopClock);
  const prisma = createPrisma(pool);
  onClose(() => prisma.$disconnect());
  const journal = createJournal({ pool, clock, log });
  onClose(() => journal.close());

  const forms = createServiceForms(prisma, clock.now);
  const worker = createWorker({
    journal,
    ledger: createChunkLedger(prisma),
    blobs: recordingStoreOf(config),
    store: createAnalysisStore(prisma),
    queue: createJobQueue({ pool, clock, log, concurrency: CONCURRENCY }),
    speech: speech && createSpeechToText({ ...speech, forms }),
    analyst: analysis && createAnalyst({ ...analysis, forms }),
    clock,
    log,
    registry,
  });
  await worker.start();
  onClose(() => worker.close());

  if (config.workerPort === undefined) return;
  const health = createServer(async (request, response) => {
    if (request.url === '/metrics')
      response.setHeader('content-type', registry.contentType).end(await registry.metrics());
    else if (request.url === '/healthz') response.end('{"ok":true}');
    else response.writeHead(404).end();
  });
  health.listen(config.workerPort, config.host);
  onClose(() => health.close());
};

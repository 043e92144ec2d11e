// A worker in a process of its own, so that a test can kill it: `node worker-process.ts '<TestWorkerOptions as JSON>'`.
import { startTestWorker, type TestWorkerOptions } from '../support/jobs/test-worker.ts';

const worker = await startTestWorker(JSON.parse(process.argv[2] ?? '{}') as TestWorkerOptions);
process.send?.('started');
process.on('SIGTERM', () => void worker.close().then(() => process.disconnect()));

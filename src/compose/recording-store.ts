// Where recordings lie, for the server and for the worker: another kind of storage is chosen here and nowhere else.
import { createFileStore } from '../infra/storage/file-store.ts';
import type { RecordingStore } from '../recordings/ports.ts';
import type { Config } from './config.ts';

/** `bootId`: of a process that writes into it. */
export const recordingStoreOf = ({ storageDir }: Pick<Config, 'storageDir'>, bootId?: () => string): RecordingStore =>
  createFileStore({ folder: storageDir, ...(bootId && { bootId }) });

// Runs in every test file that may start a server: see own-client-witness.ts.
import { afterAll, afterEach } from 'vitest';
import { watchServerOutput } from '../../../processes/spawn-server.ts';
import { takeOwnRefusals, witnessOutput } from './own-client-witness.ts';

watchServerOutput(witnessOutput);

const failOnRefusals = async (): Promise<void> => {
  const refusals = await takeOwnRefusals();
  if (refusals.length > 0) throw new Error(`our own client was refused:\n${refusals.join('\n')}`);
};

afterEach(failOnRefusals);
// Registered first, it runs last: servers have ended by then.
afterAll(failOnRefusals);

import { createLocalValues } from '../../src/infra/memory/local-values.ts';
import { describeSharedValues } from './shared-values.contract.ts';

describeSharedValues('memory', async () => createLocalValues());

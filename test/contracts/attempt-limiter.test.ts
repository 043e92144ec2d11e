import { createAttemptLimiter } from '../../src/access/attempt-limiter.ts';
import { describeAttemptLimiter } from './attempt-limiter.contract.ts';

describeAttemptLimiter('memory', async (limit) => {
  let time = 0;
  return {
    limiter: createAttemptLimiter({ limit, monotonic: () => time }),
    pass: async (ms) => {
      time += ms;
    },
  };
});

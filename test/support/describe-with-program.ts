// `describe` for tests that need a program which the project does not bring. Where it is not found they are skipped, with the reason;
// with CI=true they fail instead.
import { describe, it } from 'vitest';
import {
  CHROMIUM,
  findProgram,
  NGINX,
  notFound,
  type Program,
  REDIS_SERVER,
  TURN_SERVER,
} from '../../processes/find-program.ts';

const describeWith =
  (program: Program) =>
  (name: string, define: () => void): void => {
    if (findProgram(program) !== undefined) {
      describe(name, define);
    } else if (process.env.CI === 'true') {
      describe(name, () => {
        it(`finds ${program.name}`, () => {
          throw new Error(notFound(program));
        });
      });
    } else {
      describe.skip(`${name} (skipped: ${notFound(program)})`, define);
    }
  };

export const describeWithRedis = describeWith(REDIS_SERVER);
export const describeWithNginx = describeWith(NGINX);
export const describeWithTurn = describeWith(TURN_SERVER);
export const describeWithChromium = describeWith(CHROMIUM);

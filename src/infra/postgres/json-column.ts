// A value on its way into a jsonb column: undefined fields are dropped as JSON drops them.
import type { Prisma } from './generated/client.ts';

export const jsonOf = (value: unknown): Prisma.InputJsonValue =>
  JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;

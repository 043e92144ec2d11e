// Which form of answer a service turned out to be able to, over restarts and for all workers.
import type { ServiceForms } from '../../jobs/ports.ts';
import type { PrismaClient } from './generated/client.ts';

/** Services grow: what was refused is tried again after a week. */
const BELIEVED_MS = 7 * 24 * 3_600_000;

export const createServiceForms = (prisma: PrismaClient, now: () => number): ServiceForms => ({
  async form(service) {
    const row = await prisma.serviceForm.findUnique({ where: { service } });
    return row && row.learnedAt > now() - BELIEVED_MS ? row.form : undefined;
  },
  async learn(service, form) {
    const columns = { form, learnedAt: now() };
    await prisma.serviceForm.upsert({ where: { service }, create: { service, ...columns }, update: columns });
  },
});

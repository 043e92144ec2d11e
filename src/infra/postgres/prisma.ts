// The Prisma client over the process's own pool: one set of connections, one set of timeouts.
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from './generated/client.ts';

/** The pool stays the caller's: `$disconnect()` leaves it open. */
export const createPrisma = (pool: pg.Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) });

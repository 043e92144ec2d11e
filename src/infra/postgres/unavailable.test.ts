// What PostgreSQL, its driver and the ORM over it say when the database is away, each way round: through the pool, and through
// Prisma as a query, as a transaction and as raw SQL, which hide it in three different places.
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isUnavailable } from '../../protocol/app-error.ts';
import { createPrisma } from './prisma.ts';

const said = (code: string) =>
  Object.assign(new Error('said by the server'), { code, severity: 'FATAL', detail: undefined, length: 18 });
const socket = (code: string) => Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect', errno: -1 });
const severalAddresses = Object.assign(new AggregateError([socket('ECONNREFUSED'), socket('ENETUNREACH')], ''), {});

const AWAY: readonly [string, Error][] = [
  ...['57P01', '57P02', '57P03', '57P05', '57014', '53300', '53100', '53200', '08006', '08001', '08P01', '58030'].map(
    (code): [string, Error] => [code, said(code)],
  ),
  ...['25006', '25P03', '40001', '40P01', '55P03'].map((code): [string, Error] => [code, said(code)]),
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE', 'EHOSTUNREACH', 'EAI_AGAIN'].map(
    (code): [string, Error] => [code, socket(code)],
  ),
  ['every address refuses', severalAddresses],
  ...[
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ].map((message): [string, Error] => [message, new Error(message)]),
];
/** Bugs, and settings that somebody must correct: waiting does not help. */
const WRONG: readonly [string, Error][] = [
  ...['23505', '42P01', '42601', '22P02', '28P01', '3D000', 'XX000', '25P02'].map((code): [string, Error] => [
    code,
    said(code),
  ]),
  ['another error', new Error('Cannot read properties of undefined')],
];

/** Everything that is asked of it fails so. */
const poolThatSays = (error: Error): pg.Pool => {
  const fail = () => Promise.reject(error);
  return Object.assign(new pg.Pool(), { query: fail, connect: fail });
};

const failuresOf = async (error: Error): Promise<unknown[]> => {
  const prisma = createPrisma(poolThatSays(error));
  const asked = [
    prisma.study.findMany(),
    prisma.study.create({ data: { id: 'x', version: 1 } }),
    prisma.$transaction((tx) => tx.study.count()),
    prisma.$transaction([prisma.study.count(), prisma.study.count()]),
    prisma.$queryRaw`SELECT 1`,
    prisma.$executeRaw`SELECT 1`,
  ];
  const settled = await Promise.allSettled(asked);
  return [error, ...settled.map((one) => (one.status === 'rejected' ? one.reason : 'answered'))];
};

describe('a database that is away', () => {
  it.each(AWAY)('[DB3] %s is told as unavailable, whoever asked', async (_, error) => {
    const failures = await failuresOf(error);
    expect(failures.map(isUnavailable)).toEqual(failures.map(() => true));
    expect(isUnavailable(new Error('wrapped', { cause: failures[1] }))).toBe(true);
  });

  it.each(WRONG)('[DB3] %s is not: it would be the same the next time', async (_, error) => {
    const failures = await failuresOf(error);
    expect(failures.map(isUnavailable)).toEqual(failures.map(() => false));
  });
});

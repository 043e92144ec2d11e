// Seeded fuzz: three clients and servers that die, over links that lose, double, delay and break. When all is quiet again
// everybody must see what the journal says, and every command must have happened once or not at all. Even seeds have one
// server, odd ones two.
// FUZZ_SEEDS=10000 runs more seeds; FUZZ_SEED=123 runs one.
import { afterAll, describe, expect, test } from 'vitest';
import { createCounts, runSeed } from './run-seed.ts';

const SEEDS = Number(process.env.FUZZ_SEEDS ?? 300);
const ONLY_SEED = process.env.FUZZ_SEED;
const SEEDS_PER_TEST = 50;

const total = createCounts();
const serversOf = (seed: number): 1 | 2 => (seed % 2 === 0 ? 1 : 2);

const check = async (seed: number, servers: 1 | 2): Promise<void> => {
  const { problems, operations } = await runSeed(seed, servers, total);
  if (problems.length === 0) return;
  throw new Error(`seed ${seed}:\n${problems.join('\n')}\noperations:\n${operations.join('\n')}`);
};

const firstSeeds =
  ONLY_SEED === undefined
    ? Array.from({ length: Math.ceil(SEEDS / SEEDS_PER_TEST) }, (_, group) => group * SEEDS_PER_TEST)
    : [Number(ONLY_SEED)];

describe('[CL2] [CL3] [CL4] three clients and dying servers agree in the end', () => {
  test.each(firstSeeds)('seeds from %i', async (first) => {
    const past = ONLY_SEED === undefined ? Math.min(first + SEEDS_PER_TEST, SEEDS) : first + 1;
    for (let seed = first; seed < past; seed += 1) await check(seed, serversOf(seed));
  });

  test
    .runIf(ONLY_SEED === undefined)
    .each([[302, 2, 'a page that a missed turn skipped to came without its content']] as const)(
    'seed %i with %i servers: %s',
    check,
  );

  test.each([1, 2] as const)('a seed repeats exactly, with %i servers', async (servers) => {
    const counts = [createCounts(), createCounts()];
    for (const each of counts) await runSeed(7, servers, each);
    expect(counts[1]).toEqual(counts[0]);
  });

  test.runIf(ONLY_SEED === undefined)('the storm was real: everything that should go wrong did', () => {
    const faults = [
      ...['lost', 'doubled', 'late', 'drops', 'gapsHealed', 'repeats', 'lostAnnouncements', 'kills'],
      ...['killedCommits', 'unknownOutcomes', 'lostPublications', 'acked', 'refused', 'pageTurns'],
    ];
    const isReal = expect.toSatisfy((seen: number) => seen >= SEEDS / 10, `at least ${SEEDS / 10}`);
    expect(total).toEqual(expect.objectContaining(Object.fromEntries(faults.map((name) => [name, isReal]))));
    expect(total.started).toBeGreaterThan(SEEDS / 2);
  });
});

afterAll(() => console.info(`fuzz over ${ONLY_SEED ?? SEEDS} seeds`, JSON.stringify(total)));

// Asks every node of a cluster again and again whether it is alive and ready, and writes the answers down.
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';

const ASK_EVERY_MS = 200;
const PATIENCE_MS = 5_000;

export interface HealthAnswer {
  readonly node: number;
  readonly path: '/healthz' | '/readyz';
  /** 0: none. */
  readonly status: number;
  /** Monotonic, ms. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

export interface NodeWatch {
  readonly answers: readonly HealthAnswer[];
  stop(): Promise<void>;
}

export const watchNodes = ({ nodes }: TestCluster): NodeWatch => {
  const answers: HealthAnswer[] = [];
  let stopped = false;

  const ask = async (node: number, path: HealthAnswer['path']): Promise<void> => {
    while (!stopped) {
      const askedAt = performance.now();
      const status = await fetch(`${nodes[node]?.url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 0,
      );
      answers.push({ node, path, status, askedAt, answeredAt: performance.now() });
      await delay(ASK_EVERY_MS);
    }
  };

  const asking = nodes.flatMap((_, node) => [ask(node, '/healthz'), ask(node, '/readyz')]);
  return {
    answers,
    async stop() {
      stopped = true;
      await Promise.all(asking);
    },
  };
};

// What can be typed while a cluster runs: failures, and looking at what they do.
import type { ClusterParts } from './cluster-parts.ts';
import type { ClusterProcess } from './cluster-process.ts';

const LOOK_MS = 2_000;

export const HELP = `  kill 2      SIGKILL: node 2 is gone at once        end 2     SIGTERM: it drains and stops
  stop 2      SIGSTOP: it hangs, its port stays      cont 2    SIGCONT: it goes on
  start 2     starts it again; nothing here does that by itself
  redis kill | stop | cont | start | flush           the same for worker and nginx, all but flush
  status      who runs, and what each node says      quit      ends everything (so does Ctrl-C)`;

type Verb = (target: ClusterProcess) => Promise<string>;

const signalling =
  (signal: NodeJS.Signals): Verb =>
  async (target) => {
    if (!target.isRunning()) return `${target.name} is not running: ${target.state()}.`;
    if (signal === 'SIGKILL') await target.kill();
    else target.send(signal);
    return `${target.name}: ${signal} sent.`;
  };

const VERBS: Readonly<Record<string, Verb>> = {
  kill: signalling('SIGKILL'),
  stop: signalling('SIGSTOP'),
  cont: signalling('SIGCONT'),
  end: signalling('SIGTERM'),
  async start(target) {
    if (target.isRunning()) return `${target.name} is there already: ${target.state()}.`;
    await target.start();
    return `${target.name} is ready again: ${target.state()}.`;
  },
};

const readinessOf = async (url: string): Promise<string> => {
  try {
    const { ok, status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_MS) });
    return ok ? 'ready' : `not ready (${status})`;
  } catch {
    return 'does not answer';
  }
};

const statusOf = async ({ all, nodes, nodeUrls }: ClusterParts): Promise<string> => {
  const lines = all.map(async (part) => {
    const url = nodeUrls[nodes.indexOf(part)];
    const says = url === undefined ? '' : `${url}  ${await readinessOf(url)}`;
    return `  ${part.name.padEnd(8)}${part.state().padEnd(26)}${says}`;
  });
  return (await Promise.all(lines)).join('\n');
};

/** Resolves to what there is to say. Words may come in either order: `kill 2`, `redis kill`. */
export const runClusterCommand = async (line: string, parts: ClusterParts): Promise<string> => {
  const words = line.trim().toLowerCase().split(/\s+/);
  const text = words.join(' ');
  if (text === '') return '';
  if (text === 'status') return statusOf(parts);
  if (text === 'redis flush' || text === 'flush redis') {
    return parts.flushRedis().then(
      () => 'redis: FLUSHALL done.',
      (error: Error) => `redis does not answer: ${error.message}`,
    );
  }
  const targetNamed = (word: string) => parts.all.find(({ name }) => name === word || name === `node ${word}`);
  const verb = words.find((word) => Object.hasOwn(VERBS, word));
  const target = words.map(targetNamed).find((found) => found !== undefined);
  const run = verb === undefined ? undefined : VERBS[verb];
  if (!run || !target || words.length !== 2) return HELP;
  return run(target);
};

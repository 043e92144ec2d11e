// A real redis-server of one's own, or three of them as a Redis Cluster, on free ports in temporary folders.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { programPath, REDIS_SERVER } from './find-program.ts';
import { freePort } from './free-port.ts';
import { tellSweeper } from './tell-sweeper.ts';

const SLOTS = 16_384;

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Sends one command over a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  flushAll(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port, with nothing of what it held; it must have ended. */
  restart(): Promise<void>;
  /** SIGKILL, and its files are removed. */
  stop(): Promise<void>;
}

const startNode = async ({ cluster }: { cluster: boolean }): Promise<RedisServer> => {
  const program = programPath(REDIS_SERVER);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-redis-')));
  let port = await freePort();
  let busPort = await freePort();
  let child: ChildProcess | undefined;
  let output = '';
  tellSweeper('remove', folder);

  const command = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
    const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  };

  const launch = async (): Promise<void> => {
    const clusterArgs = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '2000',
      '--cluster-port',
      String(busPort),
    ];
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    // In a group of its own: Ctrl-C ends the run, the end of the run ends it.
    const started = spawn(program, [...args, '--daemonize', 'no', ...(cluster ? clusterArgs : [])], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const collect = (data: Buffer): void => {
      output += data.toString();
    };
    started.stdout?.on('data', collect);
    started.stderr?.on('data', collect);
    await once(started, 'spawn');
    await eventually(`redis-server answers on port ${port}`, async () => {
      if (started.exitCode !== null) throw new Error(`redis-server ended:\n${output}`);
      return (await command('PING').catch(() => undefined)) === 'PONG';
    });
  };

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  for (let attempt = 1; ; attempt += 1) {
    try {
      await launch();
      break;
    } catch (error) {
      // Who else looks for a free port may have been faster.
      if (attempt === 5 || !/already in use|Failed listening/i.test(output)) throw error;
      [port, busPort, output] = [await freePort(), await freePort(), ''];
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command,
    flushAll: async () => {
      await command('FLUSHALL');
    },
    pause: () => {
      child?.kill('SIGSTOP');
    },
    resume: () => {
      child?.kill('SIGCONT');
    },
    kill,
    restart: launch,
    stop: async () => {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      tellSweeper('forget', folder);
    },
  };
};

export const startRedisServer = (): Promise<RedisServer> => startNode({ cluster: false });

export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  flushAll(): Promise<void>;
  stop(): Promise<void>;
}

/** Three masters, no replicas; resolves when all of them call the cluster complete. */
export const startRedisCluster = async (): Promise<RedisCluster> => {
  const nodes = await Promise.all(Array.from({ length: 3 }, () => startNode({ cluster: true })));
  const share = Math.ceil(SLOTS / nodes.length);
  for (const [index, node] of nodes.entries()) {
    const last = Math.min((index + 1) * share, SLOTS) - 1;
    await node.command('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
    // Two nodes with one epoch would quarrel over it first.
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  const [first, ...others] = nodes;
  for (const node of others) {
    const busPort = String(await node.command('CONFIG', 'GET', 'cluster-port')).split(',')[1] ?? '';
    await first?.command('CLUSTER', 'MEET', '127.0.0.1', node.port, busPort);
  }
  await eventually('the Redis Cluster is complete', async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')));
    return infos.every((info) => /cluster_state:ok/.test(String(info)) && /cluster_known_nodes:3/.test(String(info)));
  });
  return {
    url: `redis+cluster://${nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`,
    nodes,
    flushAll: async () => {
      await Promise.all(nodes.map((node) => node.flushAll()));
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
};
